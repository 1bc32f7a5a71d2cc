"""Where features stand to the ground truth: A = A* (Sigma + E) + N (section 5.1)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starnmf.companions.purification.model import symmetrized_norm

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Position:
    """The parts of features A (m, n)."""

    diagonal: Array
    """Sigma: (n,)."""
    E: Array
    """Other true features in each one: (n, n), 0 on the diagonal."""
    N: Array
    """What is outside the span of the true ones: (m, n)."""

    @property
    def positive(self) -> float:
        """a = |E_+|_s (section 5.2)."""
        return symmetrized_norm(np.maximum(self.E, 0))

    @property
    def negative(self) -> float:
        """b = |E_-|_s (section 5.2)."""
        return symmetrized_norm(np.maximum(-self.E, 0))


def locate(A: Array, truth: Array) -> Position:
    """The parts of features A (m, n) against `truth` A* (m, n)."""
    within = np.linalg.pinv(truth) @ A
    return split(within, A - truth @ within)


def split(within: Array, outside: Array) -> Position:
    """The parts of A* `within` + `outside`."""
    diagonal = np.diag(within).copy()
    return Position(diagonal, within - np.diag(diagonal), outside)


def column_norm(M: Array) -> float:
    """|M|_1: the largest absolute sum of a column."""
    return float(np.abs(M).sum(axis=0).max())


def normalized_error(A: Array, truth: Array) -> float:
    """|A^ - A*|_1 with the columns of A^ scaled to norm 1, as those of A* are (remark to Theorem 1)."""
    return column_norm(A / np.abs(A).sum(axis=0) - truth)
