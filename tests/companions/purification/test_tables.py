"""The tables of alternating updates: the same on any number of threads, longer with more trials."""

from itertools import repeat

import numpy as np
import pandas as pd
import pytest

from starnmf.companions.purification import conditions, floors, potential
from starnmf.companions.purification.algorithm import THRESHOLD, Examples, Purification, purify
from starnmf.companions.purification.conditions import measure_conditions
from starnmf.companions.purification.expectation import scaling_for
from starnmf.companions.purification.floors import measure_floors, noise_level
from starnmf.companions.purification.model import adversarial_noise, bernoulli, locate, misleading_signs
from starnmf.companions.purification.potential import measure_potential
from starnmf.companions.purification.statements import measure_statements
from starnmf.seeds import generator
from tests.companions.purification.drawn_features import features


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(potential, "ITERATIONS", 60)
    monkeypatch.setattr(conditions, "ITERATIONS", 30)
    monkeypatch.setattr(floors, "ITERATIONS", 5)
    monkeypatch.setattr(floors, "SIZES", (3, 4))
    monkeypatch.setattr(floors, "SAMPLES", (50, 100))


@pytest.mark.parametrize(
    "measure", [measure_potential, measure_conditions, pytest.param(measure_floors, marks=pytest.mark.extended)]
)
def test_tables_do_not_depend_on_threads_and_more_trials_keep_the_earlier_ones(measure):
    table = measure(2, 0, 2)
    pd.testing.assert_frame_equal(measure(2, 0, 1), table)
    pd.testing.assert_frame_equal(measure(1, 0, 1), table[table["trial"] == 0].reset_index(drop=True))


def test_noise_levels_are_those_the_theorems_allow():
    unit = features("unit", 20, 5, np.random.default_rng(0))
    assert noise_level(unit, "adversarial", 0.5) == pytest.approx(0.5 / 20)
    assert noise_level(unit, "unbiased", 0.5) == pytest.approx(0.5 * np.sqrt(5) / 20)
    alike = unit + 0.2
    alike /= alike.sum(axis=0)
    inverse = np.linalg.pinv(alike)
    assert noise_level(alike, "adversarial", 0.5) >= 0.5 / (5 * np.abs(inverse).sum(axis=1).max())


def test_noise_levels_are_said_in_units_of_the_signal():
    table = measure_floors(1, 0, 1)
    # Every entry of the noise is of its level, and |A* x*|_1 is 1 on average.
    np.testing.assert_allclose(table["relative_noise"], table["level"] * table["m"])
    assert (table.loc[table["noise"] == "none", "level"] == 0).all()


def test_what_adversarial_noise_leaves_is_that_of_the_whole_distribution(monkeypatch):
    """Against sums over all values of x* in place of samples."""
    monkeypatch.setattr(floors, "ITERATIONS", 40)
    n, m = 4, 16
    row = floors._row(floors.SampledRun(n, "adversarial", 1.0, samples=30_000), 0, 0)
    truth = features("sparse", m, n, generator(0, "purification", "features", n, 0))
    weights = bernoulli(n, 1 / n)
    X, chances = weights.states
    examples = Examples(truth @ X + adversarial_noise(row["level"], misleading_signs(truth), X), chances)
    parameters = Purification(THRESHOLD, 0.3, scaling_for(weights, THRESHOLD))
    *_, last = purify(truth, repeat(examples, 40), parameters)
    at = locate(last, truth)
    assert row["off_diagonal"] == pytest.approx(np.abs(at.E).sum(axis=0).max(), rel=0.1)
    assert row["outside"] == pytest.approx(np.abs(at.N).sum(axis=0).max(), rel=0.1)
    assert row["smallest_diagonal"] == pytest.approx(at.diagonal.min(), rel=0.1)


def test_statements_have_their_closed_forms():
    table = measure_statements(0).set_index(["quantity", "n"])["value"]
    for n in (6, 8, 10, 12):
        q = 1 / n
        assert table["factor", n] == pytest.approx(2 * q * (1 - q))
        assert table["lemma-3-negative", n] == pytest.approx(2 * n**2 * q**2 * (1 - q))
        assert table["lemma-3-upper", n] == pytest.approx(2 * n * q**2 * (1 - q))
        assert table["growth-matching", n] == pytest.approx(1 - 2 * 0.1, abs=1e-4)
        assert table["growth-opposite", n] == pytest.approx(1, abs=1e-4)
        # For unit vectors with Sigma = I the normalized column is off by 2 |E_i| / (1 + |E_i|) at most, E >= 0.
        assert 1 < table["normalization", n] < 2.2
    assert table["inverse-unit", 12] == pytest.approx(1)
