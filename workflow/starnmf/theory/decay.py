"""How fast a probability falls with the size: the exponent s of exp(-c n^s), from counts of hits.

The probability is modelled as (K^q + exp(q (c (n^s - 1) / s - a)))^(-1/q), with n in units of the smallest size; K >= 0
lets it saturate at small sizes, gradually (q = 1) or abruptly (q = 8), whichever fits better. s = 1/3 is the law of the
theorems and s = 1 a fall as exp(-c n); s = 0 is a power law n^-c, and s < 0 a fall to a plateau. The larger s, the
faster the fall in the end.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from starnmf.arrays import Array
from starnmf.statistics import Z

EXPONENTS = np.union1d(np.arange(-8, 13) / 4, [1 / 6, 1 / 3])
"""Values of s at which the likelihood is profiled, those of the theorems among them."""

CLEAR_FALL = 4.0
"""Standard errors of the trend from which on its shape is looked at: with less, chance shapes it."""

DEVIANCE = float(stats.chi2.ppf(0.99, 1))
"""Twice the fall of the log likelihood at the ends of a 99 % interval."""

PARAMETERS = 4
"""s, log K, a and log c."""

SHARPNESS = (1.0, 8.0)
"""Values of q."""

LIMITS = np.array([[-20.0, -40.0, -12.0], [20.0, 40.0, 6.0]])
"""Smallest and largest log K, a and log c."""

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


def decay_exponent(sizes: npt.ArrayLike, hits: npt.ArrayLike, trials: npt.ArrayLike) -> DecayExponent:
    """Estimate the exponent s with which a probability falls with the size.

    Parameters
    ----------
    sizes
        Three sizes or more, ascending.
    hits, trials
        Counts at each of them; sizes without a hit count as well.

    Returns
    -------
    DecayExponent
        From -inf to inf where the counts do not bound s; all of it -inf where the probability rises.
    """
    n, hits, trials = (np.asarray(values, dtype=np.float64) for values in (sizes, hits, trials))
    log_size = np.log(n / n[0])
    trend = _trend(log_size, hits, trials)
    if trend > Z:
        return DecayExponent(-np.inf, -np.inf, -np.inf, 1.0)
    if trend > -CLEAR_FALL:
        return DecayExponent(np.nan, -np.inf, np.inf, 1.0)
    deviance, expected = _profile(log_size, hits, trials)
    best = int(np.argmin(deviance))
    informative = int((expected[best] >= 1).sum())
    overdispersion = max(1.0, deviance[best] / max(informative - PARAMETERS, 1)) if informative > PARAMETERS else 1.0
    excess = (deviance - deviance[best]) / overdispersion - DEVIANCE
    low, high = _end(excess[best::-1], EXPONENTS[best::-1], -np.inf), _end(excess[best:], EXPONENTS[best:], np.inf)
    return DecayExponent(float(EXPONENTS[best]), low, high, overdispersion)


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


def _profile(log_size: Array, hits: Array, trials: Array) -> tuple[Array, Array]:
    """Smallest deviance for every exponent, and the expected hits (exponents, sizes) there."""
    scaled = EXPONENTS[:, np.newaxis] * log_size
    growth = np.where(scaled == 0, log_size, np.expm1(scaled) / np.where(scaled == 0, np.inf, EXPONENTS[:, np.newaxis]))
    surprise = -np.log((hits + 0.5) / (trials + 1))
    # Starts through the shares at the first size and at the last that has hits enough, without and with saturation.
    last = max(1, int(np.max(np.flatnonzero(hits >= 3), initial=0)))
    rate = np.log(np.maximum((surprise[last] - surprise[0]) / growth[:, last], 1e-4))
    whole = np.ones_like(rate)
    starts = np.stack(
        [
            np.stack([(surprise[0] - 3) * whole, -surprise[0] * whole, rate], axis=1),
            np.stack([(surprise[0] - 0.2) * whole, (2 - surprise[0]) * whole, rate + 0.5], axis=1),
        ]
    )
    theta, deviance = _best(*_fit(np.stack([starts] * len(SHARPNESS)), growth, hits, trials), axis=1)
    # The optimum is continuous in s: once more from the neighbours' on either side.
    beside = np.stack([np.roll(theta, shift, axis=1) for shift in (-1, 1)], axis=1)
    again, deviance_again = _fit(beside, growth, hits, trials)
    theta, deviance = _best(
        np.concatenate([theta[:, np.newaxis], again], axis=1),
        np.concatenate([deviance[:, np.newaxis], deviance_again], axis=1),
        axis=1,
    )
    expected = np.stack(
        [trials * np.exp(-_surprise(of_q, growth, q)[0]) for of_q, q in zip(theta, SHARPNESS, strict=True)]
    )
    expected, deviance = _best(expected, deviance, axis=0)
    return deviance, expected


def _best(found: Array, deviance: Array, axis: int) -> tuple[Array, Array]:
    """What was found where the deviance is smallest along an axis, and that deviance."""
    best = np.argmin(deviance, axis=axis, keepdims=True)
    found = np.take_along_axis(found, best[..., np.newaxis], axis)
    return found.squeeze(axis), np.take_along_axis(deviance, best, axis).squeeze(axis)


def _surprise(theta: Array, growth: Array, q: float | Array) -> tuple[Array, Array]:
    """-log of the probability (fits, sizes), and its derivatives by log K, a and log c (fits, sizes, 3)."""
    log_K, a, log_c = theta.T[:, :, np.newaxis]
    climb = np.minimum(np.exp(log_c) * growth, 700)
    surprise = np.logaddexp(q * log_K, q * (climb - a)) / q
    constant, part = np.exp(q * (log_K - surprise)), np.exp(q * (climb - a - surprise))
    # A probability of 1 or more is one just below.
    return np.maximum(surprise, 1e-9), np.stack([constant, -part, part * climb], axis=2)


def _fit(starts: Array, growth: Array, hits: Array, trials: Array) -> tuple[Array, Array]:
    """Maximum-likelihood parameters (q, starts, exponents, 3) from each start, and their deviances.

    All fits go side by side, which takes less than half the time of one after the other.
    """
    shape = starts.shape[:-1]
    theta = np.clip(starts.reshape(-1, starts.shape[-1]), *LIMITS)
    growth = np.broadcast_to(growth, (*shape, growth.shape[1])).reshape(len(theta), -1)
    q = np.repeat(SHARPNESS, len(theta) // len(SHARPNESS))[:, np.newaxis]
    damping = np.full(len(theta), 1e-2)
    deviance = _deviance(theta, growth, q, hits, trials)
    moving = np.arange(len(theta))
    for _ in range(STEPS):
        surprise, slopes = _surprise(theta[moving], growth[moving], q[moving])
        odds = 1 / np.expm1(surprise)
        score = np.einsum("esk,es->ek", slopes, (trials - hits) * odds - hits)
        information = slopes.swapaxes(1, 2) @ (slopes * (trials * odds)[..., np.newaxis])
        scale = np.einsum("ekk->ek", information) + 1e-6
        damped = information + np.eye(3) * (damping[moving, np.newaxis] * scale + 1e-9)[:, np.newaxis]
        step = np.linalg.solve(damped, score[..., np.newaxis])[..., 0]
        tried = np.clip(theta[moving] + step, *LIMITS)
        found = _deviance(tried, growth[moving], q[moving], hits, trials)
        fall = deviance[moving] - found
        better = fall > 0
        theta[moving[better]], deviance[moving[better]] = tried[better], found[better]
        damping[moving] *= np.where(better, 0.2, 5)
        moving = moving[((fall > 1e-4) | ~better) & (damping[moving] < 1e6)]
        if not len(moving):
            break
    return theta.reshape(starts.shape), deviance.reshape(shape)


def _deviance(theta: Array, growth: Array, q: Array, hits: Array, trials: Array) -> Array:
    """Twice the log likelihood that is missing to probabilities equal to the shares."""
    surprise = _surprise(theta, growth, q)[0]
    missing = hits * surprise - (trials - hits) * np.log(-np.expm1(-surprise))
    share, misses = hits / trials, trials - hits
    least = -hits * np.log(np.where(hits > 0, share, 1)) - misses * np.log(np.where(misses > 0, 1 - share, 1))
    return np.asarray(2 * (missing - least).sum(axis=1))
