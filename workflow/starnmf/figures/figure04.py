"""Figure 4: loss along straight lines from a random point to an optimum, enlarged at the optimum."""

import pandas as pd
from matplotlib.figure import Figure

from starnmf.figures.catalogue import FIGURES
from starnmf.figures.curves import enlarge_end, overlay
from starnmf.figures.panels import panel_grid


def draw(table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw the random-optimum lines of every dataset of a lines table."""
    page, axes = panel_grid(FIGURES["figure04"], table, runs, "λ (1 at the optimum)", ["loss per observed entry"])
    for panel, (_, rows) in zip(axes, table.groupby("dataset", sort=False), strict=True):
        overlay(panel, rows)
        enlarge_end(panel)
    return page
