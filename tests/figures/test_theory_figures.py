"""Figures 1, 2, 14 and 16, which need no dataset, drawn through the command."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from matplotlib import rc_context
from matplotlib.text import Text

from starnmf.errors import InputError
from starnmf.figures import figure16, theory
from starnmf.figures.catalogue import FIGURES
from starnmf.figures.drawing import draw_figure
from starnmf.figures.style import BLUE, RC, VERMILION
from starnmf.theory.planted_segments import measure_planted_segments
from starnmf.theory.profile import measure_profile
from starnmf.theory.skewed import MEAN_TERMS, SIZES, measure_skewed
from starnmf.theory.surface import measure_surface
from tests.filled_tables import write_filled


def test_saved_files_are_whole_and_the_same_bytes_again(saved_alike, tmp_path):
    write_filled(FIGURES["figure02"].table, measure_surface(), tmp_path / "table.csv")
    saved_alike(lambda pdf, png: draw_figure("figure02", [tmp_path / "table.csv"], [], pdf, png))


def test_figure_1_shows_five_lines_of_each_kind():
    table = measure_planted_segments(0)
    with rc_context(RC):
        page = theory.draw_segments(FIGURES["figure01"], table)
    assert [len(panel.get_lines()) for panel in page.axes] == [5, 5, 5]
    for panel, kind in zip(page.axes, theory.SEGMENTS, strict=True):
        expected = table[(table["kind"] == kind) & (table["line"] == 3)]
        np.testing.assert_array_equal(panel.get_lines()[3].get_ydata(), expected["loss"])
        assert panel.get_xlabel() == "λ"


def test_figure_2_names_its_axes():
    with rc_context(RC):
        (panel,) = theory.draw_star_convex_function(FIGURES["figure02"], measure_surface()).axes
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("x", "y")
    assert "p" in panel.get_zlabel()


def test_figure_14_shows_the_exact_curve_and_the_papers():
    table = measure_profile(0)
    with rc_context(RC):
        page = theory.draw_second_derivative(FIGURES["figure14"], table)
    assert len(page.axes) == 4
    cases = [(entries, kind) for entries in ("half-normal", "normal") for kind in ("random-random", "random-planted")]
    for panel, (distribution, kind) in zip(page.axes, cases, strict=True):
        rows = table[(table["distribution"] == distribution) & (table["kind"] == kind)]
        _, exact, printed, mean = panel.get_lines()
        assert [line.get_color() for line in (exact, printed, mean)] == [BLUE, VERMILION, BLUE]
        for line, column in ((exact, "exact"), (printed, "printed"), (mean, "mean")):
            np.testing.assert_array_equal(line.get_xdata(), rows["lambda"])
            np.testing.assert_array_equal(line.get_ydata(), rows[column])
        ends = np.array([segment[:, 1] for segment in panel.collections[0].get_segments()])
        np.testing.assert_allclose(ends.T, rows["mean"].to_numpy() + np.outer([-4, 4], rows["standard_error"]))
    said = " ".join(text.get_text().replace("\n", " ") for text in page.findobj(Text))
    assert "by the paper's facts" in said
    assert "Not in the paper" in said


def test_figure_16_shows_every_size_and_rank():
    table = measure_skewed(100, 0, 1)
    with rc_context(RC):
        page = figure16.draw(FIGURES["figure16"], table)
    assert [len(panel.containers) for panel in page.axes] == [5, 5, 2, 6]
    swept = table[table["law"].str.endswith(", 1)")]
    planted, among_random = (swept[swept["kind"] == kind] for kind in ("random-planted", "random-random"))
    shown = [
        *((0, place, planted, (0.5, 1, n)) for place, n in enumerate(SIZES)),
        *((1, place, among_random, (0.5, 1, n)) for place, n in enumerate(SIZES)),
        *((3, place, planted, (*shape, 128)) for place, shape in enumerate(product((0.5, 0.75, 1.0), (1, 0.25)))),
    ]
    for panel, place, of_kind, case in shown:
        rows = of_kind[(of_kind[["gamma", "aspect", "n"]] == case).all(axis=1)].sort_values("mean_term")
        line, _, (bars,) = page.axes[panel].containers[place].lines
        np.testing.assert_array_equal(line.get_xdata(), MEAN_TERMS)
        np.testing.assert_array_equal(line.get_ydata(), rows["alpha_negative_share"])
        ends = np.array([segment[:, 1] for segment in bars.get_segments()]).T
        np.testing.assert_allclose(ends, rows[["alpha_negative_low", "alpha_negative_high"]].T, atol=1e-12)
    # 4 q exactly; by the paper's facts 4 more.
    lines = [line for line in page.axes[2].get_lines() if line.get_linestyle() != "None"]
    _, exact, printed = lines
    assert (exact.get_color(), printed.get_color()) == (BLUE, VERMILION)
    np.testing.assert_allclose(exact.get_ydata(), [0.08, 0.24, 0.8])
    np.testing.assert_allclose(printed.get_ydata(), [4.08, 4.24, 4.8])


def test_mistakes_name_what_was_found(tmp_path):
    pd.DataFrame({"x": [1.0], "y": [2.0]}).to_csv(tmp_path / "table.csv")
    out = tmp_path / "x.pdf", tmp_path / "x.png"
    with pytest.raises(InputError, match="no figure 'figure99'; expected one of figure01, figure02, figure03"):
        draw_figure("figure99", [tmp_path / "table.csv"], [], *out)
    with pytest.raises(InputError, match=r"table\.csv: no column p, value"):
        draw_figure("figure02", [tmp_path / "table.csv"], [], *out)
    assert not any(path.exists() for path in out)
