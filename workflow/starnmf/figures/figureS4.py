"""Figure S4: the coupled potential of alternating updates, with and without the ReLU."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from starnmf.companions.purification.recurrences import BETA, coupled_contraction
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.style import CYCLE, GREY
from starnmf.figures.table_page import table_page

SIZE = 10
"""The number of features shown."""

PANELS = {
    ("relu", 0.25): "a) ReLU, α = 0.25",
    ("relu", 0.0): "b) ReLU, α = 0",
    ("linear", 0.0): "c) without ReLU",
}

STARTS = {"signed": "drawn signs", "positive": "positive", "negative": "negative", "rotating": "rotating"}

SMALLEST = 1e-10
"""Potentials below are not drawn: what is left is rounding."""


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw a panel for each decoding, a line for every start."""
    table = table[table["n"] == SIZE]
    colours = dict(zip(STARTS, CYCLE, strict=False))
    legend = [Line2D([], [], color=colours[start], label=label) for start, label in STARTS.items()]
    legend.append(Line2D([], [], color=GREY, linestyle="--", linewidth=0.8, label="asked for"))
    page, axes = table_page(figure, list(PANELS.values()), columns=3, legend=legend)
    for panel, (decoding, threshold) in zip(axes, PANELS, strict=True):
        rows = table[(table["decoding"] == decoding) & (table["threshold"] == threshold)]
        for start, colour in colours.items():
            for _, line in rows[rows["start"] == start].sort_values("iteration").groupby("trial"):
                potential = line["positive"] + BETA * line["negative"]
                panel.plot(line["iteration"], potential.where(potential > SMALLEST), color=colour)
        at = np.sort(rows["iteration"].unique())
        panel.plot(at, coupled_contraction(rows["step_size"].iloc[0]) ** at, color=GREY, linestyle="--", linewidth=0.8)
        panel.set_yscale("log")
        panel.set_ylim(SMALLEST / 2, 3)
        panel.set_xlabel("iteration")
    axes[0].set_ylabel("potential")
    return page
