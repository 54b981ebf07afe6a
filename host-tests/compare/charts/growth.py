"""Draws growth.png from the data beside it. Its argument is their folder."""

import csv
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.ticker import FixedLocator, FuncFormatter

FOLDER = Path(sys.argv[1])

OURS, PLAIN, LINEAR, RATE = "#635bff", "#8a8f98", "#e0752d", "#2b9a66"
NAMES = {"reused": ("ours", OURS), "plain": ("plain hyper", PLAIN)}


def main():
    pyplot.rcParams.update({
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#e6e6e6",
        "lines.linewidth": 1.8,
        "lines.markersize": 4,
        "legend.frameon": False,
        "legend.handlelength": 2.6,
    })
    figure, ((list_time, found_time, once_time), (list_memory, found_memory, once_memory)) = pyplot.subplots(
        2, 3, figsize=(16, 8.4), sharex="col", layout="constrained"
    )

    objects = read("objects")
    lines(list_time, objects, "p50_ms", scale=1e-3)
    memory(list_memory, objects)
    label(list_time, "A list that is read whole", "time of a list, s")
    label(list_memory, "", "memory, MiB", "objects listed")
    list_memory.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))

    found = read("found")
    lines(found_time, found, "p50_ms")
    memory(found_memory, found)
    label(found_time, "A filter over 10,000 objects", "time of a list, ms")
    label(found_memory, "", "memory, MiB", "objects that the filter finds, %")

    at_once = read("at-once")
    lines(once_time, at_once, "p50_ms", ", p50")
    lines(once_time, at_once, "p99_ms", ", p99", style="--")
    memory(once_memory, at_once)
    label(once_time, "Retrieves at once", "latency, ms", more=rate(once_time.twinx(), at_once))
    label(once_memory, "", "memory, MiB", "retrieves at once")
    once_memory.xaxis.set_major_locator(FixedLocator([1, 8, 16, 32, 64]))

    figure.savefig(FOLDER / "growth.png", dpi=100, facecolor="white")


def read(name):
    """The columns of each client's points."""
    clients = {}
    with open(FOLDER / f"{name}.csv", newline="") as file:
        for row in csv.DictReader(file):
            columns = clients.setdefault(row.pop("client"), {})
            for column, value in row.items():
                columns.setdefault(column, []).append(float(value) if value else None)
    return clients


def lines(axes, clients, column, suffix="", style="-", scale=1.0):
    for client, columns in clients.items():
        name, colour = NAMES[client]
        draw(axes, columns["point"], [value * scale for value in columns[column]], name + suffix, colour, style)


def memory(axes, clients):
    for client, columns in clients.items():
        name, colour = NAMES[client]
        peak = [kib / 1024 for kib in columns["peak_kib"]]
        draw(axes, columns["point"], peak, f"{name}, resident at its peak", colour)
    ours = clients["reused"]
    linear = [kib / 1024 for kib in ours["linear_kib"]]
    draw(axes, ours["point"], linear, "ours, linear memory of an instance", LINEAR)


def rate(axes, clients):
    """On the right: that of ours, which its latencies belong to."""
    ours = clients["reused"]
    line = draw(axes, ours["point"], ours["calls_per_second"], "ours, rate (right)", RATE, ":")
    headroom(axes)
    axes.set_ylabel("calls per second", color=RATE)
    axes.tick_params(axis="y", colors=RATE)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.grid(False)
    axes.spines["right"].set_visible(True)
    axes.spines["right"].set_color(RATE)
    return [line]


def draw(axes, points, values, name, colour, style="-"):
    # Points at the edge are seen whole.
    return axes.plot(points, values, style, marker="o", color=colour, label=name, clip_on=False, zorder=3)[0]


def headroom(axes):
    """Leaves the legend a place above what is drawn."""
    axes.set_ylim(0, axes.dataLim.y1 * 1.4)


def label(axes, title, y, x="", more=()):
    axes.set_title(title, loc="left", fontweight="bold")
    axes.set_ylabel(y)
    axes.set_xlabel(x)
    axes.set_xlim(left=0)
    headroom(axes)
    lines = [*axes.get_lines(), *more]
    axes.legend(handles=lines, loc="upper left", ncols=2 if len(lines) > 3 else 1)


main()
