"""The page of a figure of the planted model: a title, a legend, panels side by side, and the caption."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starnmf.figures.catalogue import TheoryFigure
from starnmf.figures.style import BODY_SIZE, GREY, SMALL_SIZE, TEXT_WIDTH, TITLE_SIZE, ShortNumbers, lines_of

LINE_SPACING = 1.4
ROW_HEIGHT = 2.1
"""Inches."""


def theory_page(
    figure: TheoryFigure,
    titles: Sequence[str],
    columns: int,
    legend: Sequence[Artist] = (),
    projection: str | None = None,
) -> tuple[Figure, list[Axes]]:
    """A page with one empty panel for each title, row by row."""
    rows = -(-len(titles) // columns)
    header = f"Figure {figure.number}. {figure.title}"
    below = lines_of(figure.caption, TEXT_WIDTH, SMALL_SIZE)
    top = (TITLE_SIZE + (BODY_SIZE if legend else 0)) * LINE_SPACING / 72 + 0.06
    bottom = len(below) * SMALL_SIZE * LINE_SPACING / 72 + 0.06
    height = top + rows * ROW_HEIGHT * (1.3 if projection else 1) + bottom
    page = Figure(figsize=(TEXT_WIDTH, height))
    page.set_layout_engine("constrained", rect=(0, bottom / height, 1, 1 - (top + bottom) / height), wspace=0.03)
    edge = 0.03 / TEXT_WIDTH
    page.text(edge, 1, header, size=TITLE_SIZE, weight="bold", va="top", linespacing=LINE_SPACING, in_layout=False)
    page.text(
        edge, 0.02 / height, "\n".join(below), size=SMALL_SIZE, color=GREY, linespacing=LINE_SPACING, in_layout=False
    )
    if legend:
        place = 1 - TITLE_SIZE * LINE_SPACING / 72 / height
        box = page.legend(
            handles=list(legend),
            loc="upper left",
            bbox_to_anchor=(edge, place),
            ncols=len(legend),
            borderpad=0.2,
            handletextpad=0.5,
            borderaxespad=0,
        )
        box.set_in_layout(False)
    cells = page.add_gridspec(rows, columns)
    axes = []
    for index, title in enumerate(titles):
        panel = page.add_subplot(cells[index // columns, index % columns], projection=projection)
        panel.set_title(title, loc="left")
        if projection is None:
            panel.yaxis.set_major_formatter(ShortNumbers())
        axes.append(panel)
    return page, axes
