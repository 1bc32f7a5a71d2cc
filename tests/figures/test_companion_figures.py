"""What figures of companions show beside the numbers of their tables: scales, and where ratings are from."""

from pkgutil import resolve_name

import pytest
from matplotlib import rc_context
from matplotlib.text import Text

from starnmf.figures.catalogue import FIGURES
from starnmf.figures.style import RC
from tests.figures.companion_tables import TABLES
from tests.filled_tables import write_filled


@pytest.fixture
def drawn(tmp_path):
    """The page of a figure, with columns of its table set to values."""

    def draw(name, **columns):
        figure = FIGURES[name]
        write_filled(figure.table, TABLES[name]().assign(**columns), tmp_path / "table.csv")
        with rc_context(RC):
            return resolve_name(f"starnmf.{figure.draw}")(figure, figure.table.read([tmp_path / "table.csv"]))

    return draw


@pytest.mark.parametrize("name", ["figureS3", "figureS4", "figureS6"])
def test_errors_over_decades_are_on_logarithmic_axes(drawn, name):
    assert {panel.get_yscale() for panel in drawn(name).axes} == {"log"}


@pytest.mark.parametrize(
    ("source", "reduction", "title"),
    [
        ("mirror", 1.0, "MovieLens-1M (published files, from a mirror)"),
        ("stand-in", 400.0, "MovieLens-1M (synthetic, reduced 1/400)"),
    ],
)
def test_figure_s13_says_where_the_ratings_are_from(drawn, source, reduction, title):
    page = drawn("figureS13", source=source, reduction=reduction)
    assert title in [text.get_text() for text in page.findobj(Text)]
