#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: packaging/try-deb.sh DEB [ROOT]

Makes a bare Debian 12 in ROOT (a new folder that goes in the end), installs DEB there by apt, starts it for the first
time, trains three steps, removes it and looks whether the run is still there. Needs root and debootstrap; packages come
from where this system's do.

Environment:
  SADDLE_LIBTORCH=DIR   give this LibTorch instead of having it fetched
TEXT
}

[[ -f ${1:-} ]] || { usage >&2 && exit 2; }
((EUID == 0)) || { printf 'Only root can make another system in a folder.\n' >&2 && exit 1; }
deb=$(readlink -f "$1")
root=${2:-$(mktemp -d /tmp/saddle-deb.XXXXXX)}
runs=/root/.local/share/saddle/runs

finish() {
    mountpoint -q "$root/libtorch" && umount "$root/libtorch"
    mountpoint -q "$root/proc" && umount "$root/proc"
    [[ -n ${2:-} ]] || rm -rf --one-file-system "$root"
}
trap 'finish "$@"' EXIT

# in_root COMMAND...: as somebody who has just logged in there.
in_root() {
    local proxies
    mapfile -t proxies < <(env | grep -iE '^(https?_proxy|no_proxy|PIP_INDEX_URL)=' || true)
    chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        "${proxies[@]}" ${SADDLE_LIBTORCH:+SADDLE_LIBTORCH=/libtorch} "$@"
}

step() { printf '\n=== %s\n' "$*"; }

step "A bare Debian 12 in $root"
if [[ ! -x $root/bin/bash ]]; then
    # Either place may be missing.
    mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
        awk '/^URIs:/ { print $2; exit } /^deb / { print $(NF > 3 && $2 ~ /^\[/ ? 3 : 2); exit }')
    debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "${mirror:-http://deb.debian.org/debian}"
fi
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
# What this system knows of the network: names, proxies, certificates, mirrors.
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
cp -r /etc/apt/apt.conf.d "$root/etc/apt/"
if compgen -G '/etc/apt/sources.list.d/*.sources' >/dev/null; then
    rm -f "$root/etc/apt/sources.list"
    cp /etc/apt/sources.list.d/*.sources "$root/etc/apt/sources.list.d/"
fi
if [[ -n ${SADDLE_LIBTORCH:-} ]]; then
    mkdir -p "$root/libtorch"
    mountpoint -q "$root/libtorch" || mount --bind "$SADDLE_LIBTORCH" "$root/libtorch"
fi

step "Installing $(basename "$deb")"
cp "$deb" "$root/saddle.deb"
in_root apt-get update -qq
in_root apt-get install -y -qq --no-install-recommends /saddle.deb >"$root/install.log" 2>&1 ||
    { tail -n 20 "$root/install.log" && exit 1; }
in_root dpkg -s saddle | grep -E '^(Version|Installed-Size|Depends)'

step "First start"
in_root saddle --version
in_root saddle-cli --version
in_root saddle-cli --fetch-libtorch
in_root saddle-cli list presets
rm -rf "${root:?}$runs/first"
in_root mkdir -p "$runs"
in_root saddle-cli train ring-gan --steps 3 --out "$runs/first"
in_root env QT_QPA_PLATFORM=offscreen saddle --help

step "Removing it"
in_root apt-get purge -y -qq saddle >/dev/null
[[ ! -e $root/usr/bin/saddle && ! -e $root/usr/lib/saddle ]] || { printf 'Something of it is left.\n' && exit 1; }
[[ $(wc -l <"$root$runs/first/metrics.csv") == 4 ]] || { printf 'The run is damaged or gone.\n' && exit 1; }
printf 'It is gone, and the run %s is still there.\n' "$runs/first"
