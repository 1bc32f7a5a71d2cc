"""Relative deviation sigma/mu of the curvature over optima and points, with a bootstrap interval (section 4.2)."""

import numpy as np
import numpy.typing as npt

from starnmf.statistics import crossed_moments, percentile_interval

RESAMPLES = 2000


def resampled_deviations(
    alpha: npt.NDArray[np.float64], random: np.random.Generator
) -> tuple[float, npt.NDArray[np.float64]]:
    """sigma/mu of `alpha` (optima, points) and of its crossed resamples; infinite where the mean is not positive."""
    deviation, mean = crossed_moments(alpha, RESAMPLES, random)
    ratios = np.full(RESAMPLES, np.inf)
    np.divide(deviation, mean, out=ratios, where=mean > 0)
    return float(alpha.std() / alpha.mean()) if alpha.mean() > 0 else np.inf, ratios


def relative_deviation(alpha: npt.NDArray[np.float64], random: np.random.Generator) -> tuple[float, float, float]:
    """sigma/mu of `alpha` (optima, points), sigma over all its entries, with its 95 % crossed-bootstrap interval.

    All three are NaN where the mean is not positive and the ratio means nothing. The upper end is infinite where
    resamples have a mean that is not positive.
    """
    if alpha.mean() <= 0:
        return np.nan, np.nan, np.nan
    value, ratios = resampled_deviations(alpha, random)
    return value, *percentile_interval(ratios)
