"""Pages of figures: a title, a legend, room for panels and a footer, none covering another."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from starnmf.arrays import Array
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.style import BODY_SIZE, GREY, SMALL_SIZE, TEXT_WIDTH, TITLE_SIZE, ShortNumbers

LINE_SPACING = 1.4

ROW_HEIGHT = 2.1
"""Inches of a row of panels of `table_page`; surfaces have more."""


def empty_page(
    title: str, footer: str, width: float, panels_height: float, legend: Sequence[Artist] = (), legend_rows: int = 1
) -> Figure:
    """A page of `width` inches with `panels_height` inches left for panels; title and footer are broken into lines."""
    header = _wrapped(title, width, TITLE_SIZE * 1.15)
    below = _wrapped(footer, width, SMALL_SIZE)
    legend_rows = legend_rows if legend else 0
    top = (len(header) * TITLE_SIZE + legend_rows * BODY_SIZE) * LINE_SPACING / 72 + 0.06
    bottom = len(below) * SMALL_SIZE * LINE_SPACING / 72 + 0.06
    height = top + panels_height + bottom
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
    return page


def _wrapped(text: str, width: float, size: float) -> list[str]:
    """`text` broken into lines that fit `width` inches at `size` points."""
    return textwrap.wrap(text, width=int(width * 72 / (0.54 * size)))


def table_page(
    figure: FigureEntry,
    titles: Sequence[str],
    columns: int,
    legend: Sequence[Artist] = (),
    xlabel: str = "",
    ylabel: str = "",
    projection: str | None = None,
) -> tuple[Figure, list[Any]]:
    """The page of a figure that is not about datasets, with an empty panel for each title, row by row.

    `xlabel` is written below the last row of panels, `ylabel` beside the first column.
    """
    rows = -(-len(titles) // columns)
    height = rows * ROW_HEIGHT * (1.3 if projection else 1)
    page = empty_page(f"Figure {figure.number}. {figure.title}", figure.caption, TEXT_WIDTH, height, legend)
    panels = page.subplots(rows, columns, squeeze=False, subplot_kw={"projection": projection})
    for panel, title in zip(panels.flat, titles, strict=True):
        panel.set_title(title, loc="left")
        if projection is None:
            panel.yaxis.set_major_formatter(ShortNumbers())
    for panel in panels[-1]:
        panel.set_xlabel(xlabel)
    for panel in panels[:, 0]:
        panel.set_ylabel(ylabel)
    return page, list(panels.flat)


def draw_surface(
    panel: Any,
    heights: pd.DataFrame,
    xlabel: str,
    ylabel: str,
    zlabel: str,
    elev: float,
    azim: float,
    limits: tuple[float, float] | None = None,
) -> tuple[Array, Array, Array]:
    """Draw a surface over [-1, 1] x [-1, 1], given by its heights with y as index and x as columns.

    `limits` are those of the colours and of the z axis; by default those of the heights.
    Returns x, y and heights as grids of one shape.
    """
    x, y = np.meshgrid(heights.columns.to_numpy(dtype=float), heights.index.to_numpy(dtype=float))
    z = heights.to_numpy(dtype=float)
    low, high = limits or (z.min(), z.max())
    panel.plot_surface(x, y, z, cmap="viridis", vmin=low, vmax=high, rcount=len(y), ccount=x.shape[1], linewidth=0)
    if limits:
        panel.set_zlim(limits)
    panel.set_xlabel(xlabel, labelpad=-6)
    panel.set_ylabel(ylabel, labelpad=-6)
    panel.set_zlabel(zlabel, labelpad=-6)
    panel.set_xticks([-1, 0, 1])
    panel.set_yticks([-1, 0, 1])
    panel.tick_params(pad=-3)
    panel.view_init(elev=elev, azim=azim)
    return x, y, z
