"""Figures S4 to S6, drawn from small tables of alternating updates."""

import numpy as np
import pytest
from matplotlib import rc_context

from starnmf.companions.purification.conditions import measure_conditions
from starnmf.companions.purification.floors import measure_floors
from starnmf.companions.purification.potential import BETA, measure_potential
from starnmf.companions.purification.tables import CONDITIONS, CONVERGENCE, FLOORS
from starnmf.figures import purification
from starnmf.figures.catalogue import FIGURES
from starnmf.figures.style import RC
from tests.companions.short import shorten


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The tables as they are read from files: what is text there and what is a number matters."""
    folder = tmp_path_factory.mktemp("purification")
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch.setattr)
        CONVERGENCE.write(measure_potential(1, 0, 1), folder / "convergence.csv")
        FLOORS.write(measure_floors(1, 0, 1), folder / "floors.csv")
        CONDITIONS.write(measure_conditions(1, 0, 1), folder / "conditions.csv")
    return {"figureS4": "convergence", "figureS5": "floors", "figureS6": "conditions"}, folder


def rows_of(files, name):
    kinds, folder = files
    return FIGURES[name].table.read([folder / f"{kinds[name]}.csv"])


def test_figure_s4_shows_the_potential_of_every_start_below_what_is_asked_for(files):
    table = rows_of(files, "figureS4")
    with rc_context(RC):
        page = purification.draw_convergence(FIGURES["figureS4"], table)
    for panel, (decoding, threshold) in zip(page.axes, purification.DECODINGS, strict=True):
        *lines, bound = panel.get_lines()
        rows = table[(table["n"] == 10) & (table["decoding"] == decoding) & (table["threshold"] == threshold)]
        assert len(lines) == rows["start"].nunique() == 4
        for line, start in zip(lines, purification.STARTS, strict=True):
            of_start = rows[rows["start"] == start].sort_values("iteration")
            np.testing.assert_allclose(line.get_ydata(), of_start["positive"] + BETA * of_start["negative"])
        np.testing.assert_allclose(bound.get_ydata()[-1], (1 - 0.1 / 6 / 25) ** 100)


def test_figure_s5_shows_what_is_left_by_strength_and_samples(files):
    table = rows_of(files, "figureS5")
    with rc_context(RC):
        adversarial, unbiased, samples = purification.draw_floors(FIGURES["figureS5"], table).axes
    left = table[["off_diagonal", "outside"]].max(axis=1)
    for panel, noise in ((adversarial, "adversarial"), (unbiased, "unbiased")):
        for line, n in zip(panel.get_lines()[::2], (5, 10, 20), strict=False):
            picked = (table["n"] == n) & (table["noise"] == noise) & (table["pseudo_inverse"] == "least-infinity")
            rows = table[picked & (table["samples"] == 10_000)].sort_values("strength")
            np.testing.assert_allclose(line.get_ydata(), left[rows.index])
    assert [text.get_text() for text in samples.get_legend().get_texts()] == ["no noise", "adversarial", "unbiased"]
    for line in samples.get_lines():
        np.testing.assert_array_equal(line.get_xdata(), [100, 1000, 10_000])


def test_figure_s6_shows_the_largest_error_of_each_condition(files):
    table = rows_of(files, "figureS6")
    with rc_context(RC):
        panels = purification.draw_conditions(FIGURES["figureS6"], table).axes
    for panel, condition, lines in zip(panels, ("warm-start", "sparsity", "imbalance"), (3, 2, 2), strict=True):
        rows = table[table["condition"] == condition]
        shown = np.concatenate([line.get_ydata() for line in panel.get_lines()[:lines]])
        assert len(shown) == lines * rows["value"].nunique()
        np.testing.assert_allclose(shown.max(), rows["error"].max())
        assert panel.get_yscale() == "log"
