"""Figure 19: what it shows of a table of ranks."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from starnmf.figures.catalogue import FIGURES
from starnmf.figures.drawing import draw_figure
from starnmf.figures.figure19 import draw
from starnmf.rank_choice.tables import RANK_CHOICE
from tests.filled_tables import write_filled


@pytest.fixture
def files(tmp_path):
    """The tables of two datasets, of which the second has no recommended rank and a rank that was not held out."""
    paths = []
    for dataset, recommended in (("mine", 3), ("orl", None)):
        rank = np.arange(1, 6)
        rows = {
            **{"dataset": dataset, "rank": rank, "source": "stand-in", "reduction": 8.0, "descent": "flow"},
            **{"data_sha256": "ab12", "seed": 3, "device": "cpu", "restarts": 10, "converged": 12 - 2 * rank},
            **{"loss": 0.5 / rank, "held_out": np.where(rank == 5, np.nan, 0.6 / rank), "one_solution": 10 - rank},
            **{"silhouette": np.where(rank == 1, np.nan, 0.9), "cophenetic": np.where(rank == 1, np.nan, 0.8)},
            **{"negative": rank / 10, "above": rank / 20, "recommended": rank == recommended},
        }
        rows["converged"] = np.minimum(rows["converged"], 10)
        paths.append(tmp_path / f"{dataset}.csv")
        write_filled(RANK_CHOICE, rows, paths[-1])
    return paths


def test_every_column_is_a_curve_and_the_recommended_rank_a_line(files):
    table = RANK_CHOICE.read(files)
    page = draw(FIGURES["figure19"], table)
    assert len(page.axes) == 6
    shown = [("loss", "held_out"), ("share", "silhouette", "cophenetic"), ("negative", "above")]
    table["share"] = table["one_solution"] / 10
    for place, panel in enumerate(page.axes):
        rows = table[table["dataset"] == ("mine", "orl")[place % 2]]
        columns = shown[place // 2]
        curves = panel.get_lines()
        for curve, column in zip(curves, columns, strict=False):
            np.testing.assert_array_equal(curve.get_xdata(), rows["rank"])
            np.testing.assert_array_equal(curve.get_ydata(), rows[column])
        assert [line.get_xdata()[0] for line in curves[len(columns) :]] == ([3] if place % 2 == 0 else [])
    text = " ".join(part.get_text().replace("\n", " ") for part in page.findobj(Text))
    for words in ("Choice of a rank", "synthetic, reduced 1/8", "ORL", "10 restarts of every rank", "Not converged:"):
        assert words in text
    assert "mine 20 of 50 restarts" in text


def test_the_legend_names_the_curve_of_every_column_and_titles_their_dataset(files):
    """Legend and curves have the same colours, styles and markers."""
    columns = {
        "lowest loss": "loss",
        "held-out error": "held_out",
        "share of one solution": "share",
        "silhouette": "silhouette",
        "cophenetic correlation": "cophenetic",
        "share of α < 0": "negative",
        "share above their chord": "above",
    }

    def look(line):
        return to_rgb(line.get_color()), line.get_linestyle(), line.get_marker()

    # No two columns are alike.
    table = RANK_CHOICE.read(files).assign(silhouette=np.linspace(0.5, 0.9, 10), cophenetic=np.linspace(0.9, 0.4, 10))
    page = draw(FIGURES["figure19"], table)
    titles = [panel.get_title(loc="left") for panel in page.axes]
    assert titles == ["a) mine", "b) ORL", "c) mine", "d) ORL", "e) mine", "f) ORL"]
    assert {text.get_text() for panel in page.axes for text in panel.texts} == {"synthetic, reduced 1/8"}
    assert [page.axes[place].get_ylabel() for place in (0, 2, 4)] == ["loss, error", "stability", "share of segments"]
    assert page.axes[4].get_xlabel() == page.axes[5].get_xlabel() == "rank r"
    (legend,) = page.legends
    table["share"] = table["one_solution"] / table["restarts"]
    named = {}
    for text, entry in zip(legend.get_texts(), legend.legend_handles, strict=True):
        named[text.get_text()] = [
            line for panel in page.axes[::2] for line in panel.get_lines() if look(line) == look(entry)
        ]
    of_mine = table[table["dataset"] == "mine"]
    recommended = named.pop("recommended rank")
    assert [list(line.get_xdata()) for line in recommended] == [[3, 3]] * 3
    assert list(named) == list(columns)
    for label, column in columns.items():
        (curve,) = named[label]
        np.testing.assert_array_equal(curve.get_xdata(), of_mine["rank"])
        np.testing.assert_array_equal(curve.get_ydata(), of_mine[column])


def test_the_same_tables_give_the_same_files(files, saved_alike):
    saved_alike(lambda pdf, png: draw_figure("figure19", files, [], pdf, png))
