"""Measurements with their intervals in words, for claims."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.special import stdtrit

from starnmf.arrays import Array
from starnmf.claims.claim import Measurement
from starnmf.statistics import Z, mean_interval, percentile_interval, proportion_interval
from starnmf.theory.decay import decay_exponent, falls_clearly


def share(hits: int, trials: int) -> Measurement:
    """A probability with Wilson's interval."""
    low, high = proportion_interval(hits, trials)
    return Measurement(hits / trials, low, high, f"(95 % Wilson interval, {hits} of {trials})")


def share_difference(hits: int, trials: int, other_hits: int, other_trials: int) -> Measurement:
    """One probability less another, with Newcombe's interval from the Wilson intervals of both."""
    how = f"(95 % Newcombe interval, {hits} of {trials} less {other_hits} of {other_trials})"
    return newcombe(share(hits, trials), share(other_hits, other_trials), how)


class Share(Protocol):
    """A share with its interval."""

    @property
    def value(self) -> float:
        """The share."""

    @property
    def low(self) -> float:
        """The lower end."""

    @property
    def high(self) -> float:
        """The upper end."""


def newcombe(one: Share, other: Share, how: str) -> Measurement:
    """One share less another, with Newcombe's interval from theirs."""
    value = one.value - other.value
    below = float(np.hypot(one.value - one.low, other.high - other.value))
    above = float(np.hypot(one.high - one.value, other.value - other.low))
    return Measurement(value, value - below, value + above, how)


def mean(values: npt.ArrayLike, what: str) -> Measurement:
    """A mean with its 95 % t-interval; unbounded from a single value."""
    count = np.size(values)
    value, low, high = (float(number) for number in mean_interval(values))
    if count < 2:
        return Measurement(value, -np.inf, np.inf, f"(a single {what}: no interval)")
    return Measurement(value, low, high, f"(95 % t-interval, {count} {what}s)")


def difference(one: npt.ArrayLike, other: npt.ArrayLike, what: str) -> Measurement:
    """The mean of `one` less that of `other`, with Welch's interval; unbounded where either is a single value."""
    left, right = (np.asarray(values, dtype=np.float64) for values in (one, other))
    value = float(left.mean() - right.mean())
    if min(len(left), len(right)) < 2:
        return Measurement(value, -np.inf, np.inf, f"({len(left)} and {len(right)} {what}s: no interval)")
    if np.ptp(left) == 0 and np.ptp(right) == 0:
        return Measurement(value, value, value, f"(all {len(left)} and {len(right)} {what}s alike)")
    found = stats.ttest_ind(left, right, equal_var=False).confidence_interval()
    how = f"(95 % Welch interval, {len(left)} and {len(right)} {what}s)"
    return Measurement(value, float(found.low), float(found.high), how)


def slope(x: npt.ArrayLike, y: npt.ArrayLike) -> Measurement:
    """The slope of a straight line through points, with its t-interval."""
    fit = stats.linregress(x, y)
    value, half = float(fit.slope), float(stdtrit(np.size(x) - 2, 0.975) * fit.stderr)
    return Measurement(value, value - half, value + half, f"(95 % t-interval, least squares, {np.size(x)} points)")


LARGEST_Z = 4.0
"""Standard errors that a right estimate may be off by."""

POWER_FACTOR = 0.75
"""By how much a factor that is a power of the size makes s smaller at small sizes: exp(-c n^(1/3)) / n^(1/6), the tail
of a normal variable, is fitted by s = 1/4."""

LACK_OF_FIT = 3.0
"""Overdispersion beyond which counts do not follow the law that is fitted."""


def decay(
    sizes: npt.ArrayLike, hits: npt.ArrayLike, trials: npt.ArrayLike, plateau: float, rounding: npt.ArrayLike = 1.0
) -> Measurement:
    """The exponent s with which a probability falls as exp(-c n^s); unbounded below where it may end in a plateau.

    A plateau is excluded if the whole Wilson interval at the largest size is below `plateau`. The exponent is
    unbounded above where the law does not fit the counts and these still fall at the last third of the sizes. Where it
    is above 0, its upper end is divided by `POWER_FACTOR`. `rounding` is that of the rank, r / sqrt(n), as
    `decay_exponent` takes it.
    """
    found = decay_exponent(sizes, hits, trials, rounding)
    hits, trials = np.asarray(hits), np.asarray(trials)
    how = f"99 % profile-likelihood interval, {len(hits)} sizes, {int(hits.sum())} hits"
    if found.overdispersion > 1:
        how += f", deviances divided by an overdispersion of {found.overdispersion:.3g}"
    if np.isnan(found.value):
        how = f"no clear fall over {len(hits)} sizes"
    elif found.value == -np.inf:
        how = f"the probability rises over {len(hits)} sizes"
    low, high = found.low, found.high
    last = slice(-max(3, len(hits) // 3), None)
    if found.overdispersion > LACK_OF_FIT and falls_clearly(np.asarray(sizes)[last], hits[last], trials[last]):
        high, how = np.inf, f"{how}, which is lack of fit"
    elif low > 0:
        high, how = high / POWER_FACTOR, f"{how}; up to {high:.3g} without a factor that is a power of the size"
    if proportion_interval(int(hits[-1]), int(trials[-1]))[1] > plateau:
        low, how = -np.inf, f"{how}; a plateau at {plateau:g} is not excluded at the largest size"
    return Measurement(found.value, low, high, f"({how})")


def rank_correlation(x: Sequence[float], y: Sequence[float], what: str) -> Measurement:
    """Spearman's rho with its interval by Fisher's transformation; unbounded below four points.

    Fisher's z of Spearman's rho has variance (1 + rho^2 / 2) / (n - 3) (Bonett and Wright 2000).
    """
    if len(x) < 4:
        return Measurement(float("nan"), -1.0, 1.0, f"({len(x)} {what}s: too few for a rank correlation)")
    rho = float(stats.spearmanr(x, y).statistic)
    half = Z * np.sqrt((1 + rho**2 / 2) / (len(x) - 3))
    centre = np.arctanh(np.clip(rho, -1 + 1e-12, 1 - 1e-12))
    low, high = (float(np.tanh(end)) for end in (centre - half, centre + half))
    return Measurement(rho, low, high, f"(Spearman, 95 % Fisher interval, {len(x)} {what}s)")


def quantiles(value: float, resampled: Array, how: str) -> Measurement:
    """A number with the 95 % percentile interval of its resamples."""
    low, high = percentile_interval(resampled)
    return Measurement(value, min(value, low), max(value, high), f"(95 % bootstrap interval, {how})")
