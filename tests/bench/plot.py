#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws what compare.py and growth.py have written: python3 plot.py ratios|growth TABLE.csv PICTURE.svg"""
import csv
import statistics
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot, ticker  # noqa: E402  (the backend is chosen first)

PROGRAMS = {"eager": ("PyTorch eager", "#9aa0a6"), "compile": ("torch.compile", "#c9a35b"),
            "saddle": ("Saddle", "#2f6fb5")}


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def ratios(rows, picture):
    """Step times relative to PyTorch eager: medians as bars, rounds as points."""
    presets = list(dict.fromkeys(row["preset"] for row in rows))
    figure, axes = pyplot.subplots(figsize=(8, 0.9 + 0.75 * len(presets)))
    height = 0.8 / len(PROGRAMS)
    for number, preset in enumerate(presets):
        def times(program):
            return [float(row["median_ms"]) for row in rows if row["preset"] == preset and row["program"] == program]
        base = statistics.median(times("eager"))
        for place, (program, (label, colour)) in enumerate(PROGRAMS.items()):
            if not times(program):
                continue
            y = number + (place - 1) * height
            share = statistics.median(times(program)) / base
            axes.barh(y, share, height * 0.9, color=colour, label=label if number == 0 else None)
            axes.plot([time / base for time in times(program)], [y] * len(times(program)), "|", color="black")
            axes.text(0.01, y, f"{statistics.median(times(program)):.0f} ms", va="center", fontsize=8, color="white")
        target = float(next(row["target"] for row in rows if row["preset"] == preset))
        axes.plot([target, target], [number - 0.45, number + 0.45], color="#b3261e", linewidth=1.2,
                  label="target for Saddle" if number == 0 else None)
    axes.set_yticks(range(len(presets)), presets)
    axes.invert_yaxis()
    axes.set_xlabel("time of a step, PyTorch eager = 1")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=9)
    save(figure, picture)


AXES = {"batch": "samples a batch", "width": "base width", "size": "side of the images, pixels",
        "points": "points recorded before", "redraw": "points in a curve"}


def growth(rows, picture):
    """One small plot a quantity, both axes logarithmic."""
    kinds = [kind for kind in AXES if any(row["kind"] == kind for row in rows)]
    figure, axes = pyplot.subplots(1, len(kinds), figsize=(3.1 * len(kinds), 3.1), squeeze=False)
    for axis, kind in zip(axes[0], kinds):
        for name in dict.fromkeys(row["name"] for row in rows if row["kind"] == kind):
            of = [row for row in rows if row["kind"] == kind and row["name"] == name]
            axis.plot([float(row["value"]) for row in of], [float(row["ms"]) for row in of], "o-", markersize=4,
                      linewidth=1.2, label=name)
        axis.set_xscale("log")
        axis.set_yscale("log")
        values = sorted({float(row["value"]) for row in rows if row["kind"] == kind})
        if values[-1] <= 4096:
            axis.set_xticks(values, [f"{value:g}" for value in values])
            axis.minorticks_off()
        else:
            times = [float(row["ms"]) for row in rows if row["kind"] == kind]
            axis.set_ylim(min(times) / 3, max(times) * 3)
        axis.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
        axis.yaxis.set_minor_locator(ticker.NullLocator())
        axis.set_xlabel(AXES[kind])
        axis.set_ylabel("ms a redraw" if kind == "redraw" else "ms a step")
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(True, which="major", alpha=0.25)
        axis.legend(frameon=False, fontsize=8)
    save(figure, picture)


def save(figure, picture):
    figure.set_layout_engine("constrained")
    figure.savefig(picture, dpi=150, metadata={"Date": None} if picture.endswith(".svg") else None)


if __name__ == "__main__":
    {"ratios": ratios, "growth": growth}[sys.argv[1]](read(sys.argv[2]), sys.argv[3])
