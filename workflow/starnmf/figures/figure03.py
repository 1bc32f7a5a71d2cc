"""Figure 3: loss along straight lines between two random points."""

import pandas as pd
from matplotlib.figure import Figure

from starnmf.figures.catalogue import FIGURES
from starnmf.figures.curves import overlay
from starnmf.figures.panels import panel_grid


def draw(table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw the random-random lines of every dataset of a lines table."""
    page, axes = panel_grid(FIGURES["figure03"], table, runs, "λ", ["loss per observed entry"])
    for panel, (_, rows) in zip(axes, table.groupby("dataset", sort=False), strict=True):
        overlay(panel, rows)
    return page
