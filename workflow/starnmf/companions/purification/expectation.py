"""Algorithm 1 in expectation and without noise, in coordinates of the true features (eqs. 3, 4).

The update is E[(x* - x*')(x - x')'] = Sigma~ + E~: a sum over all values of x* for few features, a closed form for
many.
"""

from collections.abc import Iterator

import numpy as np

from starnmf.arrays import Array
from starnmf.companions.purification.algorithm import Purification, decode, moved, pair_expectation
from starnmf.companions.purification.model import WeightLaw

ENUMERATED = 12
"""The most features for which all values of x* are summed over."""


def scaling_for(weights: WeightLaw, threshold: float) -> float:
    """r for which Sigma = I is a fixed point of the feature that varies least; the others' Sigma_ii then are larger."""
    return float(1 / (2 * weights.covariance(np.maximum(weights.values - threshold, 0)).min()))


def follow(start: Array, weights: WeightLaw, parameters: Purification, iterations: int) -> Iterator[Array]:
    """Sigma + E (n, n) from `start`, which comes first, over the iterations of Algorithm 1 in expectation.

    More than `ENUMERATED` weights have to be 0 or 1, all with the same probability (`thresholded`).
    """
    within = start
    yield within
    for _ in range(iterations):
        if len(start) <= ENUMERATED:
            direction = enumerated(within, weights, parameters)
        else:
            direction = thresholded(within, float(weights.probabilities[0, 1]), parameters.threshold)
        within = moved(within, direction, parameters)
        yield within


def enumerated(within: Array, weights: WeightLaw, parameters: Purification) -> Array:
    """Sigma~ + E~ (n, n) at Sigma + E = `within` (n, n) without noise, summed over all values of x*."""
    X, chances = weights.states
    return pair_expectation(X, decode(np.linalg.inv(within) @ X, parameters), chances)


def thresholded(within: Array, probability: float, threshold: float) -> Array:
    """The same for weights that are 1 with one probability and 0 otherwise, of any number, in closed form.

    It holds while the threshold removes every error and no signal, that is while |Z_i1| + ... + |Z_in| without |Z_ii|
    is at most alpha and Z_ii - alpha, with Z the inverse of `within` (n, n): then x_i = x*_i (Z_i x* - alpha). Raises
    `ValueError` beyond.
    """
    Z, q = np.linalg.inv(within), probability
    own = np.diag(Z)
    errors = np.abs(Z).sum(axis=1) - np.abs(own)
    if (errors > np.minimum(threshold, own - threshold)).any():
        raise ValueError(f"errors of up to {errors.max():.3g} pass the threshold {threshold:g}")
    expected = 2 * q**2 * (1 - q) * Z.T
    np.fill_diagonal(expected, 2 * q * (1 - q) * (own - threshold + q * (Z.sum(axis=1) - own)))
    return np.asarray(expected)
