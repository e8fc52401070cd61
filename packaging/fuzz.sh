#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: packaging/fuzz.sh SECONDS

Builds the fuzz targets of tests/fuzz with clang and runs each for its share of SECONDS. Inputs worth keeping stay in
build/fuzz/corpus/NAME for the next time; one that makes a target fail is written to build/fuzz/NAME-*.
TEXT
}

[[ ${1:-} =~ ^[1-9][0-9]*$ ]] || { usage >&2 && exit 2; }
cd "$(dirname "$(readlink -f "$0")")/.."
if ! printf 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' |
    clang++ -x c++ -fsanitize=fuzzer,address - -o /dev/null 2>/dev/null; then
    printf 'There is no clang with libFuzzer here (Debian: clang, libclang-rt-dev): nothing was fuzzed.\n'
    exit 0
fi

mkdir -p build/fuzz
cmake --preset asan >build/fuzz/configure.log || { cat build/fuzz/configure.log >&2 && exit 1; }
cmake --build --preset asan --target fuzz_targets

export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
targets=(build/asan/tests/fuzz/fuzz_*)
share=$(($1 / ${#targets[@]}))
failed=()
for target in "${targets[@]}"; do
    name=${target##*/fuzz_}
    corpus=build/fuzz/corpus/$name
    seeds=()
    mkdir -p "$corpus"
    case $name in
        experiment) seeds=(resources/presets) ;;
        image_header) seeds=(tests/core/images/fixtures) ;;
        onnx) seeds=(tests/foreign/fixtures) ;;
        pickle) seeds=(tests/foreign/fixtures/pickles) ;;
        safetensors) seeds=(tests/parity/reference) ;;
        torch_file) seeds=(tests/foreign/fixtures) ;;
    esac
    printf '%s: %d s\n' "$name" "$share"
    "$target" -max_total_time="$((share > 0 ? share : 1))" -max_len=8192 -rss_limit_mb=4096 -timeout=10 \
        -verbosity=0 -print_final_stats=1 -artifact_prefix="build/fuzz/$name-" "$corpus" "${seeds[@]}" ||
        failed+=("$name")
done
if ((${#failed[@]})); then
    printf 'Failed: %s\n' "${failed[@]}"
    exit 1
fi
