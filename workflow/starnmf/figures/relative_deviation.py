"""Relative deviation sigma/mu of the curvature within subsamples, with a bootstrap interval (section 4.2)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.errors import InputError
from starnmf.statistics import nested_moments, percentile_interval

RESAMPLES = 2000


def by_subsample(rows: pd.DataFrame, column: str = "alpha") -> list[Array]:
    """A column of a curvature table as (optima, points) of every subsample of one dataset, regime and rate.

    Raises `InputError` unless every optimum was measured from every point of its subsample.
    """
    found = []
    for _, of_subsample in rows.groupby("subsample"):
        optima, optimum = np.unique(of_subsample["optimum"], return_inverse=True)
        points, point = np.unique(of_subsample["point"], return_inverse=True)
        wide = np.full((len(optima), len(points)), np.nan)
        wide[optimum, point] = of_subsample[column]
        absent = int(np.isnan(wide).sum())
        if absent:
            dataset, rate = rows["dataset"].iloc[0], rows["rate"].iloc[0]
            raise InputError(
                f"{dataset}: {absent} of {wide.size} pairs of optimum and point have no {column} at rate {rate:g}; "
                "expected every optimum measured from every point. Run the landscape stage again"
            )
        found.append(wide)
    return found


def moments_within(subsamples: Sequence[Array]) -> tuple[float, float]:
    """sigma and mu of one rate: root of the mean variance within subsamples, and mean of their means.

    How far the means of subsamples are apart is no part of sigma: the whole matrix, at rate 1.0, has nothing like it.
    """
    variances, means = [alpha.var() for alpha in subsamples], [alpha.mean() for alpha in subsamples]
    return float(np.sqrt(np.mean(variances))), float(np.mean(means))


def resampled_deviations(subsamples: Sequence[Array], random: np.random.Generator) -> tuple[float, Array]:
    """sigma/mu of one rate and of its bootstrap resamples; infinite where the mean is not positive."""
    sigma, mu = moments_within(subsamples)
    deviation, mean = nested_moments(subsamples, RESAMPLES, random)
    ratios = np.full(RESAMPLES, np.inf)
    np.divide(deviation, mean, out=ratios, where=mean > 0)
    return sigma / mu if mu > 0 else np.inf, ratios


def relative_deviation(subsamples: Sequence[Array], random: np.random.Generator) -> tuple[float, float, float]:
    """sigma/mu of one rate with its 95 % bootstrap interval over subsamples and, in each, optima and points.

    All three are NaN where the mean is not positive and the ratio means nothing. The upper end is infinite where
    resamples have a mean that is not positive.
    """
    if moments_within(subsamples)[1] <= 0:
        return np.nan, np.nan, np.nan
    value, ratios = resampled_deviations(subsamples, random)
    return value, *percentile_interval(ratios)


def single_subsample(rows: pd.DataFrame) -> str:
    """What must be said of rates below 1.0 with one subsample; empty where all have several."""
    below = rows[rows["rate"] < 1]
    if below.empty or below.groupby(["dataset", "rate"])["subsample"].nunique().min() > 1:
        return ""
    return "a rate below 1.0 has one subsample, so that the interval does not hold what another one would give"
