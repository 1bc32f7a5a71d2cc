"""Features in terms of the ground truth: A = A* (Sigma + E) + N (section 5.1)."""

from dataclasses import dataclass

import numpy as np

from starnmf.companions.purification.pseudo_inverse import Array


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
