"""Left inverses B A = I of a feature matrix A (m, n): the one of least infinity norm, and that of Moore and Penrose.

The infinity norm is the largest absolute row sum, so each row can be found by itself: the b of least |b|_1 with
b A = e_i. That linear program has the dual

    maximise lambda_i subject to -1 <= A lambda <= 1.

A basis is n rows S of A: b is A_S^-T e_i there and 0 elsewhere, lambda is A_S^-1 sign(b_S), and b is best when
|A lambda| <= 1. While A moves slowly, as it does in Algorithm 1, the last basis is best or a few exchanges away from
it; only where there is no last basis, or exchanges do not end, a solver is called.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from starnmf.arrays import Array
from starnmf.errors import InputError

Rows = npt.NDArray[np.intp]

ROUNDING = 1e-9
"""Tolerance of |A lambda| <= 1."""

EXCHANGES = 50
"""Most exchanges of a row's basis before the solver is called: degenerate ones can cycle."""


@dataclass(frozen=True)
class LeftInverse:
    """A left inverse (n, m) of least infinity norm, and for each of its rows a basis: (n, n)."""

    matrix: Array
    bases: Rows

    @property
    def norm(self) -> float:
        """|B|_inf."""
        return float(np.abs(self.matrix).sum(axis=1).max())


def least_infinity_norm(A: Array, nearby: LeftInverse | None = None) -> LeftInverse:
    """The left inverse of A (m, n) with the least largest absolute row sum.

    The inverse of a similar matrix, `nearby`, saves most of the work. Raises `InputError` where the columns of A are
    linearly dependent.
    """
    m, n = A.shape
    if np.linalg.matrix_rank(A) < n:
        raise InputError(f"features: found {n} columns that are linearly dependent; expected independent ones (A1)")
    matrix, bases = np.zeros((n, m)), np.zeros((n, n), dtype=np.intp)
    for i in range(n):
        found = None if nearby is None else _exchanged(A, i, nearby.bases[i])
        matrix[i], bases[i] = _solved(A, i) if found is None else found
    return LeftInverse(matrix, bases)


def _exchanged(A: Array, i: int, basis: Rows) -> tuple[Array, Rows] | None:
    """Row i by the simplex method from a basis; None where it does not end."""
    basis = basis.copy()
    for _ in range(EXCHANGES):
        try:
            inverse = np.linalg.inv(A[basis])
        except np.linalg.LinAlgError:
            return None
        entries = inverse[i]
        products = A @ (inverse @ np.where(entries < 0, -1.0, 1.0))
        entering = int(np.argmax(np.abs(products)))
        gain = abs(products[entering]) - 1
        if gain <= ROUNDING:
            row = np.zeros(len(A))
            row[basis] = entries
            return row, basis
        basis[_leaving(entries, np.sign(products[entering]) * A[entering] @ inverse, gain)] = entering
    return None


def _leaving(entries: Array, change: Array, gain: float) -> int:
    """Which entry leaves the basis as `entries` - t `change` for t > 0.

    Each entry that changes its sign takes twice its change from the gain; the one that uses it up leaves.
    """
    falls = np.flatnonzero(np.where(entries < 0, -change, change) > 0)
    order = falls[np.argsort(entries[falls] / change[falls], kind="stable")]
    used = int(np.searchsorted(np.cumsum(2 * np.abs(change[order])), gain))
    return int(order[min(used, len(order) - 1)])


def _solved(A: Array, i: int) -> tuple[Array, Rows]:
    """Row i by the dual program: the row, and its basis."""
    m, n = A.shape
    goal = np.zeros(n)
    goal[i] = -1.0
    found = linprog(goal, A_ub=np.concatenate([A, -A]), b_ub=np.ones(2 * m), bounds=(None, None), method="highs-ds")
    if not found.success:
        raise InputError(f"features: the linear program of row {i} has no solution ({found.message})")
    marginals = -found.ineqlin.marginals
    row = marginals[:m] - marginals[m:]
    # Tight constraints have no slack; where more than n are, those that carry the row come first.
    slack = np.minimum(found.ineqlin.residual[:m], found.ineqlin.residual[m:])
    return row, np.argsort(slack - np.abs(row), kind="stable")[:n]
