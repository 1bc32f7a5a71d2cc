"""Shared statistics against scipy's."""

import pytest
from scipy import stats

from starnmf.statistics import Z, proportion_interval


@pytest.mark.parametrize("trials", [1, 3, 12_345, 10**6])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_proportions_have_wilsons_interval(trials, confidence):
    for count in {0, 1, trials // 3, trials - 1, trials}:
        expected = stats.binomtest(count, trials).proportion_ci(confidence, method="wilson")
        assert proportion_interval(count, trials, confidence) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_standard_errors_of_a_normal_interval():
    assert pytest.approx(stats.norm.ppf(0.975), rel=1e-15) == Z
