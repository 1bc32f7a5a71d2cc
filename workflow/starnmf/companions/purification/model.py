"""The generative model y = A* x* + nu (eq. 1): features (A1), weights (A2), warm starts (A3), noise (N1) and (N2).

Features are located in terms of the ground truth: A = A* (Sigma + E) + N (section 5.1).
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Literal

import numpy as np
import numpy.typing as npt

from starnmf.arrays import Array

StartKind = Literal["signed", "positive", "negative", "rotating"]

WARM_START = 0.1
"""l of the theorems: the size of E, and here of N, at the start."""

DENSITY = 0.2
"""Fraction of the entries of features that are not 0."""


@dataclass(frozen=True)
class WeightLaw:
    """Independent weights x*_i, each with a law of finitely many values in [0, 1] (A2)."""

    values: Array
    """Of every weight: (n, v)."""
    probabilities: Array
    """Of every value: (n, v), rows of sum 1."""

    def covariance(self, of: Array) -> Array:
        """Cov(x*_i, g(x*_i)) of every weight, from the values (n, v) of g: (n,)."""
        means = (self.probabilities * self.values).sum(axis=1)
        return np.asarray((self.probabilities * (self.values - means[:, None]) * of).sum(axis=1))

    @property
    def second_moments(self) -> Array:
        """E[(x*_i)^2]: (n,)."""
        return np.asarray((self.probabilities * np.square(self.values)).sum(axis=1))

    @cached_property
    def states(self) -> tuple[Array, Array]:
        """All v^n values that x* takes (n, v^n), and their probabilities (v^n,)."""
        n, v = self.values.shape
        taken = np.array(list(product(range(v), repeat=n))).T
        chances = np.take_along_axis(self.probabilities, taken, axis=1).prod(axis=0)
        return np.take_along_axis(self.values, taken, axis=1), chances

    def sample(self, count: int, random: np.random.Generator) -> Array:
        """Independent draws of x*: (n, count)."""
        steps = np.cumsum(self.probabilities, axis=1)[:, :-1, None]
        drawn = random.random((len(self.values), 1, count))
        return np.asarray(np.take_along_axis(self.values, (drawn >= steps).sum(axis=1), axis=1))


def bernoulli(n: int, probability: npt.ArrayLike) -> WeightLaw:
    """Weights that are 1 with one probability, or with one for each (n,), and 0 otherwise (A2')."""
    ones = np.broadcast_to(np.asarray(probability, dtype=np.float64), n)
    return WeightLaw(np.tile([0.0, 1.0], (n, 1)), np.stack([1 - ones, ones], axis=1))


def graded(n: int, probability: float) -> WeightLaw:
    """Weights that are 1/2 or 1, each with half the probability, and 0 otherwise."""
    law = [1 - probability, probability / 2, probability / 2]
    return WeightLaw(np.tile([0.0, 0.5, 1.0], (n, 1)), np.tile(law, (n, 1)))


def sparse_features(m: int, n: int, random: np.random.Generator) -> Array:
    """Linearly independent features A* (m, n), sparse and half-normal, with columns of norm |A*_i|_1 = 1 (A1)."""
    while True:
        A = np.abs(random.standard_normal((m, n))) * (random.random((m, n)) < DENSITY)
        if np.linalg.matrix_rank(A) == n:
            return np.asarray(A / np.abs(A).sum(axis=0))


def off_diagonal(kind: StartKind, n: int, size: float, random: np.random.Generator) -> Array:
    """E (n, n) of a warm start (A3), normal in size, with |E|_s = `size`.

    Its signs are drawn, all positive, all negative, or opposite across the diagonal (`rotating`: E' = -E).
    """
    E = random.standard_normal((n, n))
    if kind == "positive":
        E = np.abs(E)
    elif kind == "negative":
        E = -np.abs(E)
    elif kind == "rotating":
        E = np.triu(E, 1)
        E = E - E.T
    np.fill_diagonal(E, 0)
    return np.asarray(E * size / symmetrized_norm(E))


def outside(truth: Array, size: float, random: np.random.Generator) -> Array:
    """N (m, n) of a warm start (A3): normal, orthogonal to the true features, with |N|_s = `size`."""
    N = random.standard_normal(truth.shape)
    N = N - truth @ (np.linalg.pinv(truth) @ N)
    return np.asarray(N * size / symmetrized_norm(N))


def symmetrized_norm(M: Array) -> float:
    """|M|_s: the largest absolute sum of a row or a column (section 3)."""
    return float(max(np.abs(M).sum(axis=0).max(), np.abs(M).sum(axis=1).max()))


def misleading_signs(truth: Array) -> Array:
    """For each feature, the signs (m,) of the noise that resembles the next feature most: (m, n).

    They are those of row i + 1 of (A*)^+: of all noise of a level, its part in the span of A* holds most of A*_(i+1).
    """
    rows = np.roll(np.linalg.pinv(truth), -1, axis=0)
    return np.asarray(np.where(rows < 0, -1.0, 1.0).T)


def adversarial_noise(level: float, signs: Array, X: Array) -> Array:
    """Noise (N1) of the first feature that has a weight in X (n, N): (m, N).

    It depends on x* alone, so that the data do not tell A*_i + nu from A*_i.
    """
    active = X > 0
    return np.asarray(level * signs[:, np.argmax(active, axis=0)] * active.any(axis=0))


def unbiased_noise(level: float, m: int, count: int, random: np.random.Generator) -> Array:
    """Noise (N2) of the largest variance at a level: independent signs (m, count)."""
    return np.asarray(level * (2.0 * random.integers(0, 2, (m, count), dtype=np.int8) - 1.0))


@dataclass(frozen=True)
class Position:
    """The parts of features A (m, n)."""

    diagonal: Array
    """Sigma: (n,)."""
    E: Array
    """Other true features in each one: (n, n), 0 on the diagonal."""
    N: Array
    """What is outside the span of the true ones: (m, n)."""


def locate(A: Array, truth: Array) -> Position:
    """The parts of features A (m, n) against `truth` A* (m, n)."""
    within = np.linalg.pinv(truth) @ A
    return Position(np.diag(within), without_diagonal(within), A - truth @ within)


def without_diagonal(M: Array) -> Array:
    """A matrix (n, n) with zeros on its diagonal."""
    return M - np.diag(np.diag(M))


def column_norm(M: Array) -> float:
    """|M|_1: the largest absolute sum of a column."""
    return float(np.abs(M).sum(axis=0).max())


def normalized_error(A: Array, truth: Array) -> float:
    """|A^ - A*|_1 with the columns of A^ scaled to norm 1, as those of A* are (remark to Theorem 1)."""
    return column_norm(A / np.abs(A).sum(axis=0) - truth)
