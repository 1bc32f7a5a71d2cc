"""Intervals of claims against other libraries and against data whose answer is known."""

import numpy as np
import pytest
from scipy import stats

from starnmf.claims.statistics import mean, rank_correlation, slope
from starnmf.statistics import effective_number


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


@pytest.mark.parametrize(("of_rows", "of_columns"), [(0.0, 0.0), (0.1, 0.1), (0.1, 5.0), (2.0, 1.0)])
def test_effective_number_of_crossed_values(of_rows, of_columns):
    """The variance of the mean over many draws, against the total variance over the effective number."""
    random = np.random.default_rng(3)
    rows, columns, draws = 20, 10, 600
    values = random.standard_normal((draws, rows, columns))
    values += np.sqrt(of_rows) * random.standard_normal((draws, rows, 1))
    values += np.sqrt(of_columns) * random.standard_normal((draws, 1, columns))
    expected = (1 + of_rows + of_columns) / values.mean(axis=(1, 2)).var()
    found = np.median([effective_number([one]) for one in values])
    assert found == pytest.approx(expected, rel=0.35)


@pytest.mark.parametrize("between", [0.0, 0.5, 4.0])
def test_effective_number_of_groups(between):
    """As above, where groups of crossed values have means of their own."""
    random = np.random.default_rng(4)
    groups, rows, columns, draws = 5, 20, 10, 600
    values = random.standard_normal((draws, groups, rows, columns))
    values += 0.5 * random.standard_normal((draws, groups, 1, columns))
    values += np.sqrt(between) * random.standard_normal((draws, groups, 1, 1))
    expected = (1.25 + between) / values.mean(axis=(1, 2, 3)).var()
    found = np.median([effective_number(list(one)) for one in values])
    assert found == pytest.approx(expected, rel=0.35)


def test_effective_number_without_spread():
    assert effective_number([np.ones((3, 4))]) == 12
