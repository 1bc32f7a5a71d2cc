"""Figure S2: the smallest delta that makes a point spurious, on a grid of pairs and over random ones."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.style import CYCLE, GREY
from starnmf.figures.table_page import table_page

SHARP = 0.5
"""The delta below which a ground truth of rank 1 has no spurious local minimum."""


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw the grid beside the distributions over random pairs."""
    page, (on_grid, at_random) = table_page(figure, ["a) against length and angle", "b) random pairs"], columns=2)
    _draw_grid(on_grid, table[table["kind"] == "grid"])
    _draw_distributions(at_random, table[table["kind"] == "random"])
    return page


def _draw_grid(panel: Axes, table: pd.DataFrame) -> None:
    panel.axhline(SHARP, color=GREY, linewidth=0.6)
    by_angle = table.groupby(table["angle"].round(3))
    for colour, (angle, rows) in zip(CYCLE, by_angle, strict=False):
        rows = rows.sort_values("ratio")
        panel.plot(rows["ratio"], rows["delta"], color=colour, marker="o", markersize=2, label=f"{angle:g}° to z")
        panel.plot(rows["ratio"], rows["first_order_bound"], color=colour, linewidth=0.7, linestyle="--")
    panel.set_ylim(0, 1.02)
    panel.set_xlim(left=0)
    panel.set_xlabel("|x|² / |z|²")
    panel.set_ylabel("smallest δ")
    panel.legend(loc="lower right")


def _draw_distributions(panel: Axes, table: pd.DataFrame) -> None:
    panel.axvline(SHARP, color=GREY, linewidth=0.6)
    for colour, ((n, r), rows) in zip(CYCLE, table.groupby(["n", "r"]), strict=False):
        delta = np.sort(rows["delta"].to_numpy())
        share = np.arange(1, len(delta) + 1) / len(delta)
        panel.step([0, *delta], [0, *share], where="post", color=colour, label=f"n = {n}, r = {r}")
    panel.set_xlim(0, 1)
    panel.set_ylim(0, 1.02)
    panel.set_xlabel("smallest δ")
    panel.set_ylabel("share of pairs")
    panel.legend(loc="upper left")
