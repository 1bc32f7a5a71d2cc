"""The page all figures share: a title, a legend, a grid of panels and a footer, none covering another."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from starnmf.figures.catalogue import PaperFigure
from starnmf.figures.provenance import display_name, footer, provenance_of, runs_behind
from starnmf.figures.style import (
    BODY_SIZE,
    COLUMN_WIDTH,
    GREY,
    SMALL_SIZE,
    TEXT_WIDTH,
    TITLE_SIZE,
    ShortNumbers,
    lines_of,
)

LINE_SPACING = 1.4
ROW_HEIGHT = {1: 2.1, 2: 1.8, 3: 1.65, 4: 1.5}
"""Inches, by number of columns."""


def panel_grid(
    figure: PaperFigure,
    table: pd.DataFrame,
    runs: pd.DataFrame,
    xlabel: str,
    ylabels: Sequence[str],
    legend: Sequence[Artist] = (),
    notes: Sequence[str] = (),
) -> tuple[Figure, list[Axes]]:
    """A page with empty panels: for every y label, one per dataset of `table` in its order.

    With one y label the panels form a grid; with several, every label has a row and panels bear letters. `notes` are
    sentences added to the footer. Raises `InputError` when `runs` does not say where a dataset comes from.
    """
    datasets = list(table["dataset"].unique())
    behind = runs_behind(table, runs)
    known = [provenance_of(dataset, behind) for dataset in datasets]
    if not figure.rests_on_optima:
        known = [replace(one, capped=0) for one in known]
    columns = len(datasets) if len(ylabels) > 1 else _columns(len(datasets))
    count = len(ylabels) * len(datasets)
    rows = -(-count // columns)
    width = COLUMN_WIDTH if columns == 1 else 0.72 * TEXT_WIDTH if columns == 2 else TEXT_WIDTH
    regime = table["regime"].iloc[0]
    behind = behind[behind["dataset"].isin(datasets)]

    header = lines_of(f"Figure {figure.number}. {figure.title} ({regime} regime)", width, TITLE_SIZE * 1.15)
    below = lines_of(" ".join([footer(regime, list(behind["optimizer"]), known), *notes]), width, SMALL_SIZE)
    legend_rows = 0 if not legend else 1 if columns > 1 else len(legend)
    top = (len(header) * TITLE_SIZE + legend_rows * BODY_SIZE) * LINE_SPACING / 72 + 0.06
    bottom = len(below) * SMALL_SIZE * LINE_SPACING / 72 + 0.06
    height = top + rows * ROW_HEIGHT[min(columns, 4)] + bottom

    page = Figure(figsize=(width, height))
    page.set_layout_engine("constrained", rect=(0, bottom / height, 1, 1 - (top + bottom) / height), wspace=0.03)
    edge = 0.03 / width
    page.text(
        edge, 1, "\n".join(header), size=TITLE_SIZE, weight="bold", va="top", linespacing=LINE_SPACING, in_layout=False
    )
    page.text(
        edge, 0.02 / height, "\n".join(below), size=SMALL_SIZE, color=GREY, linespacing=LINE_SPACING, in_layout=False
    )
    if legend:
        place = 1 - len(header) * TITLE_SIZE * LINE_SPACING / 72 / height
        box = page.legend(
            handles=list(legend),
            loc="upper left",
            bbox_to_anchor=(edge, place),
            ncols=-(-len(legend) // legend_rows),
            borderpad=0.2,
            handletextpad=0.5,
            borderaxespad=0,
        )
        box.set_in_layout(False)

    cells = page.add_gridspec(rows, columns)
    axes = [page.add_subplot(cells[index // columns, index % columns]) for index in range(count)]
    marked = any(one.mark for one in known)
    for index, panel in enumerate(axes):
        one = known[index % len(datasets)]
        letter = f"{chr(ord('a') + index)}) " if len(ylabels) > 1 else ""
        panel.set_title(letter + display_name(one.dataset), loc="left", pad=10 if marked else 4)
        _mark(panel, one.mark)
        if index % columns == 0:
            panel.set_ylabel(ylabels[index // columns if len(ylabels) > 1 else 0])
        if index + columns >= count:
            panel.set_xlabel(xlabel)
        panel.yaxis.set_major_locator(MaxNLocator(4))
        panel.yaxis.set_major_formatter(ShortNumbers())
        panel.xaxis.set_major_formatter(ShortNumbers())
    page.align_ylabels(axes)
    return page, axes


def _columns(panels: int) -> int:
    """Panels side by side: eight are 2 x 4, nine 3 x 3."""
    if panels <= 4:
        return panels
    return 3 if panels in (5, 6, 9) else 4


def _mark(panel: Axes, mark: str) -> None:
    if mark:
        panel.annotate(
            mark,
            (0, 1),
            xytext=(0, 2.5),
            xycoords="axes fraction",
            textcoords="offset points",
            size=SMALL_SIZE,
            style="italic",
            color=GREY,
        )
