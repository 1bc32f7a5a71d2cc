"""Figure S3: errors from starts between a spurious local minimum and noise (Examples 1 and 2 of the slides)."""

import pandas as pd
from matplotlib.figure import Figure

from starnmf.companions.isometry.starts import FAILED
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.style import BLUE, GREY
from starnmf.figures.table_page import table_page

INSTANCES = ("oblique", "orthogonal")
GRADIENTS = {"stochastic": "single measurements", "mean": "mean of all measurements"}

SMALLEST = 1e-16
"""Errors below are drawn there: what is left is rounding."""


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw a panel for each instance and kind of step."""
    shown = [(instance, gradient) for instance in INSTANCES for gradient in GRADIENTS]
    titles = [f"{instance}, {GRADIENTS[gradient]}" for instance, gradient in shown]
    page, axes = table_page(figure, titles, columns=2)
    for panel, (instance, gradient) in zip(axes, shown, strict=True):
        rows = table[(table["instance"] == instance) & (table["gradient"] == gradient)].sort_values("gamma")
        at = rows["gamma"]
        smallest, low, median, high, largest = (
            rows[column].clip(lower=SMALLEST) for column in ("minimum", "low", "median", "high", "maximum")
        )
        panel.fill_between(at, smallest, largest, color=BLUE, alpha=0.15, linewidth=0)
        panel.fill_between(at, low, high, color=BLUE, alpha=0.3, linewidth=0)
        panel.plot(at, median, color=BLUE, marker="o", markersize=2)
        panel.axhline(FAILED, color=GREY, linewidth=0.8, linestyle=":")
        panel.set_yscale("log")
        panel.set_xlim(0, 1)
    for panel in axes[2:]:
        panel.set_xlabel("γ: 0 is the local minimum, 1 is noise")
    for panel in axes[::2]:
        panel.set_ylabel("error |UU' − ZZ'|")
    return page
