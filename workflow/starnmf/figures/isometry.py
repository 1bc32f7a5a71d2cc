"""Figures S1 to S3: matrix recovery under the restricted isometry property."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from starnmf.companions.isometry.tables import FAILED, PRINTED_FAILURES, PRINTED_STARTS
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.page import table_page
from starnmf.figures.style import BLUE, CYCLE, GREY, label_ticks
from starnmf.results.table import rows_where

GRADIENTS_AND_MOMENTA = {
    ("stochastic", 0.9): "a) single, momentum 0.9",
    ("stochastic", 0.0): "b) single, no momentum",
    ("mean", 0.9): "c) mean, momentum 0.9",
}

TICKS = {0.02: "2 %", 0.05: "5 %", 0.1: "10 %", 0.2: "20 %", 0.5: "50 %", 1.0: "100 %"}

SHARP = 0.5
"""The delta below which a ground truth of rank 1 has no spurious local minimum."""

INSTANCES = ("oblique", "orthogonal")
GRADIENTS = {"stochastic": "single measurements", "mean": "mean of all measurements"}

SMALLEST = 1e-16
"""Smaller errors, which are due to rounding, are drawn here."""


def draw_descent(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure S1: how often SGD fails on the counterexample, against steps and learning rate.

    A panel for each gradient and momentum, a curve for each learning rate.
    """
    table = table[table["threshold"] == FAILED]
    colours = dict(zip(sorted(table["learning_rate"].unique()), CYCLE, strict=False))
    legend = [Line2D([], [], color=colour, label=f"learning rate {rate:g}") for rate, colour in colours.items()]
    legend.append(Line2D([], [], color=GREY, linestyle="--", linewidth=0.8, label="the slides' 12 %"))
    titles = list(GRADIENTS_AND_MOMENTA.values())
    page, axes = table_page(figure, titles, columns=3, legend=legend, xlabel="steps", ylabel="starts that failed")
    for panel, (gradient, momentum) in zip(axes, GRADIENTS_AND_MOMENTA, strict=True):
        panel.axhline(PRINTED_FAILURES / PRINTED_STARTS, color=GREY, linestyle="--", linewidth=0.8)
        for rate, rows in rows_where(table, gradient=gradient, momentum=momentum).groupby("learning_rate"):
            rows = rows.sort_values("steps")
            panel.fill_between(rows["steps"], rows["low"], rows["high"], color=colours[rate], alpha=0.25, linewidth=0)
            panel.plot(rows["steps"], rows["share"], color=colours[rate], marker="o", markersize=2)
        panel.set(xscale="log", yscale="log", ylim=(0.02, 1.05))
        label_ticks(panel.yaxis, TICKS)
    return page


def draw_pairs(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure S2: the smallest delta that makes a point spurious, on a grid of pairs and over random ones."""
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
    panel.set(xlim=(0, None), ylim=(0, 1.02), xlabel="|x|² / |z|²", ylabel="smallest δ")
    panel.legend(loc="lower right")


def _draw_distributions(panel: Axes, table: pd.DataFrame) -> None:
    panel.axvline(SHARP, color=GREY, linewidth=0.6)
    for colour, ((n, r), rows) in zip(CYCLE, table.groupby(["n", "r"]), strict=False):
        delta = np.sort(rows["delta"].to_numpy())
        share = np.arange(1, len(delta) + 1) / len(delta)
        panel.step([0, *delta], [0, *share], where="post", color=colour, label=f"n = {n}, r = {r}")
    panel.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="smallest δ", ylabel="share of pairs")
    panel.legend(loc="upper left")


def draw_starts(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure S3: errors from starts between a spurious local minimum and noise (Examples 1 and 2 of the slides).

    A panel for each instance and gradient.
    """
    shown = [(instance, gradient) for instance in INSTANCES for gradient in GRADIENTS]
    titles = [f"{instance}, {GRADIENTS[gradient]}" for instance, gradient in shown]
    xlabel, ylabel = "γ: 0 is the local minimum, 1 is noise", "error |UU' − ZZ'|"
    page, axes = table_page(figure, titles, columns=2, xlabel=xlabel, ylabel=ylabel)
    for panel, (instance, gradient) in zip(axes, shown, strict=True):
        rows = rows_where(table, instance=instance, gradient=gradient).sort_values("gamma")
        error = rows[["minimum", "low", "median", "high", "maximum"]].clip(lower=SMALLEST)
        panel.fill_between(rows["gamma"], error["minimum"], error["maximum"], color=BLUE, alpha=0.15, linewidth=0)
        panel.fill_between(rows["gamma"], error["low"], error["high"], color=BLUE, alpha=0.3, linewidth=0)
        panel.plot(rows["gamma"], error["median"], color=BLUE, marker="o", markersize=2)
        panel.axhline(FAILED, color=GREY, linewidth=0.8, linestyle=":")
        panel.set(yscale="log", xlim=(0, 1))
    return page
