"""Confidence intervals and resampling that figures, tables and claims share."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

Array = npt.NDArray[np.float64]

Z = float(ndtri(0.975))
"""Standard errors on either side of a normal 95 % interval."""


def proportion_interval(count: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a probability after `count` hits in `trials`."""
    z, share = float(ndtri((1 + confidence) / 2)), count / trials
    centre = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    # At no hit, and at nothing but hits, rounding would leave the bound beside 0 or 1.
    return (float(centre - half) if count else 0.0), (float(centre + half) if count < trials else 1.0)


def mean_interval(values: npt.ArrayLike, confidence: float = 0.95) -> tuple[Array, Array, Array]:
    """Mean over the last axis with its t-interval: mean, low and high; NaN bounds from a single value."""
    numbers = np.asarray(values, dtype=np.float64)
    count, mean = numbers.shape[-1], np.asarray(numbers.mean(axis=-1))
    half = np.full_like(mean, np.nan)
    if count > 1:
        half = stdtrit(count - 1, (1 + confidence) / 2) * numbers.std(axis=-1, ddof=1) / np.sqrt(count)
    return mean, mean - half, mean + half


def slope_interval(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[float, float, float]:
    """Slope of the least-squares line with its 95 % t-interval: slope, low and high."""
    from scipy import stats  # here, as most commands start faster without it

    fit = stats.linregress(x, y)
    half = float(stdtrit(len(np.asarray(x)) - 2, 0.975) * fit.stderr)
    return float(fit.slope), float(fit.slope) - half, float(fit.slope) + half


def rank_correlation_interval(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[float, float, float]:
    """Spearman's rho of four points or more with its 95 % interval by Fisher's transformation.

    Fisher's z of Spearman's rho has variance (1 + rho^2 / 2) / (n - 3) (Bonett and Wright 2000).
    """
    from scipy import stats  # here, as most commands start faster without it

    rho = float(stats.spearmanr(x, y).statistic)
    half = Z * np.sqrt((1 + rho**2 / 2) / (len(np.asarray(x)) - 3))
    centre = np.arctanh(np.clip(rho, -1 + 1e-12, 1 - 1e-12))
    return rho, float(np.tanh(centre - half)), float(np.tanh(centre + half))


def decay_rate(x: npt.ArrayLike, hits: npt.ArrayLike, trials: npt.ArrayLike) -> tuple[float, float]:
    """Maximum-likelihood c of the probabilities min(1, exp(a - c x)) behind counts, and its standard error.

    Sizes at which nothing was hit count as well, which a line through logarithms could not let them.
    """
    x, hits, trials = (np.asarray(values, dtype=np.float64) for values in (x, hits, trials))
    design = np.stack([np.ones_like(x), -x])
    theta = np.array([np.log((hits.sum() + 0.5) / trials.sum()), 0.0])
    for _ in range(200):
        p = np.clip(np.exp(theta @ design), 1e-300, 1 - 1e-9)
        # Log-binomial regression by Fisher scoring, halved where a step would leave the probabilities.
        weight = trials * p / (1 - p)
        information = (design * weight) @ design.T
        step = np.linalg.lstsq(information, design @ ((hits - trials * p) / (1 - p)), rcond=None)[0]
        while np.any((theta + step) @ design > 0):
            step /= 2
            if np.abs(step).max() < 1e-12:
                break
        theta = theta + step
        if np.abs(step).max() < 1e-10:
            break
    return float(theta[1]), float(np.sqrt(np.linalg.pinv(information)[1, 1]))


def crossed_resamples(rows: int, columns: int, resamples: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Weights of bootstrap resamples where two factors are crossed, such as optima and random points.

    Values that share a row or a column are not independent: a resample draws rows and, independently,
    columns, each with replacement, and takes every pair of them.

    Returns
    -------
    of_rows : (resamples, rows)
    of_columns : (resamples, columns)
        Each sums to 1 along its last axis.
    """
    of_rows = random.multinomial(rows, np.full(rows, 1 / rows), resamples) / rows
    of_columns = random.multinomial(columns, np.full(columns, 1 / columns), resamples) / columns
    return of_rows, of_columns


def crossed_moments(values: Array, resamples: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Standard deviation and mean of crossed bootstrap resamples of values (rows, columns)."""
    rows, columns = values.shape
    of_rows, of_columns = crossed_resamples(rows, columns, resamples, random)
    # Centred first: sigma may be far below mu.
    centre = values.mean()
    first = np.einsum("br,br->b", of_rows, of_columns @ (values - centre).T)
    second = np.einsum("br,br->b", of_rows, of_columns @ np.square(values - centre).T)
    return np.sqrt(np.maximum(second - first**2, 0)), centre + first


def percentile_interval(resampled: Array) -> tuple[float, float]:
    """The 95 % percentile interval of resampled values, of which some may be infinite."""
    low, high = np.quantile(resampled, [0.025, 0.975], method="inverted_cdf")
    return float(low), float(high)
