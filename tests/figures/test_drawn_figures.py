"""Figures as a reader meets them: panels, curves, axes, marks and notes, and the files they are saved to."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from pkgutil import resolve_name

import numpy as np
import pandas as pd
import pytest
from matplotlib import rc_context
from matplotlib.text import Text

from starnmf.errors import InputError
from starnmf.factorization.tables import RUNS
from starnmf.figures import bands, deviations
from starnmf.figures.catalogue import FIGURES
from starnmf.figures.drawing import draw_figure, rows_shown
from starnmf.figures.style import GREEN, RC
from starnmf.landscape.tables import CURVATURE, LINES, TRAJECTORY

EIGHT = ["birdsong", "extragalactic", "goodbooks", "metabolic", "movielens", "netflix", "orl", "satellite"]


def drawn(name, tables):
    figure = FIGURES[name]
    table = rows_shown(figure, figure.table.read(tables.save(figure.table)), "here")
    return resolve_name(f"starnmf.{figure.draw}")(figure, table, RUNS.read(tables.save(RUNS)))


def said(page):
    return " ".join(text.get_text().replace("\n", " ") for text in page.findobj(Text))


@pytest.mark.parametrize("name", [name for name, figure in FIGURES.items() if figure.under_regimes])
def test_a_figure_has_its_panels_labels_and_marks(name, tables):
    page = drawn(name, tables(EIGHT))
    figure = FIGURES[name]
    quantities = {"figure06": 2, "figure15": 3, "figure17": 2}.get(name, 1)  # the third: an axis on the right
    assert len(page.axes) == quantities * len(figure.datasets or EIGHT)
    text = said(page)
    assert f"Figure {figure.number}." in text
    assert "published regime" in text
    assert "synthetic, reduced 1/8" in text
    assert page.axes[0].get_ylabel()
    assert any(panel.get_xlabel() for panel in page.axes)
    for dataset in figure.datasets or EIGHT:
        assert dataset.replace("orl", "ORL") in text


@pytest.mark.parametrize(
    ("name", "count"), [*(("figure03", count) for count in (1, 2, 3, 5, 9)), ("figure11", 9), ("figure12", 3)]
)
def test_any_names_and_any_number_of_datasets(name, count, tables):
    names = ["movielens-100k", "my own data", "null", "007", "orl", "a", "b", "c", "d"][:count]
    page = drawn(name, tables(names))
    assert len(page.axes) == count
    titles = {panel.get_title(loc="left") for panel in page.axes}
    assert titles == {name.replace("orl", "ORL") for name in names}


@pytest.mark.parametrize("name", [name for name, figure in FIGURES.items() if figure.datasets])
def test_a_figure_without_the_papers_datasets_shows_those_there_are(name, tables):
    text = said(drawn(name, tables(["mine", "yours"])))
    assert "mine" in text
    assert "yours" in text


@pytest.mark.parametrize("name", ["figure06", "figure15", "figure17"])
def test_several_panels_of_one_dataset_stand_side_by_side(name, tables):
    axes = drawn(name, tables(["orl"])).axes[:2]  # of Figure 15 the third is the axis on the right
    left, right = (panel.get_position() for panel in axes)
    assert left.x1 < right.x0
    assert (left.y0, left.y1) == pytest.approx((right.y0, right.y1))
    assert all(panel.get_ylabel() and panel.get_xlabel() for panel in axes)


@pytest.mark.parametrize(("name", "kind"), [("figure03", "random-random"), ("figure04", "random-optimum")])
def test_overlaid_lines_are_the_tables_lines(name, kind, tables):
    given = tables(["metabolic"])
    page = drawn(name, given)
    expected = LINES.read(given.save(LINES)).query("kind == @kind")
    curves = page.axes[0].get_lines()
    assert len(curves) == 5
    for line, curve in enumerate(curves):
        np.testing.assert_array_equal(curve.get_ydata(), expected[expected.line == line].loss)
    assert len({curve.get_color() for curve in curves}) == 5


@pytest.mark.parametrize("scale", [1, 1.2345e-3, 0.98765e-4])
def test_the_inset_of_figure_4_covers_no_curve(scale, tables):
    class Scaled(type(tables([]))):
        def lines(self):
            return [row | {"loss": scale * row["loss"]} for row in super().lines()]

    # eight panels: the narrowest
    with rc_context(RC):
        panel = drawn("figure04", Scaled(tables([]).folder, EIGHT, "published")).axes[1]
        (inset,) = panel.child_axes
        panel.figure.draw_without_rendering()
    box = inset.get_tightbbox().transformed(panel.transData.inverted())
    for curve in panel.get_lines():
        x, y = curve.get_xydata().T
        inside = (x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1)
        assert not inside.any()
    assert inset.get_xlim()[1] == 1


def test_restarts_that_have_not_converged_are_said_in_the_converged_regime_only(tables):
    assert "Not converged: ORL 3 of 4 restarts." in said(drawn("figure04", tables(["orl"], "converged", capped=3)))
    assert "Not converged" not in said(drawn("figure04", tables(["orl"], "converged", capped=0)))
    assert "Not converged" not in said(drawn("figure04", tables(["orl"], "published", capped=4)))
    assert "Not converged" not in said(drawn("figure03", tables(["orl"], "converged", capped=4))), "it shows no optimum"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("published", "published files"),
        ("mirror", "published files, from a mirror"),
        ("own", "own matrix"),
    ],
)
def test_full_size_data_bear_no_mark_and_are_named(source, words, tables):
    text = said(drawn("figure03", tables(["metabolic"], source=source, reduction=1.0)))
    assert "synthetic" not in text
    assert "reduced" not in text
    assert f"Data: {words}." in text


def test_synthetic_data_are_named(tables):
    assert "Data: synthetic. Reduced in size: metabolic 1/8." in said(drawn("figure03", tables(["metabolic"])))


@pytest.mark.parametrize("regime", ["literal", "published", "converged"])
def test_the_segment_of_figure_4_leads_to_the_end_of_a_descent(regime, tables):
    """The loss may rise towards it where the descent stops early: it is no optimum then."""
    page = drawn("figure04", tables(["orl"], regime))
    assert page.axes[0].get_xlabel() == "λ (1 at the end of the descent)"
    assert "optimum" not in said(page)


@pytest.mark.parametrize("descent", ["flow", "steps"])
def test_time_is_not_called_a_step_of_a_descent_that_takes_none(descent, tables):
    assert drawn("figure09", tables(["orl"], descent=descent)).axes[0].get_xlabel() == "time t, in gradient steps"
    assert drawn("figure09", tables(["orl"], "converged", descent=descent)).axes[0].get_xlabel() == "time t"


@pytest.mark.parametrize("name", ["figure06", "figure09", "figure10"])
def test_the_legend_says_how_many_repetitions_an_interval_is_of(name, tables):
    class Two(type(tables([]))):
        def trajectory(self):
            return [row for row in super().trajectory() if row["repetition"] < 2]

    assert "mean of n = 5 repetitions" in said(drawn(name, tables(["orl", "movielens"])))
    assert "mean of n = 2 repetitions" in said(drawn(name, Two(tables([]).folder, ["orl", "movielens"], "published")))


def test_no_axis_of_cosines_shows_what_no_cosine_is(tables):
    class Wide(type(tables([]))):
        def trajectory(self):
            rows = [row for row in super().trajectory() if row["repetition"] < 2]
            return [row | {"cosine": 0.9 - row["repetition"]} for row in rows]

    (panel,) = drawn("figure10", Wide(tables([]).folder, ["orl"], "published")).axes
    assert panel.get_ylim() == (-1.02, 1.02)


@pytest.mark.parametrize(("rates", "words"), [([0.5], " at 0.5"), ([0.5, 1.0], "")])
def test_a_mean_that_is_not_positive_is_named_and_not_drawn(rates, words, tables):
    given = tables(["metabolic"])
    paths = given.save(CURVATURE)
    table = CURVATURE.read(paths)
    table.loc[table.rate.isin(rates), "alpha"] -= 5
    CURVATURE.write(table, paths[0])
    runs = RUNS.read(given.save(RUNS))
    panel = deviations.draw(FIGURES["figure11"], CURVATURE.read(paths), runs).axes[0]
    values, of_subsamples = panel.get_lines()
    assert not len(of_subsamples.get_xdata())
    assert np.isnan(values.get_ydata()[0])
    assert (values.get_ydata()[1] > 0) == (1.0 not in rates)
    assert f"no σ/μ{words}: mean α ≤ 0" in [text.get_text() for text in panel.texts]
    assert len(panel.get_yticks()) > 1
    # The words stand above all that is drawn.
    assert panel.get_ylim()[1] > 1.1 * np.nanmax(values.get_ydata(), initial=0)


def test_an_interval_without_an_upper_end_is_an_arrow_below_the_words(tables):
    """The mean is a quarter of the deviation of nine points: some resamples have a negative one."""
    given = tables(["metabolic"])
    paths = given.save(CURVATURE)
    table = CURVATURE.read(paths)
    table["alpha"] -= np.where(table.rate == 0.5, 0.95, 2.0)
    CURVATURE.write(table, paths[0])
    page = drawn_from("figure11", paths, given)
    (panel,) = page.axes
    (arrow,) = [line for line in panel.get_lines() if line.get_marker() == "^"]
    assert list(arrow.get_xdata()) == [0.5]
    assert "Arrow: an interval without an upper end." in said(page)
    page.draw_without_rendering()
    (words,) = [text for text in panel.texts if text.get_text() == "no σ/μ at 1: mean α ≤ 0"]
    assert words.get_window_extent().y0 > panel.transData.transform(arrow.get_xydata()[0])[1]


@pytest.mark.parametrize("name", ["figure10", "figure15", "figure17"])
def test_the_legend_stays_on_the_page(name, tables):
    with rc_context(RC):
        page = drawn(name, tables(EIGHT, "converged"))
        page.draw_without_rendering()
    (legend,) = page.legends
    assert legend.get_window_extent().x1 <= page.bbox.x1
    highest = max(panel.get_tightbbox().y1 for panel in page.axes)
    assert legend.get_window_extent().y0 >= highest


@pytest.mark.parametrize(("name", "words"), [("figure15", "3 restarts and 4"), ("figure17", "3 restarts and 4")])
def test_means_over_restarts_and_points_say_of_how_many(name, words, tables):
    assert f"Means over {words} points." in said(drawn(name, tables(["orl"], "converged")))


@pytest.mark.parametrize("name", ["figure05", "figure11"])
def test_panels_of_relative_deviations_have_axes_of_one_kind(name, tables):
    given = tables(["metabolic", "orl"])
    paths = given.save(CURVATURE)
    assert {panel.get_yscale() for panel in drawn_from(name, paths, given).axes} == {"linear"}
    table = CURVATURE.read(paths[:1])
    table.loc[table.rate == 0.5, "alpha"] += 50
    CURVATURE.write(table, paths[0])
    assert {panel.get_yscale() for panel in drawn_from(name, paths, given).axes} == {"log"}


def drawn_from(name, paths, given):
    return deviations.draw(FIGURES[name], FIGURES[name].table.read(paths), RUNS.read(given.save(RUNS)))


def test_subsamples_stand_beside_the_curve_and_one_alone_is_said(tables):
    given = tables(["metabolic"])
    table, runs = CURVATURE.read(given.save(CURVATURE)), RUNS.read(given.save(RUNS))
    page = deviations.draw(FIGURES["figure11"], table, runs)
    assert "has one subsample" not in said(page)
    curve, marks = page.axes[0].get_lines()
    alpha = table[table.rate == 0.5].groupby("subsample")["alpha"]
    np.testing.assert_allclose(marks.get_ydata(), alpha.std(ddof=0) / alpha.mean(), rtol=1e-12)
    np.testing.assert_array_equal(marks.get_xdata(), [0.5] * 3)
    assert min(marks.get_ydata()) < curve.get_ydata()[0] < max(marks.get_ydata())
    given = tables(["metabolic"])
    given.subsamples = 1
    assert "A rate below 1.0 has one subsample, so that" in said(drawn("figure05", given))


def test_negative_curvature_is_named_in_the_footer_and_zero_is_on_the_axis(tables):
    class Sinking(type(tables([]))):
        def trajectory(self):
            return [row | {"alpha": 0.01 - 0.001 * row["step"]} for row in super().trajectory()]

    given = Sinking(tables([]).folder, ["metabolic"], "published")
    page = drawn("figure09", given)
    low, high = page.axes[0].get_ylim()
    assert low < 0 < high
    # steps 20 and 50 are below zero; step 100 was not reached by every repetition
    assert "metabolic at 2 of 7 times" in said(page)


@pytest.mark.parametrize("name", ["figure06", "figure09", "figure10"])
def test_zero_shows_under_values_that_stay_above_it(name, tables):
    for panel in drawn(name, tables(["orl", "movielens"])).axes:
        low, high = panel.get_ylim()
        assert low < 0 < panel.get_lines()[0].get_ydata().min() < high
        assert any(set(line.get_ydata()) == {0} for line in panel.get_lines())


def test_curvature_against_the_rank_marks_the_own_rank_and_says_which_of_its_restarts_have_not_converged(tables):
    page = drawn("figure17", tables(["orl", "metabolic"], "converged", capped=2))
    # one of three restarts at one of four ranks; of the datasets' own restarts 2 of 4
    assert "Not converged: metabolic 1 of 12 restarts, ORL 1 of 12 restarts." in said(page).replace("  ", " ")
    alpha, shares = page.axes[0], page.axes[2]
    mean, smallest, _, own = alpha.get_lines()
    np.testing.assert_allclose(mean.get_ydata(), [1.1 - 0.015 - r / 5 for r in (1, 2, 4, 8)])
    np.testing.assert_allclose(smallest.get_ydata(), [1 - 0.03 - r / 5 for r in (1, 2, 4, 8)])
    assert set(own.get_xdata()) == {4}
    assert [label.get_text() for label in alpha.get_xticklabels()] == ["1", "2", "4", "8"]
    above, negative, _ = shares.get_lines()
    np.testing.assert_allclose(negative.get_ydata(), [0, 0, 0, 1])
    np.testing.assert_allclose(above.get_ydata(), [0, 0, 1, 1])


def test_positive_curvature_over_decades_has_a_logarithmic_axis(tables):
    class Sinking(type(tables([]))):
        def trajectory(self):
            return [
                row | {"alpha": (1 + 0.01 * row["repetition"]) / (1 + row["step"] ** 2)} for row in super().trajectory()
            ]

    page = drawn("figure09", Sinking(tables([]).folder, ["metabolic"], "converged"))
    assert page.axes[0].get_yscale() == "log"
    assert "Below zero" not in said(page)


def test_a_cosine_over_decades_has_a_linear_axis_that_shows_the_negative_one_beside_it(tables):
    class Sinking(type(tables([]))):
        def trajectory(self):
            return [
                row | {"cosine": 1 / (1 + row["step"] ** 2), "projected_cosine": 0.5 - 0.03 * row["step"]}
                for row in super().trajectory()
            ]

    (panel,) = drawn("figure10", Sinking(tables([]).folder, ["metabolic"], "converged")).axes
    lowest = min(line.get_ydata().min() for line in panel.get_lines() if line.get_color() == GREEN)
    assert panel.get_yscale() == "linear"
    assert panel.get_ylim()[0] <= lowest < 0


def test_panels_with_and_without_decades_have_axes_of_one_kind(tables):
    """One dataset's curvature spans decades, the other's crosses zero: neither is logarithmic."""

    class Sinking(type(tables([]))):
        def trajectory(self):
            return [row | {"alpha": 1 / (1 + row["step"] ** 2)} for row in super().trajectory()]

    class Crossing(type(tables([]))):
        def trajectory(self):
            return [row | {"alpha": 1 - 0.1 * row["step"]} for row in super().trajectory()]

    folder = tables([]).folder
    sinking, crossing = Sinking(folder, ["metabolic"], "published"), Crossing(folder, ["orl"], "published")
    paths = [*sinking.save(TRAJECTORY), *crossing.save(TRAJECTORY)]
    runs = RUNS.read([*sinking.save(RUNS), *crossing.save(RUNS)])
    page = bands.draw_alpha(FIGURES["figure09"], TRAJECTORY.read(paths), runs)
    assert [panel.get_yscale() for panel in page.axes] == ["linear", "linear"]
    alone = bands.draw_alpha(FIGURES["figure09"], TRAJECTORY.read(paths[:1]), runs)
    assert [panel.get_yscale() for panel in alone.axes] == ["log"]
    # Zero is on linear axes alone.
    in_legend = [{text.get_text() for text in one.legends[0].get_texts()} for one in (page, alone)]
    assert ["zero" in entries for entries in in_legend] == [True, False]


@pytest.mark.parametrize("count", [2, 6, 120])
def test_histograms_have_bins_for_as_many_values_as_there_are(count, tables):
    class Spread(type(tables([]))):
        def spectrum(self):
            return [
                {"factor": f, "matrix": matrix, "repetition": r, "index": i, "singular_value": 10.0 / (1 + i + 0.1 * r)}
                for f in "UV"
                for matrix in ("optimum", "random")
                for r in range(2)
                for i in range(count)
            ]

    page = drawn("figure12", Spread(tables([]).folder, ["orl"], "published"))
    (panel,) = page.axes
    assert panel.get_xlabel() == "ln(σ / largest σ)"
    assert "The largest of every matrix is at 0 and not drawn." in said(page)
    edges = np.unique(np.round([x for patch in panel.patches for x, _ in patch.get_xy()], 9))
    assert len(edges) - 1 == {2: 4, 6: 4, 120: 16}[count]
    assert edges.max() < 0
    # The second bars of a matrix are the first ones' outline: all values but the largest, as shares of all.
    heights = [y for x, y in panel.patches[0].get_xy()]
    assert max(heights) <= (count - 1) / count


def test_the_command_writes_the_same_bytes_elsewhere_and_later_in_any_order_of_the_input(tables, tmp_path):
    given = tables(["orl", "movielens", "birdsong", "metabolic"], "converged", capped=1)
    landscape, runs = given.save(CURVATURE), given.save(RUNS)
    made = []
    for folder, step, environment in (
        ("here", 1, {"PYTHONHASHSEED": "1"}),
        ("over there", -1, {"PYTHONHASHSEED": "2", "TZ": "+9"}),
    ):
        (tmp_path / folder).mkdir()
        for path in (*landscape, *runs):
            shutil.copy(path, tmp_path / folder)
        given_as = [*(path.name for path in landscape[::step]), *(f"--run={path.name}" for path in runs[::step])]
        command = [Path(sys.executable).with_name("starnmf"), "figures", "draw", "figure05", *given_as]
        subprocess.run(
            [*command, "--pdf", "a.pdf", "--png", "a.png"],
            cwd=tmp_path / folder,
            env=os.environ | environment,
            check=True,
        )
        made.append([(tmp_path / folder / f"a.{kind}").read_bytes() for kind in ("pdf", "png")])
        # Files have dates in seconds.
        time.sleep(1.1)
    assert made[0] == made[1]
    assert made[0][0].rstrip().endswith(b"%%EOF")


def test_mistakes_name_file_found_and_expected(tables, tmp_path):
    given = tables(["orl"])
    lines, runs = given.save(LINES), given.save(RUNS)
    out = tmp_path / "x.pdf", tmp_path / "x.png"
    with pytest.raises(InputError, match=r"orl-lines\.csv: no column .*alpha.*; found .*loss.*; expected a table of"):
        draw_figure("figure05", lines, runs, *out)
    with pytest.raises(InputError, match="no figure 'figure99'; expected one of figure01"):
        draw_figure("figure99", lines, runs, *out)
    with pytest.raises(InputError, match="occur more than once"):
        draw_figure("figure03", lines * 2, runs, *out)
    empty = lines[0].with_name("empty.csv")
    empty.write_text(lines[0].read_text().split("\n")[0] + "\n")
    with pytest.raises(InputError, match=r"empty\.csv: found no row; expected those of at least one dataset"):
        draw_figure("figure03", [empty], runs, *out)
    other = tables(["metabolic"]).save(RUNS)
    with pytest.raises(InputError, match="orl: no row in the runs tables"):
        draw_figure("figure03", lines, other, *out)
    broken = lines[0].with_name("broken.csv")
    broken.write_text(lines[0].read_text().replace("0.04,", "high,", 1))
    with pytest.raises(InputError, match=r"broken\.csv, line \d+: .* is 'high'; expected a number"):
        draw_figure("figure03", [broken], runs, *out)
    assert not any(path.exists() for path in out)


def test_dots_of_figure_18_are_the_pairs(tables):
    given = tables(["orl"], "converged")
    (panel,) = drawn("figure18", given).axes
    pairs = pd.DataFrame(given.pairs())
    unmatched, matched, limit = panel.get_lines()
    for dots, column in ((unmatched, "rise_unmatched"), (matched, "rise")):
        np.testing.assert_allclose(dots.get_xdata(), pairs["largest_distance"])
        # What is too small for a logarithmic axis stands at its edge.
        np.testing.assert_allclose(dots.get_ydata(), pairs[column].clip(lower=1e-6))
    assert set(limit.get_xdata()) == {0.1}
    low, high = panel.get_ylim()
    assert low < 1e-6
    assert high > pairs["rise_unmatched"].max()
    assert "Pairs of 4 restarts" in said(panel.figure)
