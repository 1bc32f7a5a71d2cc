"""How fast a probability falls with the size: the exponent s of exp(-c n^s), from counts of hits.

The probability is modelled as (K^q + exp(q (c (N^s - 1) / s - a)))^(-1/q). N is n in units of the smallest size, or
n x^h with h free where a side that goes with n is rounded to x times its value, as r to x sqrt(n). K >= 0 lets the
probability saturate at small sizes, gradually (q = 1) or abruptly (q = 8), whichever fits better. s = 1/3 is the law of
the theorems and s = 1 a fall as exp(-c n); s = 0 is a power law n^-c, and s < 0 a fall to a plateau. The larger s, the
faster the fall in the end.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from starnmf.arrays import Array
from starnmf.statistics import Z

EXPONENTS = np.union1d(np.arange(-8, 13) / 4, [1 / 6, 1 / 3])
"""Values of s at which the likelihood is profiled first, those of the theorems among them."""

ROUNDS = 3
"""How often the distances between values of s are quartered around the estimate and the ends of its interval. With a
million trials more rounds move no end by more than 0.002."""

CLEAR_FALL = 4.0
"""Standard errors of the trend from which on its shape is looked at: with less, chance shapes it."""

DEVIANCE = float(stats.chi2.ppf(0.99, 1))
"""Twice the fall of the log likelihood at the ends of a 99 % interval."""

PARAMETERS = 4
"""s, log K, a and log c; h is one more."""

SHARPNESS = (1.0, 8.0)
"""Values of q."""

LIMITS = np.array([[-20.0, -40.0, -12.0, -2.0], [20.0, 40.0, 6.0, 2.0]])
"""Smallest and largest log K, a, log c and h."""

STEPS = 60
"""Steps of Fisher scoring; each is damped until the likelihood rises."""


@dataclass(frozen=True)
class DecayExponent:
    """The maximum-likelihood s with its 99 % profile-likelihood interval."""

    value: float
    low: float
    high: float
    overdispersion: float
    """What deviances are divided by: 1 where the model fits the counts within binomial noise."""


@dataclass(frozen=True)
class _Counts:
    """Hits at every size; sizes in units of the smallest one, with log x."""

    log_size: Array
    log_rounding: Array
    hits: Array
    trials: Array


@dataclass(frozen=True)
class _Profile:
    """The smallest deviance for every exponent, ascending, and the expected hits (exponents, sizes) there."""

    exponents: Array
    deviance: Array
    expected: Array
    parameters: int

    @property
    def best(self) -> int:
        return int(np.argmin(self.deviance))

    @property
    def overdispersion(self) -> float:
        freedom = int((self.expected[self.best] >= 1).sum()) - self.parameters
        return max(1.0, float(self.deviance[self.best]) / freedom) if freedom > 0 else 1.0

    @property
    def excess(self) -> Array:
        """Above 0 outside of the interval."""
        return np.asarray((self.deviance - self.deviance[self.best]) / self.overdispersion - DEVIANCE)


def decay_exponent(
    sizes: npt.ArrayLike, hits: npt.ArrayLike, trials: npt.ArrayLike, rounding: npt.ArrayLike = 1.0
) -> DecayExponent:
    """Estimate the exponent s with which a probability falls with the size.

    Parameters
    ----------
    sizes
        Three sizes or more, ascending.
    hits, trials
        Counts at each of them; sizes without a hit count as well.
    rounding
        x at each of them, where another side that goes with the size is rounded: r / sqrt(n).

    Returns
    -------
    DecayExponent
        From -inf to inf where the counts do not bound s; all of it -inf where the probability rises.
    """
    n, hits, trials = (np.asarray(values, dtype=np.float64) for values in (sizes, hits, trials))
    log_size = np.log(n / n[0])
    counts = _Counts(log_size, np.broadcast_to(np.log(rounding), n.shape), hits, trials)
    trend = _trend(log_size, hits, trials)
    if trend > Z:
        return DecayExponent(-np.inf, -np.inf, -np.inf, 1.0)
    if trend > -CLEAR_FALL:
        return DecayExponent(np.nan, -np.inf, np.inf, 1.0)
    profile = _profile(EXPONENTS, counts)
    for _ in range(ROUNDS):
        profile = _joined(profile, _profile(_between(profile), counts))
    best, excess, exponents = profile.best, profile.excess, profile.exponents
    low, high = _end(excess[best::-1], exponents[best::-1], -np.inf), _end(excess[best:], exponents[best:], np.inf)
    return DecayExponent(float(exponents[best]), low, high, profile.overdispersion)


def falls_clearly(sizes: npt.ArrayLike, hits: npt.ArrayLike, trials: npt.ArrayLike) -> bool:
    """Whether the probability falls with the size beyond doubt."""
    log_size, hits, trials = (np.asarray(values, dtype=np.float64) for values in (np.log(sizes), hits, trials))
    return _trend(log_size, hits, trials) <= -CLEAR_FALL


def _end(excess: Array, exponents: Array, beyond: float) -> float:
    """The exponent where `excess` first crosses zero, between two values by a straight line; `beyond` if nowhere."""
    outside = np.flatnonzero(excess > 0)
    if not len(outside):
        return beyond
    places = [outside[0] - 1, outside[0]]
    return float(np.interp(0.0, excess[places], exponents[places]))


def _trend(log_size: Array, hits: Array, trials: Array) -> float:
    """Standard errors by which the probability rises with the size: the score of a logistic trend."""
    share = hits.sum() / trials.sum()
    centred = log_size - np.average(log_size, weights=trials)
    variance = share * (1 - share) * (trials * centred**2).sum()
    return float(centred @ hits / variance**0.5) if variance > 0 else 0.0


def _between(profile: _Profile) -> Array:
    """Three values of s between each two that an end of the interval lies between, and beside the best one."""
    crossed = np.flatnonzero(np.diff(profile.excess > 0))
    left = np.unique(np.clip([*crossed, profile.best - 1, profile.best], 0, len(profile.exponents) - 2))
    ends = profile.exponents[left], profile.exponents[left + 1]
    return np.linspace(*ends, 5, axis=1)[:, 1:-1].ravel()


def _joined(one: _Profile, other: _Profile) -> _Profile:
    """Two profiles as one."""
    exponents, deviance, expected = (
        np.concatenate([getattr(part, name) for part in (one, other)]) for name in ("exponents", "deviance", "expected")
    )
    order = np.argsort(exponents)
    return _Profile(exponents[order], deviance[order], expected[order], one.parameters)


def _profile(exponents: Array, counts: _Counts) -> _Profile:
    """The likelihood at its largest for every exponent."""
    hits, trials = counts.hits, counts.trials
    growth = _growth(exponents[:, np.newaxis], counts.log_size)
    surprise = -np.log((hits + 0.5) / (trials + 1))
    # Starts through the shares at the first size and at the last that has hits enough, without and with saturation.
    last = max(1, int(np.max(np.flatnonzero(hits >= 3), initial=0)))
    rate = np.log(np.maximum((surprise[last] - surprise[0]) / growth[:, last], 1e-4))
    whole = np.ones_like(rate)
    starts = np.stack(
        [
            np.stack([(surprise[0] - 3) * whole, -surprise[0] * whole, rate, 0 * whole], axis=1),
            np.stack([(surprise[0] - 0.2) * whole, (2 - surprise[0]) * whole, rate + 0.5, 0 * whole], axis=1),
        ]
    )
    theta, deviance = _best(*_fit(np.stack([starts] * len(SHARPNESS)), exponents, counts), axis=1)
    # The optimum is continuous in s: once more from the neighbours' on either side.
    beside = np.stack([np.roll(theta, shift, axis=1) for shift in (-1, 1)], axis=1)
    again, deviance_again = _fit(beside, exponents, counts)
    theta, deviance = _best(
        np.concatenate([theta[:, np.newaxis], again], axis=1),
        np.concatenate([deviance[:, np.newaxis], deviance_again], axis=1),
        axis=1,
    )
    expected = np.stack(
        [
            trials * np.exp(-_surprise(of_q, exponents[:, np.newaxis], q, counts)[0])
            for of_q, q in zip(theta, SHARPNESS, strict=True)
        ]
    )
    expected, deviance = _best(expected, deviance, axis=0)
    return _Profile(exponents, deviance, expected, PARAMETERS + bool(counts.log_rounding.any()))


def _best(found: Array, deviance: Array, axis: int) -> tuple[Array, Array]:
    """What was found where the deviance is smallest along an axis, and that deviance."""
    best = np.argmin(deviance, axis=axis, keepdims=True)
    found = np.take_along_axis(found, best[..., np.newaxis], axis)
    return found.squeeze(axis), np.take_along_axis(deviance, best, axis).squeeze(axis)


def _growth(s: Array, log_N: Array) -> Array:
    """(N^s - 1) / s, which is log N for s = 0."""
    scaled = s * log_N
    return np.where(scaled == 0, log_N, np.expm1(scaled) / np.where(scaled == 0, np.inf, s))


def _surprise(theta: Array, s: Array, q: float | Array, counts: _Counts) -> tuple[Array, Array]:
    """-log of the probability (fits, sizes), and its derivatives by log K, a, log c and h (fits, sizes, 4)."""
    log_K, a, log_c, h = theta.T[:, :, np.newaxis]
    log_N = counts.log_size + h * counts.log_rounding
    climb = np.minimum(np.exp(log_c) * _growth(s, log_N), 700)
    surprise = np.logaddexp(q * log_K, q * (climb - a)) / q
    constant, part = np.exp(q * (log_K - surprise)), np.exp(q * (climb - a - surprise))
    by_h = np.exp(log_c + s * log_N) * counts.log_rounding
    # A probability of 1 or more is one just below.
    return np.maximum(surprise, 1e-9), np.stack([constant, -part, part * climb, part * by_h], axis=2)


def _fit(starts: Array, exponents: Array, counts: _Counts) -> tuple[Array, Array]:
    """Maximum-likelihood parameters (q, starts, exponents, 4) from each start, and their deviances.

    All fits go side by side, which takes less than half the time of one after the other.
    """
    shape = starts.shape[:-1]
    theta = np.clip(starts.reshape(-1, starts.shape[-1]), *LIMITS)
    s = np.broadcast_to(exponents, shape).reshape(-1, 1)
    q = np.repeat(SHARPNESS, len(theta) // len(SHARPNESS))[:, np.newaxis]
    damping = np.full(len(theta), 1e-2)
    deviance = _deviance(theta, s, q, counts)
    moving = np.arange(len(theta))
    for _ in range(STEPS):
        surprise, slopes = _surprise(theta[moving], s[moving], q[moving], counts)
        odds = -np.exp(-surprise) / np.expm1(-surprise)
        score = np.einsum("esk,es->ek", slopes, (counts.trials - counts.hits) * odds - counts.hits)
        information = slopes.swapaxes(1, 2) @ (slopes * (counts.trials * odds)[..., np.newaxis])
        scale = np.einsum("ekk->ek", information) + 1e-6
        damped = information + np.eye(len(LIMITS[0])) * (damping[moving, np.newaxis] * scale + 1e-9)[:, np.newaxis]
        step = np.linalg.solve(damped, score[..., np.newaxis])[..., 0]
        tried = np.clip(theta[moving] + step, *LIMITS)
        found = _deviance(tried, s[moving], q[moving], counts)
        fall = deviance[moving] - found
        better = fall > 0
        theta[moving[better]], deviance[moving[better]] = tried[better], found[better]
        damping[moving] *= np.where(better, 0.2, 5)
        moving = moving[((fall > 1e-4) | ~better) & (damping[moving] < 1e6)]
        if not len(moving):
            break
    return theta.reshape(starts.shape), deviance.reshape(shape)


def _deviance(theta: Array, s: Array, q: Array, counts: _Counts) -> Array:
    """Twice the log likelihood that is missing to probabilities equal to the shares."""
    hits, misses = counts.hits, counts.trials - counts.hits
    surprise = _surprise(theta, s, q, counts)[0]
    missing = hits * surprise - misses * np.log(-np.expm1(-surprise))
    shares = hits / counts.trials, misses / counts.trials
    least = -hits * np.log(np.where(hits > 0, shares[0], 1)) - misses * np.log(np.where(misses > 0, shares[1], 1))
    return np.asarray(2 * (missing - least).sum(axis=1))
