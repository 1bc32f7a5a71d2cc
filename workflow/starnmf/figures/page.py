"""The page that every figure is drawn on: a title, a legend, room for panels and a footer, none covering another."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from starnmf.figures.style import BODY_SIZE, GREY, SMALL_SIZE, TITLE_SIZE, lines_of

LINE_SPACING = 1.4


def empty_page(
    title: str, footer: str, width: float, panels_height: float, legend: Sequence[Artist] = (), legend_rows: int = 1
) -> Figure:
    """A page of `width` inches with `panels_height` inches left for panels; title and footer are broken into lines."""
    header = lines_of(title, width, TITLE_SIZE * 1.15)
    below = lines_of(footer, width, SMALL_SIZE)
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
