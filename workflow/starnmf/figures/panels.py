"""The page of a figure on datasets: a panel for each dataset, and where the data come from."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.page import empty_page
from starnmf.figures.provenance import display_name, footer, provenance_of, range_of, runs_behind
from starnmf.figures.style import BODY_SIZE, COLUMN_WIDTH, GREY, SMALL_SIZE, TEXT_WIDTH, ShortNumbers

ROW_HEIGHT = {1: 2.1, 2: 1.8, 3: 1.65, 4: 1.5}
"""Inches, by number of columns."""

MOST_COLUMNS = 4
"""Datasets side by side where each has several panels."""


def panel_grid(
    figure: FigureEntry,
    table: pd.DataFrame,
    runs: pd.DataFrame,
    xlabel: str,
    ylabels: Sequence[str],
    legend: Sequence[Artist] = (),
    notes: Sequence[str] = (),
) -> tuple[Figure, list[Axes]]:
    """A page with empty panels: for every y label, one for each dataset of `table` in its order.

    With several y labels each has a row, those of a single dataset stand side by side, and panels have letters.
    `notes` are sentences added to the footer. Raises `InputError` when `runs` does not say where a dataset comes from.
    """
    datasets = list(table["dataset"].unique())
    behind = runs_behind(table, runs)
    known = [provenance_of(dataset, behind) for dataset in datasets]
    if not figure.rests_on_optima:
        known = [replace(one, not_converged=0) for one in known]
    places = _places(len(datasets), len(ylabels))
    rows, columns = (max(place) + 1 for place in zip(*places, strict=True))
    width = COLUMN_WIDTH if columns == 1 else 0.72 * TEXT_WIDTH if columns == 2 else TEXT_WIDTH
    regime = table["regime"].iloc[0]
    behind = behind[behind["dataset"].isin(datasets)]

    page = empty_page(
        f"Figure {figure.number}. {figure.title} ({regime} regime)",
        " ".join([footer(regime, list(behind["descent"]), known), *notes]),
        width,
        rows * ROW_HEIGHT[min(columns, 4)],
        legend,
        legend_rows=_legend_rows(legend, width) if columns > 2 else 2 if columns > 1 else len(legend),
    )
    cells = page.add_gridspec(rows, columns)
    axes = [page.add_subplot(cells[row, column]) for row, column in places]
    marked = any(one.mark for one in known)
    for index, (panel, (row, column)) in enumerate(zip(axes, places, strict=True)):
        one = known[index % len(datasets)]
        letter = f"{chr(ord('a') + index)}) " if len(ylabels) > 1 and len(datasets) <= MOST_COLUMNS else ""
        panel.set_title(letter + display_name(one.dataset), loc="left", pad=10 if marked else 4)
        if one.mark:
            above: Any = {"xytext": (0, 2.5), "xycoords": "axes fraction", "textcoords": "offset points"}
            panel.annotate(one.mark, (0, 1), **above, size=SMALL_SIZE, style="italic", color=GREY)
        if column == 0 or len(datasets) == 1:
            panel.set_ylabel(ylabels[index // len(datasets)])
        if (row + 1, column) not in places:
            panel.set_xlabel(xlabel)
        panel.yaxis.set_major_locator(MaxNLocator(4))
        panel.yaxis.set_major_formatter(ShortNumbers())
        panel.xaxis.set_major_formatter(ShortNumbers())
    page.align_ylabels(axes)
    return page, axes


def _places(datasets: int, labels: int) -> list[tuple[int, int]]:
    """Row and column of every panel, label by label."""
    if datasets == 1 or labels == 1:
        columns = _columns(datasets * labels)
        return [divmod(panel, columns) for panel in range(datasets * labels)]
    # Datasets that do not fit side by side follow in a block of rows of their own.
    columns = min(datasets, MOST_COLUMNS)
    return [
        (index // columns * labels + label, index % columns) for label in range(labels) for index in range(datasets)
    ]


def _columns(panels: int) -> int:
    """Panels side by side: eight are 2 x 4, nine 3 x 3."""
    if panels <= 4:
        return panels
    return 3 if panels in (5, 6, 9) else 4


def _legend_rows(legend: Sequence[Artist], width: float) -> int:
    """Rows of a legend that fit `width` inches: an entry takes its letters and 4.5 times their height."""
    letters = sum(len(str(entry.get_label())) for entry in legend)
    return math.ceil(BODY_SIZE * (0.55 * letters + 4.5 * len(legend)) / (72 * width)) or 1


def sample_note(table: pd.DataFrame) -> str:
    """Of how many restarts and points the means of a table are, since an interval of few is wide."""
    restarts, points = (range_of(table.groupby("dataset")[name].nunique()) for name in ("restart", "point"))
    return f"Means over {restarts} restarts and {points} points."
