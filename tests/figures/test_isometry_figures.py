"""Figures S1 to S3, drawn from small tables."""

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.text import Text

from starnmf.companions.isometry.smallest_deltas import measure_deltas
from starnmf.companions.isometry.starts import measure_starts
from starnmf.companions.isometry.stochastic_descent import measure_failures
from starnmf.figures import isometry
from starnmf.figures.catalogue import FIGURES
from starnmf.figures.style import RC
from tests.companions.short import shorten


@pytest.fixture(scope="module")
def tables():
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch.setattr)
        return {
            "figureS1": measure_failures(50, 0, 1),
            "figureS2": measure_deltas(400, 0),
            "figureS3": measure_starts(500, 0, 1),
        }


def test_figure_s1_shows_shares_by_learning_rate_beside_the_slides(tables):
    table = tables["figureS1"]
    with rc_context(RC):
        page = isometry.draw_descent(FIGURES["figureS1"], table)
    for panel, (gradient, momentum) in zip(page.axes, isometry.GRADIENTS_AND_MOMENTA, strict=True):
        slides, *lines = panel.get_lines()
        np.testing.assert_allclose(slides.get_ydata(), 0.12053)
        alike = (table["gradient"] == gradient) & (table["momentum"] == momentum) & (table["threshold"] == 0.1)
        assert len(lines) == 3
        for line, (_, rows) in zip(lines, table[alike].groupby("learning_rate"), strict=True):
            np.testing.assert_array_equal(line.get_ydata(), rows["share"])
    assert "the slides' 12 %" in [text.get_text() for text in page.findobj(Text)]


def test_figure_s2_shows_delta_above_its_bound_and_distributions(tables):
    table = tables["figureS2"]
    with rc_context(RC):
        on_grid, at_random = isometry.draw_pairs(FIGURES["figureS2"], table).axes
    _, *curves = on_grid.get_lines()
    for delta, bound in zip(curves[::2], curves[1::2], strict=True):
        assert (delta.get_ydata() >= bound.get_ydata() - 1e-6).all()
    assert [text.get_text() for text in on_grid.get_legend().get_texts()] == ["30° to z", "60° to z", "90° to z"]
    for line, (_, rows) in zip(
        at_random.get_lines()[1:], table.query("kind == 'random'").groupby(["n", "r"]), strict=True
    ):
        np.testing.assert_array_equal(line.get_xdata()[1:], np.sort(rows["delta"]))


def test_figure_s3_shows_the_median_of_each_gamma(tables):
    table = tables["figureS3"]
    with rc_context(RC):
        page = isometry.draw_starts(FIGURES["figureS3"], table)
    shown = [(instance, gradient) for instance in isometry.INSTANCES for gradient in isometry.GRADIENTS]
    for panel, (instance, gradient) in zip(page.axes, shown, strict=True):
        rows = table[(table["instance"] == instance) & (table["gradient"] == gradient)]
        np.testing.assert_array_equal(panel.get_lines()[0].get_ydata(), rows["median"])
        assert panel.get_yscale() == "log"
