"""The sweep over skewed laws: its laws, its inner products without residuals, and its expectations."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from starnmf.theory import skewed
from starnmf.theory.distributions import beta
from starnmf.theory.planted import differences, draw_instances, inner_products


@pytest.mark.parametrize("b", [1.0, 5.0])
@pytest.mark.parametrize("mean_term", [0.02, 0.6, 2.0])
def test_beta_laws_have_the_mean_term_asked_for(b, mean_term):
    law = beta(b, mean_term)
    a = b * law.mean / (1 - law.mean)
    expected = stats.beta(a, b)
    assert law.mean == pytest.approx(expected.mean())
    assert law.variance == pytest.approx(expected.var())
    assert law.mean_term == pytest.approx(mean_term)
    drawn = law.draw(np.random.default_rng(0), (20_000,))
    assert (drawn >= 0).all()
    assert (drawn <= 1).all()
    for at in (0.01, 0.2, 0.9):
        below = stats.binomtest(int((drawn < at).sum()), len(drawn), float(expected.cdf(at)))
        assert below.pvalue > 1e-4


def test_inner_products_are_those_of_the_residuals():
    law = beta(1.0, 0.6)
    instances = draw_instances(law, np.random.default_rng(1), 6, 7, 4, 3)
    W = differences(instances)
    found = skewed._inner_products(instances, law.mean)
    for column, (left, right) in enumerate(((W.W1, W.W1), (W.W1, W.W2), (W.W2, W.W2), (W.W0_random, W.W2))):
        np.testing.assert_allclose(found[:, column], inner_products(left, right), rtol=1e-9, atol=1e-12)
    for t in range(6):
        D, E = instances.U1[t] - instances.U2[t], instances.V1[t] - instances.V2[t]
        of_U, of_V = D @ np.full((3, 4), law.mean), np.full((7, 3), law.mean) @ E
        assert found[t, 4] == pytest.approx((of_U**2).sum() + (of_V**2).sum())


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(skewed, "SIZES", (16,))
    monkeypatch.setattr(skewed, "MEAN_TERMS", (0.2, 0.6))
    monkeypatch.setattr(skewed, "MOST_INSTANCES", 3000)
    return skewed.measure_skewed(300_000, 0, 1)


def test_mean_curvature_is_the_exact_expectation(small):
    error = small["middle_sd"] / small["trials"] ** 0.5
    assert ((small["middle"] - small["exact"]).abs() < 5 * error).all()
    planted = small["kind"] == "random-planted"
    np.testing.assert_allclose(small["exact"], np.where(planted, 0, 2) + 4 * small["mean_term"])
    np.testing.assert_allclose(small["printed"], np.where(planted, 4, 2) + 4 * small["mean_term"])
    assert (small.loc[planted, "middle"] < small.loc[planted, "printed"] - 20 * error[planted]).all()


def test_shares_against_segments_looked_at_on_a_grid(small):
    """By plain numpy, for r = n and m = n / 4."""
    (row,) = small.query("mean_term == 0.2 and gamma == 1 and aspect == 0.25 and kind == 'random-planted'").to_dict(
        "records"
    )
    assert (row["n"], row["m"], row["r"]) == (16, 4, 16)
    a, random, trials = 1.2**0.5 - 1, np.random.default_rng(7), 1000
    at = np.linspace(0, 1, 101)[:, np.newaxis, np.newaxis]
    hits = 0
    for _ in range(trials):
        U, V = random.beta(a, 1, (2, 16, 16)), random.beta(a, 1, (2, 16, 4))
        along = (at * U[0] + (1 - at) * U[1]) @ (at * V[0] + (1 - at) * V[1])
        loss = ((along - U[0] @ V[0]) ** 2).sum(axis=(1, 2))
        hits += (np.diff(loss, 2) < -1e-12).any()
    share = hits / trials
    assert abs(row["alpha_negative_share"] - share) < 4.5 * (share * (1 - share) * (1 / 3000 + 1 / trials)) ** 0.5
    assert row["without_mean_term"] > row["alpha_negative"]


def test_same_sweep_on_one_thread_and_two(monkeypatch):
    monkeypatch.setattr(skewed, "SIZES", (16,))
    one, two = (skewed.measure_skewed(1000, 5, threads) for threads in (1, 2))
    pd.testing.assert_frame_equal(one, two)
