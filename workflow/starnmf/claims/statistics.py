"""Intervals and tests that claims are measured with."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats

from starnmf.claims.claim import Measurement
from starnmf.theory.convexity import wilson

Array = npt.NDArray[np.float64]

Z = float(stats.norm.ppf(0.975))


def share(hits: int, trials: int) -> Measurement:
    """A probability with Wilson's interval."""
    low, high = wilson(hits, trials)
    return Measurement(hits / trials, low, high, f"(95 % Wilson interval, {hits} of {trials})")


def mean(values: npt.ArrayLike, what: str, confidence: float = 0.95) -> Measurement:
    """A mean with its t-interval; unbounded from a single value."""
    numbers = np.asarray(values, dtype=np.float64)
    if len(numbers) < 2:
        return Measurement(float(numbers.mean()), -np.inf, np.inf, f"(a single {what}: no interval)")
    quantile = stats.t.ppf((1 + confidence) / 2, len(numbers) - 1)
    half = float(quantile * numbers.std(ddof=1) / len(numbers) ** 0.5)
    centre = float(numbers.mean())
    return Measurement(
        centre, centre - half, centre + half, f"({confidence * 100:g} % t-interval, {len(numbers)} {what}s)"
    )


def difference(one: npt.ArrayLike, other: npt.ArrayLike, what: str) -> Measurement:
    """The mean of `one` less that of `other`, with Welch's interval."""
    left, right = (np.asarray(values, dtype=np.float64) for values in (one, other))
    value = float(left.mean() - right.mean())
    if np.ptp(left) == 0 and np.ptp(right) == 0:
        return Measurement(value, value, value, f"(all {len(left)} and {len(right)} {what}s alike)")
    found = stats.ttest_ind(left, right, equal_var=False).confidence_interval()
    how = f"(95 % Welch interval, {len(left)} and {len(right)} {what}s)"
    return Measurement(value, float(found.low), float(found.high), how)


def slope(x: npt.ArrayLike, y: npt.ArrayLike) -> Measurement:
    """The slope of a straight line through points, with its t-interval."""
    fit = stats.linregress(x, y)
    count = len(np.asarray(x))
    half = float(stats.t.ppf(0.975, count - 2) * fit.stderr)
    value = float(fit.slope)
    return Measurement(value, value - half, value + half, f"(95 % t-interval, least squares, {count} points)")


def decay(x: npt.ArrayLike, hits: npt.ArrayLike, trials: npt.ArrayLike) -> Measurement:
    """c of the probabilities min(1, exp(a - c x)) behind counts, by maximum likelihood with a Wald interval.

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
    error = float(np.sqrt(np.linalg.pinv(information)[1, 1]))
    value = float(theta[1])
    return Measurement(
        value, value - Z * error, value + Z * error, f"(95 % Wald interval, binomial fit, {len(x)} sizes)"
    )


def rank_correlation(x: Sequence[float], y: Sequence[float], what: str) -> Measurement:
    """Spearman's rho with the interval that Fisher's transformation gives; unbounded below four points."""
    if len(x) < 4:
        return Measurement(float("nan"), -1.0, 1.0, f"({len(x)} {what}s: too few for a rank correlation)")
    rho = float(stats.spearmanr(x, y).statistic)
    # Bonett and Wright (2000): Fisher's z of Spearman's rho has variance (1 + rho^2 / 2) / (n - 3).
    half = Z * np.sqrt((1 + rho**2 / 2) / (len(x) - 3))
    centre = np.arctanh(np.clip(rho, -1 + 1e-12, 1 - 1e-12))
    return Measurement(
        rho,
        float(np.tanh(centre - half)),
        float(np.tanh(centre + half)),
        f"(Spearman, 95 % Fisher interval, {len(x)} {what}s)",
    )


def quantiles(value: float, resampled: Array, how: str) -> Measurement:
    """A number with the 95 % percentile interval of its resamples."""
    low, high = np.quantile(resampled, [0.025, 0.975], method="inverted_cdf")
    return Measurement(value, min(value, float(low)), max(value, float(high)), f"(95 % bootstrap interval, {how})")
