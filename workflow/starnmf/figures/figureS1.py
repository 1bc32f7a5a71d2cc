"""Figure S1: how often SGD fails on the counterexample, against steps and learning rate."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.style import CYCLE, GREY
from starnmf.figures.table_page import table_page

THRESHOLD = 0.1
"""The error above which a start counts as failed."""

PRINTED = 12_053 / 100_000
"""The slides' failure rate."""

PANELS = {
    ("stochastic", 0.9): "a) single, momentum 0.9",
    ("stochastic", 0.0): "b) single, no momentum",
    ("mean", 0.9): "c) mean, momentum 0.9",
}

TICKS = {0.02: "2 %", 0.05: "5 %", 0.1: "10 %", 0.2: "20 %", 0.5: "50 %", 1.0: "100 %"}


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw a panel for each kind of step, a line for each learning rate."""
    table = table[table["threshold"] == THRESHOLD]
    colours = dict(zip(sorted(table["learning_rate"].unique()), CYCLE, strict=False))
    legend = [Line2D([], [], color=colour, label=f"learning rate {rate:g}") for rate, colour in colours.items()]
    legend.append(Line2D([], [], color=GREY, linestyle="--", linewidth=0.8, label="the slides' 12 %"))
    page, axes = table_page(figure, list(PANELS.values()), columns=3, legend=legend)
    for panel, (gradient, momentum) in zip(axes, PANELS, strict=True):
        panel.axhline(PRINTED, color=GREY, linestyle="--", linewidth=0.8)
        rows = table[(table["gradient"] == gradient) & (table["momentum"] == momentum)]
        for rate, line in rows.groupby("learning_rate"):
            line = line.sort_values("steps")
            panel.fill_between(line["steps"], line["low"], line["high"], color=colours[rate], alpha=0.25, linewidth=0)
            panel.plot(line["steps"], line["share"], color=colours[rate], marker="o", markersize=2)
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.set_ylim(0.02, 1.05)
        panel.yaxis.set_major_locator(FixedLocator(list(TICKS)))
        panel.yaxis.set_minor_locator(NullLocator())
        panel.set_yticklabels(TICKS.values())
        panel.set_xlabel("steps")
    axes[0].set_ylabel("starts that failed")
    return page
