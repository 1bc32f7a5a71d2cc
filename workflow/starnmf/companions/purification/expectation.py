"""The update's expectation in coordinates of the true features, E[(x* - x*')(x - x')'] = Sigma~ + E~ (eqs. 3, 4)."""

import numpy as np
import numpy.typing as npt

from starnmf.companions.purification.algorithm import Purification, decode, pair_expectation
from starnmf.companions.purification.model import Weights

Array = npt.NDArray[np.float64]


def enumerated(within: Array, weights: Weights, parameters: Purification) -> Array:
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
