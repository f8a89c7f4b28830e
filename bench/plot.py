#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the figures of a run of bench/run as one SVG for each benchmark.

usage: python3 bench/plot.py [FOLDER]

Reads FOLDER/results.csv (bench/target/results by default) and writes FOLDER/NAME.svg. Needs
matplotlib. Nothing else in the repository uses this script.
"""
import csv
import pathlib
import sys

try:
    import matplotlib
except ImportError:
    sys.exit("error: plot.py needs matplotlib\nhelp: apt install python3-matplotlib, or pip install matplotlib")
matplotlib.use("svg")
from matplotlib import pyplot

ROOT = pathlib.Path(__file__).resolve().parent.parent
COLOURS = ["#d62839", "#1d5fa8", "#2a9d8f", "#8a5a00", "#7b4fa3", "#4f6d1e", "#c2571a", "#5f6b7a"]
MARKERS = "osD^"
# Figures that are read for their own sake, and not compared in a picture.
LEFT_OUT = {"hit ns", "miss ns", "hot ns", "jit bytes", "compile ms", "wrong", "effects", "maps", "compiler's ns"}
# The smallest figures that a logarithmic axis distinguishes from 0.
LEAST = {"ns": 0.5, "insns": 1, "processed": 1}


def read(path):
    if not path.is_file():
        sys.exit(f"error: there is no {path}\nhelp: bench/run writes it")
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        sys.exit(f"error: {path} has no figures")
    return rows


def unique(values):
    return list(dict.fromkeys(values))


def style(index):
    return {
        "color": COLOURS[index % len(COLOURS)],
        "marker": MARKERS[index % len(MARKERS)],
        "linestyle": "-" if index < len(COLOURS) else "--",
        "linewidth": 3 if index == 0 else 1.6,
        "zorder": 3 if index == 0 else 2,
    }


def lines(axes, rows, names, unit):
    """Draws medians against the size, and a cross at the upper edge where there is no figure."""
    for index, name in enumerate(names):
        own = [row for row in rows if row["contestant"] == name]
        found = sorted((max(int(row["size"]), 1), float(row["median"])) for row in own if row["median"])
        points = [(size, max(median, LEAST.get(unit, 0.01))) for size, median in found]
        axes.plot([size for size, _ in points], [value for _, value in points], label=name, **style(index))
        missing = [int(row["size"]) for row in own if not row["median"]]
        axes.plot(missing, [0.97] * len(missing), "x", color=style(index)["color"],
                  transform=axes.get_xaxis_transform())
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("size")


def bars(axes, rows, names):
    """Draws medians as bars with their minimum and maximum."""
    for index, name in enumerate(names):
        row = next((row for row in rows if row["contestant"] == name and row["median"]), None)
        if row is None:
            axes.plot([0.02], [index], "x", color=COLOURS[index % len(COLOURS)],
                      transform=axes.get_yaxis_transform())
            continue
        median = float(row["median"])
        spread = [[median - float(row["min"])], [float(row["max"]) - median]]
        axes.barh(index, max(median, 0), xerr=spread if int(row["n"]) > 1 else None,
                  color=COLOURS[index % len(COLOURS)], ecolor="#57606a", height=0.7)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()


def draw(name, rows, path):
    """Draws one benchmark: a panel for each of its cases and units, three in a row."""
    rows = [row for row in rows if row["unit"] not in LEFT_OUT or not row["median"]]
    if len(unique(row["workload"] for row in rows)) > 1:
        # Many cases: only their first unit, which is a time.
        rows = [row for row in rows if row["unit"] == rows[0]["unit"]]
    panels = unique((row["workload"], row["unit"]) for row in rows)
    names = unique(row["contestant"] for row in rows)
    columns = min(len(panels), 3)
    depth = -(-len(panels) // columns)
    height = max(3.4, 0.32 * len(names) + 1)
    figure, grid = pyplot.subplots(depth, columns, figsize=(5.2 * columns, height * depth), squeeze=False)
    cells = [axes for line in grid for axes in line]
    for (workload, unit), axes in zip(panels, cells):
        own = [row for row in rows if row["workload"] == workload and row["unit"] == unit]
        axes.set_title((workload + ": " if workload != name else "") + unit, fontsize=10, loc="left")
        axes.grid(True, color="#e3e6ea")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        if len({row["size"] for row in own}) > 1:
            lines(axes, own, names, unit)
        else:
            bars(axes, own, [each for each in names if any(row["contestant"] == each for row in own)])
    for axes in cells[len(panels):]:
        axes.set_visible(False)
    keys = {}
    for axes in cells:
        keys.update(zip(*reversed(axes.get_legend_handles_labels())))
    if keys:
        figure.legend(keys.values(), keys.keys(), loc="upper center", bbox_to_anchor=(0.5, 0), ncols=4, frameon=False)
    figure.suptitle(f"{name}   ({rows[0]['cpu']}, kernel {rows[0]['kernel']})", fontsize=11, x=0.01, ha="left")
    figure.tight_layout()
    figure.savefig(path, bbox_inches="tight")
    pyplot.close(figure)


def main():
    if len(sys.argv) > 2 or sys.argv[1:2] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) == 2 else ROOT / "bench/target/results"
    rows = read(folder / "results.csv")
    benchmarks = {}
    for row in rows:
        name = row["workload"].split(" ")[0]
        benchmarks.setdefault("samples" if name.startswith("samples-") else name, []).append(row)
    for name, own in benchmarks.items():
        path = folder / (name + ".svg")
        draw(name, own, path)
        print(path)


if __name__ == "__main__":
    main()
