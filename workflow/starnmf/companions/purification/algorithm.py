"""Algorithm 1, Purification: decode the weights, update the features (section 4).

The update's expectation is over pairs of independent examples, E[(y - y')(x - x')'] = 2 Cov(y, x): with a perfect
decoding it is 2 A* Cov(x*), not A* as the text has it. The scaling r makes up for the factor.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from starnmf.arrays import Array
from starnmf.companions.purification.pseudo_inverse import LeftInverse, least_infinity_norm

Decoding = Literal["relu", "linear"]
PseudoInverse = Literal["least-infinity", "moore-penrose"]

THRESHOLD = 0.25
"""alpha in the experiments; the theorems only say that there is one."""


@dataclass(frozen=True)
class Examples:
    """Data points and how probable each is: a sample has equal weights, a whole distribution its probabilities."""

    Y: Array
    """(m, N)."""
    weights: Array
    """(N,), of sum 1."""


@dataclass(frozen=True)
class Purification:
    """The algorithm's parameters."""

    threshold: float
    """alpha."""
    step_size: float
    """eta."""
    scaling: float
    """r."""
    decoding: Decoding = "relu"
    """`linear` leaves the ReLU and its threshold out."""
    pseudo_inverse: PseudoInverse = "least-infinity"


def purify(start: Array, batches: Iterable[Examples], parameters: Purification) -> Iterator[Array]:
    """Follow features A (m, n) from `start`, which comes first, with an update on each batch of examples."""
    A = start
    found: LeftInverse | None = None
    yield A
    for examples in batches:
        if parameters.pseudo_inverse == "moore-penrose":
            inverse = np.asarray(np.linalg.pinv(A))
        else:
            found = least_infinity_norm(A, found)
            inverse = found.matrix
        A = updated(A, examples, inverse, parameters)
        yield A


def updated(A: Array, examples: Examples, inverse: Array, parameters: Purification) -> Array:
    """One iteration on features A (m, n) with a left inverse of theirs (n, m)."""
    X = decode(inverse @ examples.Y, parameters)
    direction = pair_expectation(examples.Y, X, examples.weights)
    return moved(A, direction, parameters)


def moved(A: Array, direction: Array, parameters: Purification) -> Array:
    """(1 - eta) A + r eta times a direction, the expectation over pairs."""
    return (1 - parameters.step_size) * A + parameters.scaling * parameters.step_size * direction


def decode(weights: Array, parameters: Purification) -> Array:
    """phi_alpha (eq. 2) of A^+ y."""
    return weights if parameters.decoding == "linear" else np.maximum(weights - parameters.threshold, 0)


def pair_expectation(Y: Array, X: Array, weights: Array) -> Array:
    """E[(y - y')(x - x')'] over independent pairs of examples: (m, n) from Y (m, N), X (n, N), weights (N,)."""
    centred = X - (X @ weights)[:, None]
    return np.asarray(2 * (Y * weights) @ centred.T)


def balance(inverse: Array, examples: Examples, parameters: Purification) -> Array:
    """D (n,) of the pre-processing of section 6, which scales features so that the weights' second moments are alike.

    Y = (A* D)(D^-1 X) for any positive diagonal D. The text says what D has to do, that E[(x*_i)^2] / D_ii^2 lie within
    a factor of 2, and leaves the method to its appendix. Here D holds the square roots of the second moments of the
    weights decoded by a left inverse (n, m) of the warm start A, the largest of them 1; continue from A D.
    """
    X = decode(inverse @ examples.Y, parameters)
    moments = np.square(X) @ examples.weights
    return np.asarray(np.sqrt(moments / moments.max()))
