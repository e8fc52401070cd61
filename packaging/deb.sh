#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the package for Debian 12, build/release/package/saddle_*.deb, installing what is missing first as ./run does.
set -euo pipefail

# shellcheck source=packaging/setup.sh
source "$(dirname "$(readlink -f "$0")")/setup.sh"
ensure_packages "$root/packaging/debian-packages.txt" "$root/packaging/debian-packages-test.txt"
ensure_libtorch
ensure_cuda_headers # the package is for machines with several GPUs too
build release deb
printf '%s\n' "$root"/build/release/package/saddle_*.deb
