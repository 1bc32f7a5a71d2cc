"""Intervals of claims against other libraries and against data whose answer is known."""

import numpy as np
import pytest
from scipy import stats

from starnmf.claims.statistics import mean, rank_correlation, slope


def test_mean_and_slope_intervals():
    values = np.random.default_rng(0).normal(2, 1, 12)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = mean(values, "value")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert mean([1.0], "value").low == -np.inf
    x = np.arange(12.0)
    found = slope(x, 3 * x + values)
    assert found.low < 3 < found.high
    design = np.stack([np.ones_like(x), x], axis=1)
    coefficients, residual, *_ = np.linalg.lstsq(design, 3 * x + values, rcond=None)
    error = np.sqrt(residual[0] / 10 * np.linalg.inv(design.T @ design)[1, 1])
    assert found.value == pytest.approx(coefficients[1])
    assert found.high - found.value == pytest.approx(stats.t.ppf(0.975, 10) * error)


def test_rank_correlation():
    x = np.arange(10.0)
    assert rank_correlation(x, x**3, "point").value == pytest.approx(1)
    y = np.random.default_rng(0).permutation(x)
    found = rank_correlation(x, y, "point")
    assert found.value == pytest.approx(stats.spearmanr(x, y).statistic)
    assert found.low < found.value < found.high
    assert np.isnan(rank_correlation(x[:3], y[:3], "point").value)
