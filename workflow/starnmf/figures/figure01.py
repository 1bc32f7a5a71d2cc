"""Figure 1: loss along lines between equal minimizers, to the planted solution, and between random points."""

import pandas as pd
from matplotlib.figure import Figure

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.curves import overlay
from starnmf.figures.table_page import table_page

PANELS = {
    "minimizer-minimizer": "a) between global minima",
    "random-planted": "b) random to planted",
    "random-random": "c) random to random",
}


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw the lines of each kind in a panel."""
    page, axes = table_page(figure, list(PANELS.values()), columns=3)
    for panel, kind in zip(axes, PANELS, strict=True):
        overlay(panel, table[table["kind"] == kind])
        panel.set_xlabel("λ")
    axes[0].set_ylabel("loss per entry")
    return page
