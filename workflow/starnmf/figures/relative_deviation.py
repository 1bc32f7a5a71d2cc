"""Relative deviation sigma/mu of the curvature over optima and points, with a bootstrap interval (section 4.2)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000


@dataclass(frozen=True)
class RelativeDeviation:
    """sigma/mu and its 95 % interval; all NaN where the mean is not positive and the ratio means nothing."""

    value: float
    low: float
    high: float
    """Infinite where resamples have a mean that is not positive."""


def relative_deviation(alpha: npt.NDArray[np.float64], random: np.random.Generator) -> RelativeDeviation:
    """sigma/mu of `alpha` (optima, points), sigma over all its entries, and its 95 % percentile bootstrap interval.

    Values that share an optimum or a point are not independent: a resample draws optima and points, each with
    replacement, and takes every pair of them.
    """
    if alpha.mean() <= 0:
        return RelativeDeviation(np.nan, np.nan, np.nan)
    deviation, mean = resampled_moments(alpha, random)
    ratios = np.full(RESAMPLES, np.inf)
    np.divide(deviation, mean, out=ratios, where=mean > 0)
    low, high = np.quantile(ratios, [0.025, 0.975], method="inverted_cdf")
    return RelativeDeviation(float(alpha.std() / alpha.mean()), float(low), float(high))


def resampled_moments(
    alpha: npt.NDArray[np.float64], random: np.random.Generator
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Standard deviation and mean of `RESAMPLES` resamples of `alpha` (optima, points), by optima and by points."""
    optima, points = alpha.shape
    rows = random.multinomial(optima, np.full(optima, 1 / optima), RESAMPLES) / optima
    columns = random.multinomial(points, np.full(points, 1 / points), RESAMPLES) / points
    # Centred first: sigma may be far below mu.
    centre = alpha.mean()
    first = np.einsum("bo,bo->b", rows, columns @ (alpha - centre).T)
    second = np.einsum("bo,bo->b", rows, columns @ np.square(alpha - centre).T)
    return np.sqrt(np.maximum(second - first**2, 0)), centre + first
