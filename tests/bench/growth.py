#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the cost of a step grows: with the batch, the width, the size of the images, and what has been recorded.

    python3 growth.py --csv FILE [--plot FILE] [--kinds batch width size points redraw]

Measures by `saddle-cli bench`, `saddle_window_cost` and `saddle_redraw_cost`, and writes one row a measurement.
"""
import argparse
import csv
import os
import sys
import tempfile
from pathlib import Path

from measuring import BUILD, MadeImages, fail, machine, measure, plot, saddle_version

FASHION, CELEBA = "fashion-dcgan", "celeba-dcgan"
TRAINED = {
    "batch": [(FASHION, value, [f"training.batch_size={value}"]) for value in (8, 16, 32, 64, 128, 256)],
    "width": [(FASHION, value, [f"generator.width={value}", f"discriminator.width={value}"])
              for value in (16, 32, 64, 128)],
    "size": [(CELEBA, value, ["generator.width=32", "discriminator.width=32"]) for value in (16, 32, 64, 128)],
}
RECORDED = (0, 1_000, 10_000, 100_000, 1_000_000)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", type=Path, required=True)
    parser.add_argument("--plot", type=Path, help="draw them (SVG, PNG)")
    parser.add_argument("--kinds", nargs="+", choices=[*TRAINED, "points", "redraw"],
                        default=[*TRAINED, "points", "redraw"])
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--build", type=Path, default=BUILD, help="where the programs were built")
    parser.add_argument("--python", type=Path, default=sys.executable, help="a Python that has matplotlib")
    options = parser.parse_args()
    saddle = options.build / "app/saddle-cli"
    if not saddle.is_file():
        fail(f"there is no {saddle}: build it, or name another folder with --build")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    print(f"{machine()}; {saddle_version(saddle)}")
    rows = []

    def note(kind, name, value, milliseconds):
        rows.append({"kind": kind, "name": name, "value": value, "ms": f"{milliseconds:.4g}"})
        print(f"{kind:7} {name:14} {value:>9} {milliseconds:10.3f} ms", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        images = MadeImages(folder)
        for kind in (kind for kind in TRAINED if kind in options.kinds):
            for preset, value, settings in TRAINED[kind]:
                made = images.settings(preset, value if kind == "size" else None)
                words = [word for setting in settings for word in ("--set", setting)]
                result = measure([saddle, "bench", preset, "--steps", options.steps, "--warmup", 2, "--json", *made,
                                  *words])
                note(kind, preset, value, result["median_ms"])
        if "points" in options.kinds:
            for value in RECORDED:
                result = measure([options.build / "tests/saddle_window_cost", FASHION, "--rounds", 1, "--steps",
                                  4 * options.steps, "--recorded", value, "--json", *images.settings(FASHION)])
                note("points", FASHION, max(value, 1), result["window_ms"])
    if "redraw" in options.kinds:
        result = measure([options.build / "tests/saddle_redraw_cost"])
        for value, milliseconds in result.items():
            if value.isdigit():
                note("redraw", "two losses", int(value), milliseconds)
    with options.csv.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["kind", "name", "value", "ms"])
        writer.writeheader()
        writer.writerows(rows)
    if options.plot:
        plot(options.python, "growth", options.csv, options.plot)


if __name__ == "__main__":
    main()
