"""The statistics that figures show, against other ways of computing them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from starnmf.figures.bands import band
from starnmf.figures.figure15 import means_in_time
from starnmf.figures.figure17 import means_of_ranks
from starnmf.figures.relative_deviation import relative_deviation
from starnmf.figures.spectra import log_shares
from starnmf.statistics import crossed_contrast, nested_moments, percentile_interval


def test_band_is_the_mean_with_scipys_t_interval_where_all_repetitions_run():
    random = np.random.default_rng(8)
    rows = pd.DataFrame(
        [
            {"repetition": repetition, "step": step, "cosine": random.random()}
            for repetition in range(5)
            for step in (0, 10, 20, 30)
            if not (repetition == 2 and step == 30)
        ]
    )
    found = band(rows, "cosine")
    np.testing.assert_array_equal(found.index, [0, 10, 20])
    for step in (0, 10, 20):
        values = rows[rows.step == step].cosine
        low, high = stats.t.interval(0.95, 4, loc=values.mean(), scale=stats.sem(values))
        assert tuple(found.loc[step, ["mean", "low", "high"]]) == pytest.approx((values.mean(), low, high))
        assert found.loc[step, "smallest"] == values.min()


def test_relative_deviation_and_its_interval_against_resampling_by_hand():
    random = np.random.default_rng(9)
    optima, points = random.standard_normal((20, 1)), random.standard_normal((1, 15))
    alpha = 3 + 0.3 * optima + 0.2 * points + 0.1 * random.standard_normal((20, 15))
    value, low, high = relative_deviation([alpha], np.random.default_rng(1))
    assert value == pytest.approx(alpha.std() / alpha.mean())
    ratios = []
    for _ in range(4000):
        part = alpha[np.ix_(random.integers(20, size=20), random.integers(15, size=15))]
        ratios.append(part.std() / part.mean())
    assert (low, high) == pytest.approx(np.quantile(ratios, [0.025, 0.975]), rel=0.05)
    # pairs that share an optimum or a point are not independent: resampling pairs would be far too sure
    pairs = alpha.reshape(-1)[random.integers(300, size=(4000, 300))]
    assert high - low > 2 * np.ptp(np.quantile(pairs.std(1) / pairs.mean(1), [0.025, 0.975]))


def test_the_interval_over_subsamples_against_resampling_by_hand():
    random = np.random.default_rng(5)
    subsamples = [
        mean + 0.2 * random.standard_normal((6, 1)) + 0.2 * random.standard_normal((1, 15))
        for mean in (2.0, 2.5, 3.5, 4.0)
    ]
    value, low, high = relative_deviation(subsamples, np.random.default_rng(1))
    assert value == pytest.approx(np.sqrt(np.mean([a.var() for a in subsamples])) / np.mean(subsamples))
    ratios = []
    for _ in range(4000):
        parts = [
            subsamples[number][np.ix_(random.integers(6, size=6), random.integers(15, size=15))]
            for number in random.integers(4, size=3)
        ]
        ratios.append(np.sqrt(np.mean([part.var() for part in parts])) / np.mean([part.mean() for part in parts]))
    assert (low, high) == pytest.approx(np.quantile(ratios, [0.025, 0.975]), rel=0.05)


def _covered(subsamples, optima, points, draws=150, resampled=400):
    """In how many of many draws of a world with subsamples unlike each other the interval holds the true sigma/mu.

    Means of subsamples vary by a third of mu, standard deviations within them by a fifth.
    """
    random, hits = np.random.default_rng(subsamples), 0
    for _ in range(draws):
        groups = []
        for _ in range(subsamples):
            of_optima, of_points = random.standard_normal((optima, 1)), random.standard_normal((1, points))
            rest = random.standard_normal((optima, points))
            within = np.sqrt(0.2) * of_optima + np.sqrt(0.6) * of_points + np.sqrt(0.2) * rest
            # exp has mean square 1.
            scale = 0.66 * np.exp(0.2 * random.standard_normal() - 0.2**2)
            groups.append(1 + 0.33 * random.standard_normal() + scale * within)
        deviation, mean = nested_moments(groups, resampled, random)
        low, high = percentile_interval(np.where(mean > 0, deviation / np.abs(mean), np.inf))
        hits += low <= 0.66 <= high
    return hits / draws


def test_five_subsamples_cover_what_one_does_not():
    """100 optima: nominal are 95 %."""
    assert _covered(subsamples=1, optima=100, points=50) < 0.5
    assert _covered(subsamples=5, optima=20, points=50) > 0.85


def test_relative_deviation_means_nothing_without_a_positive_mean():
    found = relative_deviation([-np.ones((4, 3))], np.random.default_rng(0))
    assert np.isnan(found).all()


def test_singular_values_are_shares_of_the_largest_of_their_own_repetition():
    rows = pd.DataFrame({"repetition": [0, 0, 1, 1], "singular_value": [4.0, 2.0, 10.0, 0.0]})
    np.testing.assert_allclose(log_shares(rows), [0, -np.log(2), 0, -np.inf])


def test_alpha_in_time_against_resampling_restarts_and_points_by_hand():
    random = np.random.default_rng(3)
    restarts, points = random.standard_normal((12, 1)), random.standard_normal((1, 9))
    alpha = {time: 0.2 + 0.3 * restarts + 0.2 * points - time for time in (0.1, 0.2)}
    rows = pd.DataFrame(
        [
            {"dataset": "toy", "restart": k, "point": q, "time": time, "loss": k + time, "alpha": values[k, q]}
            for time, values in alpha.items()
            for k in range(12)
            for q in range(9)
            if not (k == 4 and time == 0.2)  # a restart that has stopped keeps its last values
        ]
    )
    alpha[0.2][4] = alpha[0.1][4]
    found = means_in_time(rows)
    assert found["loss"].iloc[1] == pytest.approx((sum(range(12)) + 11 * 0.2 + 0.1) / 12)
    for time, values in alpha.items():
        means = found.loc[time]
        assert means["mean"] == pytest.approx(values.mean())
        assert means["smallest"] == pytest.approx(values.min())
        assert means["negative"] == pytest.approx((values < 0).mean())
        drawn = [values[np.ix_(random.integers(12, size=12), random.integers(9, size=9))] for _ in range(4000)]
        for name, statistic in (
            ("mean", [sample.mean() for sample in drawn]),
            ("negative", [(sample < 0).mean() for sample in drawn]),
        ):
            low, high = np.quantile(statistic, [0.025, 0.975])
            interval = tuple(means[[f"{name}_low", f"{name}_high"]])
            assert interval == pytest.approx((low, high), abs=0.15 * (high - low))


def test_a_contrast_of_crossed_means_is_welchs_where_columns_bring_nothing():
    random = np.random.default_rng(11)
    rows = random.standard_normal(5), 2 * random.standard_normal(7)
    groups = [np.repeat(values[:, None], 4, axis=1) for values in rows]
    welch = stats.ttest_ind(*rows, equal_var=False)
    expected = (rows[0].mean() - rows[1].mean(), *welch.confidence_interval())
    assert crossed_contrast(groups, [1.0, -1.0]) == pytest.approx(expected)
    assert crossed_contrast([groups[0].T, groups[1]], [1.0, -1.0]) == pytest.approx(expected)


@pytest.mark.parametrize(("of_rows", "of_columns", "rest"), [(1.0, 0.2, 0.3), (0.2, 1.0, 0.3), (0.5, 0.5, 0.5)])
def test_a_contrast_of_crossed_means_is_covered_as_often_as_its_interval_says(of_rows, of_columns, rest):
    """Of three groups of 5 rows x 12 columns with means 1, 2 and 3: at least 95 % of intervals hold the slope, and they
    are not much wider than they must be."""
    random = np.random.default_rng(12)
    covered, widths, values = 0, [], []
    for _ in range(2000):
        groups = [
            mean
            + of_rows * random.standard_normal((5, 1))
            + of_columns * random.standard_normal((1, 12))
            + rest * random.standard_normal((5, 12))
            for mean in (1.0, 2.0, 3.0)
        ]
        value, low, high = crossed_contrast(groups, [-0.5, 0.0, 0.5])
        covered += low <= 1.0 <= high
        values.append(value)
        widths.append(high - low)
    assert 0.94 < covered / 2000 < 0.985
    assert np.mean(widths) < 1.35 * 2 * 1.96 * np.std(values)


def test_a_contrast_has_no_interval_from_one_row_or_column():
    values = np.arange(6.0).reshape(2, 3)
    for group in (values[:1], values[:, :1]):
        value, low, high = crossed_contrast([values, group], [1.0, -1.0])
        assert value == values.mean() - group.mean()
        assert np.isnan([low, high]).all()
    assert crossed_contrast([np.ones((3, 2))], [2.0]) == (2.0, 2.0, 2.0)


def test_curvature_by_rank_against_segments_one_by_one():
    random = np.random.default_rng(4)
    rows = pd.DataFrame(
        [
            {"rank": r, "restart": k, "point": q, "alpha": random.normal(), "chord_violation": max(0, random.normal())}
            for r in (2, 5)
            for k in range(4)
            for q in range(6)
        ]
    ).sample(frac=1, random_state=1)
    found = means_of_ranks(rows)
    for rank in (2, 5):
        alpha = rows.loc[rows["rank"] == rank, "alpha"]
        assert found.loc[rank, "mean"] == pytest.approx(alpha.mean())
        assert found.loc[rank, "low"] < alpha.mean() < found.loc[rank, "high"]
        assert found.loc[rank, "smallest"] == alpha.min()
        assert found.loc[rank, "negative"] == sum(value < 0 for value in alpha) / 24
        above = rows.loc[rows["rank"] == rank, "chord_violation"]
        assert found.loc[rank, "above"] == sum(value > 0 for value in above) / 24
