#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Saddle against PyTorch: trains each preset with both in turn and prints step times, their ratios and peak memory.

    python3 compare.py [PRESET[@WIDTH][/BATCH] ...] [--programs eager compile saddle window] [--csv FILE] [--plot FILE]

Before anything is timed, both train the same small steps from the same weights and draws, and their losses must agree;
so must the numbers of parameters of what is timed. Without --python it makes a virtual environment with PyTorch in the
cache folder on first use (about 5 GB). Exit status: 0, 1 where a ratio is above its target and --strict is given,
2 where something could not run.
"""
import argparse
import csv
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from measuring import BUILD, HERE, MadeImages, fail, machine, measure, plot, pytorch_python, run, saddle_version

# What is timed: steps a round, and the highest ratio to PyTorch eager that is aimed at on a CPU.
PRESETS = {"fashion-dcgan": (20, 0.80), "celeba-dcgan": (3, 0.70), "celeba-dcgan@128": (1, 0.70),
           "celeba-began-05": (2, 0.70), "wgan-gp": (2, 0.85), "r3gan-32": (3, 0.85)}
PROGRAMS = {"eager": "PyTorch eager", "compile": "torch.compile", "saddle": "Saddle", "closed": "window closed",
            "window": "window open"}
COMPILE_TARGET, WINDOW_TARGET = 0.95, 1.03
WARMUP = 2


class Case:
    """One line of the table."""

    def __init__(self, name, options, images):
        self.name, self.options = name, options
        kind, _, batch = name.partition("/")
        self.preset, _, width = kind.partition("@")
        steps, self.target = PRESETS.get(kind) or PRESETS.get(self.preset) or fail(f"there is no comparison of {name}")
        self.steps = options.steps or steps
        self.settings, self.changes = images.settings(self.preset), []
        if width:
            self.settings += ["--set", f"generator.width={width}", "--set", f"discriminator.width={width}"]
            self.changes += ["--width", width]
        if batch:
            self.settings += ["--set", f"training.batch_size={batch}"]
            self.changes += ["--batch", batch]
        self.rows = {}

    def pytorch(self, *more):
        return [self.options.python, HERE / "pytorch/train.py", self.preset, "--threads", self.options.threads, *more]

    def commands(self):
        timed = ["--steps", self.steps, "--warmup", WARMUP]
        known = {
            "eager": self.pytorch(*timed, *self.changes),
            "compile": self.pytorch(*timed, *self.changes, "--compile"),
            "saddle": [self.options.saddle, "bench", self.preset, *timed, "--threads", self.options.threads, "--json",
                       *self.settings]}
        return {name: command for name, command in known.items() if name in self.options.programs}

    def check(self, folder):
        """Whether both compute the same, on a small version of the preset."""
        small = ["--set", "generator.width=32", "--set", "discriminator.width=32", "--set", "training.batch_size=4"]
        trace = Path(folder) / self.preset
        if trace.exists():
            return
        run([self.options.saddle, "trace", self.preset, *self.settings, *small, "--steps", "2", "--out", trace])
        run(self.pytorch("--check", trace, "--width", "32", "--batch", "4"))

    def measure_round(self):
        for program, command in self.commands().items():
            self.rows.setdefault(program, []).append(measure(command))
        if "window" in self.options.programs:
            both = measure([self.options.window, self.preset, "--rounds", "1", "--steps", self.steps + 8, "--json",
                            *self.settings])
            for program in ("closed", "window"):
                self.rows.setdefault(program, []).append({**both, "median_ms": both[f"{program}_ms"]})
        facts = {json.dumps([row[0].get(key) for key in ("parameters", "batch", "image")], sort_keys=True)
                 for program, row in self.rows.items() if program in ("eager", "compile", "saddle")}
        if len(facts) > 1:
            fail(f"{self.name}: the programs do not train the same: {' and '.join(sorted(facts))}")

    def median(self, program, what="median_ms"):
        return statistics.median(row[what] for row in self.rows[program])

    def ratios(self):
        """By name: the ratio of medians, the least and the most of a round, and what is aimed at."""
        pairs = {"Saddle / eager": ("saddle", "eager", self.target),
                 "Saddle / compile": ("saddle", "compile", COMPILE_TARGET),
                 "window open / closed": ("window", "closed", WINDOW_TARGET)}
        found = {}
        for name, (ours, theirs, target) in pairs.items():
            if ours in self.rows and theirs in self.rows:
                rounds = [a["median_ms"] / b["median_ms"] for a, b in zip(self.rows[ours], self.rows[theirs])]
                found[name] = (self.median(ours) / self.median(theirs), min(rounds), max(rounds), target)
        return found

    def report(self):
        print(f"\n{self.name}: {len(next(iter(self.rows.values())))} rounds of {self.steps} steps")
        for program, rows in self.rows.items():
            times = [row["median_ms"] for row in rows]
            print(f"  {PROGRAMS[program]:14} {statistics.median(times):9.1f} ms/step"
                  f"  ({min(times):.1f} to {max(times):.1f}),"
                  f" peak memory {max(row['memory_mib'] for row in rows):.0f} MiB")
        for name, (ratio, least, most, target) in self.ratios().items():
            print(f"  {name:21} {ratio:.3f}  ({least:.3f} to {most:.3f} by round), target {target}"
                  f"{'' if ratio <= target else ': missed'}")
        if "saddle" in self.rows and "eager" in self.rows:
            ratio = self.median("saddle", "processor_ms") / self.median("eager", "processor_ms")
            print(f"  {'processor time':21} {ratio:.3f}  of PyTorch eager's, which other programs disturb less")


def main():
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("presets", nargs="*", metavar="PRESET[@WIDTH][/BATCH]", help=f"default: {' '.join(PRESETS)}")
    parser.add_argument("--programs", nargs="+", choices=["eager", "compile", "saddle", "window"],
                        default=["eager", "compile", "saddle", "window"])
    parser.add_argument("--saddle", type=Path, default=BUILD / "app/saddle-cli", help="default: %(default)s")
    parser.add_argument("--window", type=Path, default=BUILD / "tests/saddle_window_cost", help="default: %(default)s")
    parser.add_argument("--python", type=Path, help="a Python that has PyTorch (default: one of our own)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, help="steps timed a round (default: by preset)")
    parser.add_argument("--threads", type=int, default=cores)
    parser.add_argument("--csv", type=Path, help="write one row per preset, round and program")
    parser.add_argument("--plot", type=Path, help="draw the ratios (SVG, PNG); needs --csv")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a target is missed")
    options = parser.parse_args()
    if options.rounds < 1 or options.threads < 1 or (options.steps is not None and options.steps < 1):
        fail("--rounds, --steps and --threads must be at least 1")
    if options.plot and not options.csv:
        fail("--plot draws what --csv writes: give both")
    for needed, programs in ((options.saddle, {"saddle"}), (options.window, {"window"})):
        if programs & set(options.programs) and not needed.is_file():
            fail(f"there is no {needed}: build it, or name another")
    options.python = options.python or pytorch_python()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

    with tempfile.TemporaryDirectory() as folder:
        images = MadeImages(folder)
        cases = [Case(name, options, images) for name in options.presets or PRESETS]
        print(f"{machine()}, {options.threads} threads; {saddle_version(options.saddle)}")
        versions = set()
        for case in cases:
            if "saddle" in options.programs:
                case.check(folder)
            for _ in range(options.rounds):
                case.measure_round()
            case.report()
            sys.stdout.flush()
            versions |= {f"{PROGRAMS[name]}: torch {rows[0]['torch']}" for name, rows in case.rows.items()
                         if "torch" in rows[0]}
    print("\n" + "; ".join(sorted(versions)))
    if options.csv:
        with options.csv.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["preset", "program", "round", "median_ms", "processor_ms", "peak_memory_mib", "steps",
                             "threads", "target"])
            for case in cases:
                for program, rows in case.rows.items():
                    for number, row in enumerate(rows):
                        processor = f"{row['processor_ms']:.3f}" if "processor_ms" in row else ""
                        writer.writerow([case.name, program, number + 1, f"{row['median_ms']:.3f}", processor,
                                         f"{row['memory_mib']:.0f}", case.steps, options.threads, case.target])
    if options.plot:
        plot(options.python, "ratios", options.csv, options.plot)
    missed = any(ratio > target for case in cases for ratio, _, _, target in case.ratios().values())
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
