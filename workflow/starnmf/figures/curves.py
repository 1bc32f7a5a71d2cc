"""Figures 3 and 4: the loss along segments, overlaid in one panel per dataset."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.panels import panel_grid
from starnmf.figures.style import CYCLE, GREY, SMALL_SIZE, ShortNumbers

ZOOM = 0.8
"""The inset shows the segments from this lambda to 1."""

INSET = (0.56, 0.50, 0.42, 0.46)
"""Left, bottom, width and height of the inset as shares of the panel."""

BELOW, PER_LETTER = 0.17, 0.042
"""The room of tick labels below the inset and, for each character, to its left, as shares of the narrowest panel."""


def draw(figure: FigureEntry, table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw the segments of every dataset; those to the end of a descent with an inset that enlarges that end."""
    # Not "at the optimum": where a regime stops early, the loss may still rise towards it.
    xlabel = "λ (1 at the end of the descent)" if figure.rests_on_optima else "λ"
    page, axes = panel_grid(figure, table, runs, xlabel, ["loss per observed entry"])
    for panel, (_, rows) in zip(axes, table.groupby("dataset", sort=False), strict=True):
        overlay(panel, rows)
        if figure.rests_on_optima:
            enlarge_end(panel)
    return page


def overlay(panel: Axes, rows: pd.DataFrame) -> None:
    """Draw every segment of one dataset: loss per observed entry over lambda in [0, 1]."""
    for index, (_, segment) in enumerate(rows.sort_values("lambda").groupby("line")):
        panel.plot(segment["lambda"], segment["loss"], color=CYCLE[index % len(CYCLE)], linewidth=0.8)
    panel.set_xlim(0, 1)
    panel.set_xticks([0, 0.5, 1])


def enlarge_end(panel: Axes) -> Axes:
    """Add an inset with the segments near lambda = 1 in the upper right; raise the panel's top until it covers none."""
    curves = [np.asarray(line.get_xydata()) for line in panel.get_lines()]
    near = np.concatenate([curve[curve[:, 0] >= ZOOM - 1e-9] for curve in curves])
    bottom, top = panel.get_ylim()
    lowest, highest = near[:, 1].min(), near[:, 1].max()
    labels = _labels(lowest, highest)
    left = INSET[0] - 0.03 - PER_LETTER * max(map(len, labels))
    beside = np.concatenate([curve[curve[:, 0] >= left] for curve in curves])
    needed = bottom + (beside[:, 1].max() - bottom) / (INSET[1] - BELOW)
    margin = 0.08 * (highest - lowest) or 1e-9
    panel.set_ylim(bottom, max(top, needed))

    inset = panel.inset_axes(INSET)
    for line in panel.get_lines():
        inset.plot(*line.get_data(), color=line.get_color(), linewidth=0.7)
    inset.set_xlim(ZOOM, 1)
    inset.set_ylim(lowest - margin, highest + margin)
    inset.set_xticks([ZOOM, 1])
    inset.set_yticks([lowest, highest], labels)
    inset.tick_params(labelsize=SMALL_SIZE - 0.5, length=1.5, pad=1.5)
    inset.spines[:].set(visible=True, linewidth=0.4, color=GREY)
    inset.xaxis.set_major_formatter(ShortNumbers())
    panel.indicate_inset(
        (ZOOM, lowest - margin, 1 - ZOOM, highest - lowest + 2 * margin), edgecolor=GREY, linewidth=0.5
    )
    return inset


def _labels(lowest: float, highest: float) -> list[str]:
    """Two numbers with the fewest digits, at least two, by which they differ."""
    for digits in range(2, 9):
        labels = [f"{lowest:.{digits}g}", f"{highest:.{digits}g}"]
        if labels[0] != labels[1]:
            break
    return labels
