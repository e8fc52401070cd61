# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by run, test and .ci/run: installs missing packages, fetches LibTorch, configures and builds.
#
#   SADDLE_LIBTORCH=DIR      use this LibTorch and fetch none
#   SADDLE_SKIP_PACKAGES=1   do not look for Debian packages: what they bring is installed in another way
#   SADDLE_CMAKE_ARGS="..."  more arguments for CMake, for example -DSADDLE_WERROR=ON
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
libtorch_version=$(sed -n 's/^torch==\([0-9.]*\).*/\1/p' "$root/packaging/libtorch-cpu.txt")
libtorch_cache=${XDG_CACHE_HOME:-$HOME/.cache}/saddle/libtorch
libtorch_stamp=.saddle-complete
system_python=/usr/bin/python3
[[ -x $system_python ]] || system_python=python3

say() { printf '%s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# ensure_packages LIST...: installs the Debian packages that the files name and that are missing.
ensure_packages() {
    [[ -z ${SADDLE_SKIP_PACKAGES:-} ]] || return 0
    local wanted missing as_root=() log=$root/build/packages.log
    mapfile -t wanted < <(sed 's/#.*//; /^[[:space:]]*$/d' "$@" | LC_ALL=C sort)
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        die "This system has no apt. Install what these Debian packages bring, then set SADDLE_SKIP_PACKAGES=1:" \
            "${wanted[*]}"
    fi
    # shellcheck disable=SC2016  # dpkg-query fills these in, not the shell
    mapfile -t missing < <(LC_ALL=C comm -23 <(printf '%s\n' "${wanted[@]}") \
        <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
            sed -n 's/^installed //p' | LC_ALL=C sort -u))
    ((${#missing[@]})) || return 0

    local by_hand="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    if ((EUID != 0)); then
        # Without a terminal, sudo could not ask for a password.
        if ! command -v sudo >/dev/null || ! { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
            die "These Debian packages are missing: ${missing[*]}" \
                $'\nAn administrator must run:\n  '"$by_hand"
        fi
        as_root=(sudo)
    fi
    say "Installing ${#missing[@]} Debian packages and what they need (minutes the first time): ${missing[*]}"
    mkdir -p "$root/build"
    if ! "${as_root[@]}" apt-get update >"$log" 2>&1 ||
        ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
        tail -n 15 "$log" >&2
        die "Debian packages could not be installed; the lines above say why. Try as administrator:" \
            $'\n  '"$by_hand"
    fi
}

# ensure_libtorch: sets $libtorch to the folder of LibTorch, and fetches it where it is missing.
ensure_libtorch() {
    if [[ -n ${SADDLE_LIBTORCH:-} ]]; then
        libtorch=$SADDLE_LIBTORCH
        [[ -d $libtorch/torch/include || -d $libtorch/include ]] ||
            die "SADDLE_LIBTORCH=$libtorch holds neither torch/include nor include: it is no folder of LibTorch."
        libtorch=$(cd "$libtorch" && pwd)
        return
    fi
    local chosen reason
    { read -r chosen && read -r reason; } < <("$root/packaging/choose-libtorch")
    libtorch=$libtorch_cache/$libtorch_version-$chosen
    if [[ ! -e $libtorch/$libtorch_stamp ]]; then
        say "LibTorch: the $chosen set, as $reason."
        fetch_libtorch "$chosen"
    fi
}

# size_of SET WORDS: gigabytes from the comment in the set's list that begins with these words.
size_of() {
    LC_ALL=C awk -F': ' -v words="# $2" '$1 == words { printf "%.1f GB", $2 / 1000 }' "$root/packaging/libtorch-$1.txt"
}

# pip_wheels COMMAND ARGUMENT...: pip's install or download of wheels that a list names, by their hashes alone. Their tags
# are given, so that the Python at hand does not matter.
pip_wheels() {
    local platform options=()
    for platform in 2_28 2_27 2_25 2_18 2_17 2014 2_12 2010 2_5 1; do
        [[ $platform == *_* ]] && platform=_$platform
        options+=(--platform "manylinux${platform}_x86_64")
    done
    "$system_python" -m pip "$1" --disable-pip-version-check --no-input --no-cache-dir --retries 2 --no-deps \
        --only-binary=:all: --require-hashes --implementation cp --python-version 3.11 --abi cp311 "${options[@]}" \
        "${@:2}" >&2
}

# fetch_libtorch SET: fills $libtorch. Everything happens in another folder that is renamed at the end, so an
# interrupted download leaves nothing that looks whole.
fetch_libtorch() {
    local chosen=$1
    local partial=$libtorch_cache/partial/$chosen # a level deeper than FindLibTorch.cmake looks
    [[ $(uname -sm) == "Linux x86_64" ]] ||
        die "LibTorch is fetched for Linux on x86_64 only. Set SADDLE_LIBTORCH to a folder of it for this machine."
    "$system_python" -m pip --version >/dev/null 2>&1 ||
        die "pip for $system_python is needed to fetch LibTorch (Debian: python3-pip)."

    mkdir -p "$libtorch_cache"
    (
        flock 9
        [[ ! -e $libtorch/$libtorch_stamp ]] || exit 0 # another start fetched it meanwhile
        trap 'rm -rf "$partial"' EXIT
        say "Fetching LibTorch $libtorch_version ($(size_of "$chosen" "Megabytes to download") to download," \
            "$(size_of "$chosen" "Megabytes on disk") on disk) into $libtorch"
        rm -rf "$partial"
        mkdir -p "$partial/tmp"
        # pip unpacks under TMPDIR and then moves: on one file system that is a rename, and /tmp may be small.
        TMPDIR=$partial/tmp pip_wheels install --no-compile --root-user-action=ignore --target "$partial" \
            -r "$root/packaging/libtorch-$chosen.txt" ||
            die "LibTorch could not be fetched: no connection, or not enough room on the disk? pip's lines above say" \
                "more. Start again to retry, or set SADDLE_LIBTORCH to a folder of LibTorch $libtorch_version or newer."
        rm -rf "$partial/tmp" "$libtorch"
        touch "$partial/$libtorch_stamp"
        mv -T "$partial" "$libtorch"
    ) 9>"$libtorch_cache/.lock"
}

# ensure_cuda_headers: has builds find NCCL's headers and those that they name. The CPU set of LibTorch lacks them, and of
# what is downloaded these few files are kept. Nothing where LibTorch has them, or is not ours: its library must be that of
# the headers. Call ensure_libtorch first.
ensure_cuda_headers() {
    local part=$libtorch_cache/partial/headers cuda_headers=$libtorch_cache/headers/$libtorch_version
    [[ -z ${SADDLE_LIBTORCH:-} && ! -e $libtorch/nvidia/nccl/include/nccl.h ]] || return 0
    SADDLE_CMAKE_ARGS="${SADDLE_CMAKE_ARGS:-} -DSADDLE_CUDA_HEADERS=$cuda_headers"
    # The folder comes whole; this file is the last that was found to be wanted.
    local last=$cuda_headers/nvidia/cu13/include/nv/target
    [[ ! -e $last ]] || return 0
    mkdir -p "$(dirname "$cuda_headers")"
    (
        flock 9
        [[ ! -e $last ]] || exit 0 # another start fetched them meanwhile
        trap 'rm -rf "$part"' EXIT
        say "Fetching the headers of NCCL and of libraries of CUDA (1 GB to download) into $cuda_headers"
        rm -rf "$part"
        mkdir -p "$part/tmp"
        # A requirement is two lines: the package and its hash.
        grep -EA1 '^nvidia-(nccl-cu13|cublas|cuda-cccl|cusolver|cusparse)==' "$root/packaging/libtorch-cuda.txt" |
            grep -v '^--$' >"$part/tmp/wanted.txt" || die "packaging/libtorch-cuda.txt names no NCCL."
        pip_wheels download --dest "$part/tmp" -r "$part/tmp/wanted.txt" ||
            die "CUDA's headers could not be fetched; pip's lines above say why."
        "$system_python" - "$part" "$part"/tmp/*.whl <<'PYTHON' || die "CUDA's headers could not be unpacked."
import sys
import zipfile

for path in sys.argv[2:]:
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(sys.argv[1], [name for name in wheel.namelist()
                                        if "/include/" in name and "/include/cccl/" not in name])
PYTHON
        rm -rf "$part/tmp" "$cuda_headers"
        mv -T "$part" "$cuda_headers"
    ) 9>"$libtorch_cache/.lock"
}

# build PRESET [TARGET...]: configures the CMake preset where something changed, and builds. Call ensure_libtorch first.
build() {
    local preset=$1 folder=$root/build/$1 arguments wanted jobs
    shift
    read -ra arguments <<<"${SADDLE_CMAKE_ARGS:-}"
    wanted="$root $libtorch ${arguments[*]}"
    # A file that includes torch takes up to 1.5 GB to compile: no more at a time than there is memory for.
    jobs=$(awk -v jobs="$(nproc)" '/^MemAvailable/ { fit = int($2 / 1500000) }
        END { print fit < 1 ? 1 : fit < jobs ? fit : jobs }' /proc/meminfo)
    export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$jobs}
    export NINJA_STATUS=${NINJA_STATUS:-[%f/%t, %es] }

    mkdir -p "$folder"
    (
        cd "$root"
        flock 8
        if [[ ! -e $folder/build.ninja || ! -e $folder/.configured || $(<"$folder/.configured") != "$wanted" ]]; then
            say "Configuring build/$preset"
            rm -f "$folder/.configured"
            # --fresh: paths that CMake found in another LibTorch would stay in its cache.
            if ! cmake --preset "$preset" --fresh -DSADDLE_LIBTORCH="$libtorch" "${arguments[@]}" \
                >"$folder/configure.log" 2>&1; then
                tail -n 25 "$folder/configure.log" >&2
                die "CMake could not configure; the whole log is build/$preset/configure.log."
            fi
            printf '%s\n' "$wanted" >"$folder/.configured"
        fi
        cmake --build --preset "$preset" ${1:+--target "$@"} >&2 ||
            die "The build of build/$preset failed; the lines above say where."
    ) 8>"$folder/.lock"
}
