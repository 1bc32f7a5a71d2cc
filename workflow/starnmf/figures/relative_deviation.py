"""Relative deviation sigma/mu of the curvature over optima and points, with a bootstrap interval (section 4.2)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starnmf.statistics import crossed_moments, percentile_interval

RESAMPLES = 2000


@dataclass(frozen=True)
class RelativeDeviation:
    """sigma/mu and its 95 % interval; all NaN where the mean is not positive and the ratio means nothing."""

    value: float
    low: float
    high: float
    """Infinite where resamples have a mean that is not positive."""


def relative_deviation(alpha: npt.NDArray[np.float64], random: np.random.Generator) -> RelativeDeviation:
    """sigma/mu of `alpha` (optima, points), sigma over all its entries, and a 95 % crossed-bootstrap interval."""
    if alpha.mean() <= 0:
        return RelativeDeviation(np.nan, np.nan, np.nan)
    deviation, mean = crossed_moments(alpha, RESAMPLES, random)
    ratios = np.full(RESAMPLES, np.inf)
    np.divide(deviation, mean, out=ratios, where=mean > 0)
    return RelativeDeviation(float(alpha.std() / alpha.mean()), *percentile_interval(ratios))
