"""Figures S7 to S13, drawn from small tables."""

from pkgutil import resolve_name

import numpy as np
import pandas as pd
import pytest
from matplotlib import rc_context
from matplotlib.text import Text

from starnmf.companions.inductive.activations import SMOOTH_NAMES
from starnmf.companions.inductive.conditioning import measure_conditioning
from starnmf.companions.inductive.deviations import measure_deviations
from starnmf.companions.inductive.first_row import measure_first_row
from starnmf.companions.inductive.fresh_samples import measure_fresh_samples
from starnmf.companions.inductive.phases import measure_phases
from starnmf.companions.inductive.quadratic import measure_orthogonal
from starnmf.figures import inductive
from starnmf.figures.catalogue import FIGURES
from starnmf.figures.style import RC
from tests.companions.short import shorten


@pytest.fixture(scope="module")
def tables():
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch.setattr)
        yield Measured()


class Measured(dict):
    """The table of each figure, measured when it is first asked for."""

    def __missing__(self, name):
        measure = {
            "figureS7": measure_orthogonal,
            "figureS8": lambda: measure_first_row(1, 0, 1),
            "figureS9": lambda: measure_conditioning(1, 0, 1),
            "figureS10": lambda: measure_deviations(1, 0, 1),
            "figureS11": lambda: measure_fresh_samples(2, 0, 1),
            "figureS12": lambda: measure_phases(2, 0, 1),
            "figureS13": _errors,
        }
        self[name] = measure[name]()
        return self[name]


def _errors():
    """An error for every model and two splits."""
    return pd.DataFrame(
        {"dataset": "movielens", "split": split, "model": model, "source": "mirror", "reduction": 1.0,
         "rmse": 1 + 0.01 * place + 0.002 * split}
        for split in range(2)
        for place, model in enumerate(inductive.MODELS)
    )  # fmt: skip


def drawn(name, table):
    with rc_context(RC):
        return resolve_name(f"starnmf.{FIGURES[name].draw}")(FIGURES[name], table)


def words(page):
    return [text.get_text() for text in page.findobj(Text)]


def test_figure_s7_shows_eigenvalues_on_their_bound_and_both_constants(tables):
    table = tables["figureS7"]
    smooth, relu = drawn("figureS7", table).axes
    for (rho, found), activation in zip(np.reshape(smooth.get_lines(), (3, 2)), SMOOTH_NAMES, strict=True):
        rows = table[table["activation"] == activation]
        np.testing.assert_array_equal(found.get_ydata(), rows["smallest_eigenvalue"])
        np.testing.assert_array_equal(rho.get_ydata(), rows["rho"])
    limit, printed, own = relu.get_lines()
    assert max(limit.get_ydata()) < min(own.get_ydata()) < min(printed.get_ydata())


def test_figure_s8_shows_eigenvalues_and_their_ratios(tables):
    table = tables["figureS8"]
    eigenvalues, ratios = drawn("figureS8", table).axes
    _, *dots = eigenvalues.get_lines()
    for line, quotient, (_, rows) in zip(dots, ratios.get_lines(), table.groupby("d"), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), rows["fixed_eigenvalue"])
        np.testing.assert_allclose(quotient.get_ydata() * quotient.get_xdata() ** 2, rows["fixed_eigenvalue"])


@pytest.mark.extended
def test_figure_s9_shows_the_smallest_ratio_of_each_condition_number(tables):
    table = tables["figureS9"]
    for panel, activation in zip(drawn("figureS9", table).axes, SMOOTH_NAMES, strict=True):
        for line, (spread, of) in zip(panel.get_lines(), inductive.CONDITIONED, strict=True):
            alike = (table["activation"] == activation) & (table["spread"] == spread) & (table["condition_of"] == of)
            rows = table[alike]
            smallest = min(rows.query("kappa == 4").eval("smallest_eigenvalue / bound"))
            assert line.get_ydata()[1] == pytest.approx(smallest)


@pytest.mark.extended
def test_figure_s10_shows_deviations_by_sweep(tables):
    table = tables["figureS10"]
    for panel, sweep in zip(drawn("figureS10", table).axes, inductive.SWEEPS, strict=True):
        for line, activation in zip(panel.get_lines()[::2], inductive.COLOURS, strict=True):
            rows = table[(table["sweep"] == sweep) & (table["activation"] == activation)].sort_values("size")
            np.testing.assert_array_equal(line.get_ydata(), rows["deviation"])


def test_figure_s11_shows_every_descent_and_what_is_promised(tables):
    table = tables["figureS11"]
    for panel, activation in zip(drawn("figureS11", table).axes, SMOOTH_NAMES, strict=True):
        *descents, promised, slowest = panel.get_lines()
        rows = table[table["activation"] == activation]
        for line, (_, descent) in zip(descents, rows.groupby("trial"), strict=True):
            np.testing.assert_array_equal(line.get_ydata(), descent["squared_distance"])
        factor = 1 - rows["M_l"].iloc[0] / rows["M_u"].iloc[0]
        steps = promised.get_xdata()[1]
        assert promised.get_ydata()[1] / promised.get_ydata()[0] == pytest.approx(factor**steps)
        assert slowest.get_ydata()[1] / slowest.get_ydata()[0] == pytest.approx(factor ** (2 * steps))


def test_figure_s12_shows_the_share_of_each_cell(tables):
    table = tables["figureS12"]
    page = drawn("figureS12", table)
    shown = [(start, activation) for start in inductive.STARTS for activation in inductive.ACTIVATIONS]
    for panel, (start, activation) in zip(page.axes, shown, strict=False):
        (image,) = panel.get_images()
        rows = table[(table["start"] == start) & (table["activation"] == activation)]
        for i, observed in enumerate((50, 200)):
            for j, users in enumerate((10, 40)):
                cell = rows[(rows["observed"] == observed) & (rows["users"] == users)].iloc[0]
                assert image.get_array()[i, j] == cell["recovered"] / cell["trials"]
        assert image.cmap.N == 3, "a colour for 0, 1 and 2 of 2 trials"
    bar = page.axes[-1]
    assert bar.get_ylabel() == "trials that recover, of 2"
    assert [label.get_text() for label in bar.get_yticklabels()] == ["0", "1", "2"]


def test_figure_s13_shows_means_and_says_where_the_ratings_are_from(tables):
    table = tables["figureS13"]
    page = drawn("figureS13", table)
    assert "MovieLens-1M (published files, from a mirror)" in words(page)
    for model, rows in table.groupby("model"):
        assert f"{rows['rmse'].mean():.3f}" in words(page), model
    small = drawn("figureS13", table.assign(source="stand-in", reduction=400.0))
    assert "MovieLens-1M (synthetic, reduced 1/400)" in words(small)
