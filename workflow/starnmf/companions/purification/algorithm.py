"""Algorithm 1, Purification: decode the weights, update the features (section 4).

The update's expectation is over pairs of independent examples, E[(y - y')(x - x')'] = 2 Cov(y, x): with a perfect
decoding it is 2 A* Cov(x*), not A* as the text has it. The scaling r makes up for the factor.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from starnmf.companions.purification.pseudo_inverse import LeftInverse, least_infinity_norm, moore_penrose

Array = npt.NDArray[np.float64]

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


def purify(start: Array, draw: Callable[[int], Examples], parameters: Purification, iterations: int) -> Iterator[Array]:
    """Follow features A (m, n) from `start`, which comes first, over `iterations` updates on `draw(iteration)` each."""
    A = start
    found: LeftInverse | None = None
    yield A
    for iteration in range(iterations):
        if parameters.pseudo_inverse == "moore-penrose":
            inverse = moore_penrose(A)
        else:
            found = least_infinity_norm(A, found)
            inverse = found.matrix
        A = updated(A, draw(iteration), inverse, parameters)
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
