"""Shared statistics against scipy's."""

import numpy as np
import pytest
from scipy import stats

from starnmf.statistics import Z, percentile_interval, proportion_interval, resampled_pair_means


@pytest.mark.parametrize("trials", [1, 3, 12_345, 10**6])
def test_proportions_have_wilsons_interval(trials):
    for count in {0, 1, trials // 3, trials - 1, trials}:
        expected = stats.binomtest(count, trials).proportion_ci(0.95, method="wilson")
        assert proportion_interval(count, trials) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_standard_errors_of_a_normal_interval():
    assert pytest.approx(stats.norm.ppf(0.975), rel=1e-15) == Z


def test_resampled_means_of_pairs_are_those_of_every_two_that_were_drawn():
    """Against a loop over the same draws; a thing drawn twice is no pair with itself."""
    values = np.random.default_rng(0).random((6, 6))
    values = (values + values.T) / 2
    found = resampled_pair_means(values, 50, np.random.default_rng(1))
    drawn = np.random.default_rng(1).multinomial(6, np.full(6, 1 / 6), 50)
    for mean, counts in zip(found, drawn, strict=True):
        things = np.repeat(np.arange(6), counts)
        assert mean == pytest.approx(np.mean([values[i, j] for i in things for j in things if i != j]))


def test_intervals_of_pairs_that_share_restarts_hold_the_truth():
    """Restarts fall into three solutions; a pair is hit when both are the same one."""
    random, held = np.random.default_rng(2), 0
    probabilities = np.array([0.6, 0.3, 0.1])
    for _ in range(200):
        solution = random.choice(3, size=30, p=probabilities)
        hits = (solution[:, np.newaxis] == solution).astype(float)
        low, high = percentile_interval(resampled_pair_means(hits, 500, random))
        held += low <= np.square(probabilities).sum() <= high
    assert held >= 180
