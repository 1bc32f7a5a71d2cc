"""The page of a figure that shows one table: a title, a legend, panels side by side, and the caption."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.page import empty_page
from starnmf.figures.style import TEXT_WIDTH, ShortNumbers

ROW_HEIGHT = 2.1
"""Inches."""


def table_page(
    figure: FigureEntry,
    titles: Sequence[str],
    columns: int,
    legend: Sequence[Artist] = (),
    projection: str | None = None,
) -> tuple[Figure, list[Axes]]:
    """A page with one empty panel for each title, row by row."""
    rows = -(-len(titles) // columns)
    page = empty_page(
        f"Figure {figure.number}. {figure.title}",
        figure.caption,
        TEXT_WIDTH,
        rows * ROW_HEIGHT * (1.3 if projection else 1),
        legend,
    )
    cells = page.add_gridspec(rows, columns)
    axes = []
    for index, title in enumerate(titles):
        panel = page.add_subplot(cells[index // columns, index % columns], projection=projection)
        panel.set_title(title, loc="left")
        if projection is None:
            panel.yaxis.set_major_formatter(ShortNumbers())
        axes.append(panel)
    return page, axes
