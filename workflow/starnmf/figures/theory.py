"""Figures 1, 2 and 14, of the paper's theory; Figure 14 is not in the paper."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.curves import overlay
from starnmf.figures.page import draw_surface, table_page
from starnmf.figures.style import BLUE, GREY, VERMILION
from starnmf.results.table import rows_where

SEGMENTS = {
    "minimizer-minimizer": "a) between global minima",
    "random-planted": "b) random to planted",
    "random-random": "c) random to random",
}

ERRORS = 4
"""Standard errors on either side of a mean."""

KINDS = {"random-random": "between random points", "random-planted": "towards the planted solution"}
DISTRIBUTIONS = {"half-normal": "half-normal entries", "normal": "entries without a mean"}

LEGEND = (
    Line2D([], [], color=BLUE, marker="o", markersize=3, linestyle="none", label="mean, ± 4 standard errors"),
    Line2D([], [], color=BLUE, label="exact expectation"),
    Line2D([], [], color=VERMILION, linestyle="--", label="by the paper's facts"),
)


def draw_segments(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure 1: the loss along segments between equal minimizers, to the planted solution, and between random points.

    A panel for each kind of segment.
    """
    page, axes = table_page(figure, list(SEGMENTS.values()), columns=3, xlabel="λ", ylabel="loss per entry")
    for panel, kind in zip(axes, SEGMENTS, strict=True):
        overlay(panel, table[table["kind"] == kind])
    return page


def draw_star_convex_function(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure 2: the surface of (|x|^p + |y|^p)^(1/p), star-convex and not convex, over its contour lines."""
    page, (panel,) = table_page(figure, [""], columns=1, projection="3d")
    wide = table.pivot(index="y", columns="x", values="value")
    x, y, heights = draw_surface(panel, wide, "x", "y", r"$(|x|^p + |y|^p)^{1/p}$", elev=32, azim=-52)
    panel.contour(x, y, heights, levels=8, offset=0, cmap="viridis", linewidths=0.5)
    panel.set_zticks([0, 2, 4])
    return page


def draw_second_derivative(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure 14: the mean of loss''(lambda) beside its exact expectation and the paper's.

    A panel for each distribution and kind of segment.
    """
    shown = [(distribution, kind) for distribution in DISTRIBUTIONS for kind in KINDS]
    titles = [f"{DISTRIBUTIONS[distribution]}, {KINDS[kind]}" for distribution, kind in shown]
    page, axes = table_page(figure, titles, columns=2, legend=LEGEND, ylabel="loss'' / (r σ⁴) per entry")
    for panel, (distribution, kind) in zip(axes, shown, strict=True):
        rows = rows_where(table, distribution=distribution, kind=kind).sort_values("lambda")
        errors = ERRORS * rows["standard_error"]
        panel.axhline(0, color=GREY, linewidth=0.5)
        panel.plot(rows["lambda"], rows["exact"], color=BLUE, linewidth=0.8)
        panel.plot(rows["lambda"], rows["printed"], color=VERMILION, linewidth=0.8, linestyle="--")
        style = {"color": BLUE, "marker": "o", "markersize": 2, "linewidth": 0.6, "linestyle": "none"}
        panel.errorbar(rows["lambda"], rows["mean"], errors, **style)
        panel.set_xlim(-0.02, 1.02)
        panel.set_xlabel("λ")
    return page
