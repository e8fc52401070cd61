#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Saddle against PyTorch on the preset `fashion-dcgan`: runs both alternately and prints the ratio of their step times.

    python3 compare.py [--max-ratio 0.85] [--csv FILE] [-- options for pytorch_dcgan.py, such as --freeze]

Standard library only. Without --python it makes a virtual environment with PyTorch in the cache folder on first use
(about 5 GB). Exit status: 0, 1 where the ratio is above --max-ratio, 2 where something could not run.
"""
import argparse
import csv
import json
import os
import platform
import statistics
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = ["torch==2.11.0", "numpy"]


def fail(message):
    print(f"compare.py: {message}", file=sys.stderr)
    sys.exit(2)


def run(command):
    """The command's standard output; ends the program where it does not succeed."""
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    except OSError as error:
        fail(f"cannot run {command[0]}: {error.strerror}")
    if done.returncode != 0:
        fail(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{done.stderr.strip()[-2000:]}")
    return done.stdout


def pytorch_python():
    """A Python with the pinned PyTorch, made in the cache folder if it is not there yet."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "saddle" / "pytorch-venv"
    python, done = folder / "bin" / "python", folder / "packages.txt"  # written last: a broken install is made again
    if not done.exists() or done.read_text().split() != PACKAGES:
        print(f"Installing {' '.join(PACKAGES)} into {folder} (about 5 GB, once) ...", file=sys.stderr)
        try:
            venv.create(folder, clear=True, with_pip=True)
        except (OSError, subprocess.CalledProcessError) as error:
            fail(f"cannot make {folder}: {error}")
        run([python, "-m", "pip", "install", "--quiet", *PACKAGES])
        done.write_text("\n".join(PACKAGES) + "\n")
    return python


def measure(command):
    """The JSON object a benchmark prints."""
    output = run(command)
    try:
        result = json.loads(output[output.find("{"):])
        return {**result, **{key: float(result[key]) for key in ("median_ms", "images_per_second")}}
    except (ValueError, KeyError, TypeError) as error:
        fail(f"{' '.join(map(str, command))}\nprinted no result ({error!r}):\n{output[-500:]}")


def cpu_model():
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def saddle_version(saddle):
    done = subprocess.run([saddle, "--version"], capture_output=True, text=True)
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else "saddle-cli"


def main():
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--saddle", type=Path, default=HERE.parents[1] / "build/release/app/saddle-cli",
                        help="saddle-cli (default: %(default)s)")
    parser.add_argument("--python", type=Path, help="a Python that has PyTorch (default: one of our own)")
    parser.add_argument("--data", help="folder of Fashion-MNIST for the PyTorch script (the preset names its own)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=30, help="steps timed a round")
    parser.add_argument("--threads", type=int, default=cores)
    parser.add_argument("--csv", type=Path, help="write one row per round and program")
    parser.add_argument("--max-ratio", type=float, help="exit with 1 where Saddle / PyTorch is above this")
    parser.add_argument("extra", nargs="*", help="after --: more options for pytorch_dcgan.py")
    options = parser.parse_args()
    if options.rounds < 1 or options.steps < 1 or options.threads < 1:
        fail("--rounds, --steps and --threads must be at least 1")
    if not options.saddle.is_file():
        fail(f"no saddle-cli at {options.saddle}: build it, or name it with --saddle")
    saddle = options.saddle.resolve()

    common = ["--steps", options.steps, "--threads", options.threads, "--json"]
    data = ["--data", options.data] if options.data else []
    commands = {
        "PyTorch": [options.python or pytorch_python(), HERE / "pytorch_dcgan.py", *common, *data, *options.extra],
        "Saddle": [saddle, "bench", "fashion-dcgan", *common],
    }
    results = {name: [] for name in commands}
    for number in range(options.rounds):
        for name, command in commands.items():
            results[name].append(measure(command))
        latest = ", ".join(f"{name} {rows[-1]['median_ms']:.1f} ms" for name, rows in results.items())
        print(f"round {number + 1}: {latest}", flush=True)

    medians = {name: [r["median_ms"] for r in rows] for name, rows in results.items()}
    ratio = statistics.median(medians["Saddle"]) / statistics.median(medians["PyTorch"])
    by_round = [ours / theirs for ours, theirs in zip(medians["Saddle"], medians["PyTorch"])]
    print(f"\n{cpu_model()}, {cores} cores, {options.threads} threads; {platform.system()} {platform.release()}")
    torch = {name: rows[0].get("torch", "unknown") for name, rows in results.items()}
    print(f"{saddle_version(saddle)} (torch {torch['Saddle']}); PyTorch {torch['PyTorch']}", *options.extra)
    print(f"{options.rounds} rounds of {options.steps} steps, median of the rounds' medians:")
    for name, values in medians.items():
        speed = statistics.median(r["images_per_second"] for r in results[name])
        print(f"  {name:8} {statistics.median(values):8.1f} ms a step"
              f"  ({min(values):.1f} to {max(values):.1f}), {speed:.0f} images/s")
    print(f"Saddle / PyTorch: {ratio:.3f}  ({min(by_round):.3f} to {max(by_round):.3f} by round)")
    if any(max(values) > 1.25 * min(values) for values in medians.values()):
        print("The rounds of one program differ by more than 25 %: repeat this with nothing else running.")

    if options.csv:
        with options.csv.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["round", "program", "median_ms", "images_per_second", "steps", "threads"])
            for number in range(options.rounds):
                for name, rows in results.items():
                    writer.writerow([number + 1, name, rows[number]["median_ms"], rows[number]["images_per_second"],
                                     options.steps, options.threads])
    if options.max_ratio is not None and ratio > options.max_ratio:
        print(f"above the limit of {options.max_ratio}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
