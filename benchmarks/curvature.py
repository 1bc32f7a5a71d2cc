"""Curvature of all lines between 100 optima and 50 points: all pairs at once against one line at a time.

float64, random data. One line at a time forms W0, W1 and W2, over all entries or over the observed ones, with numpy; it
runs on a few lines only and is scaled up to all of them. A case whose curvatures differ between the two is refused.

    python benchmarks/curvature.py orl extragalactic movielens --threads 2
"""

import time

import numpy as np
import numpy.typing as npt
import torch
from contenders import Contender, measure
from shapes import SHAPES, compare_asked_shapes, random_matrix
from table import Row, show

from starnmf.blocks import one_thread_per_block
from starnmf.curvature.all_pairs import FactorPairs, quartics_of_pairs
from starnmf.curvature.quartic import Quartic, quartic_of_differences
from starnmf.matrix import Dense, Matrix

CPU = torch.device("cpu")
OPTIMA, POINTS = 100, 50

LINES = 3
"""Lines that one line at a time is measured on."""

SECONDS = 15.0
"""Of the rounds of a case."""

TARGETS = {"orl": 8.2, "satellite": 1.1, "extragalactic": 0.7, "metabolic": 0.06, "movielens": 17.0}
"""Most seconds of all lines on one core with a float64 peak of 50 GF/s: the first version of the method."""


def compare(name: str, threads: int = 1, seconds: float = SECONDS) -> list[Row]:
    matrix = random_matrix(name)
    optima, points = random_stack(matrix, OPTIMA, np.float32), random_stack(matrix, POINTS, np.float64)
    X = matrix.values.astype(np.float64).reshape(matrix.shape if isinstance(matrix, Dense) else -1)
    few = optima[0][:LINES], optima[1][:LINES]
    together = quartics_of_pairs(matrix, few, points, 1).curvature()[0]  # compiles
    apart = np.array([one_line(matrix, X, optima, points, line).curvature()[0] for line in range(LINES)])
    if not np.allclose(together[range(LINES), range(LINES)], apart, rtol=1e-6):
        raise ArithmeticError(f"{name}: curvatures differ: {together[range(LINES), range(LINES)]} and {apart}")

    def all_pairs() -> float:
        start = time.perf_counter()
        quartics_of_pairs(matrix, optima, points, threads).curvature()
        return time.perf_counter() - start

    def line_by_line() -> float:
        start = time.perf_counter()
        for line in range(LINES):
            one_line(matrix, X, optima, points, line).curvature()
        return (time.perf_counter() - start) / LINES * OPTIMA * POINTS

    contenders = [
        Contender("ours (all pairs)", lambda: all_pairs),
        Contender(f"one line at a time (from {LINES} lines)", lambda: line_by_line),
    ]
    with one_thread_per_block():
        ours, baseline = measure(contenders, operations(name) / threads, torch.float64, CPU, seconds)
    target = f"seconds <= {TARGETS[name]:g}" if name in TARGETS and threads == 1 else ""
    unit = f"{OPTIMA} x {POINTS} lines"
    return [
        show(Row("curvature", name, ours, unit, threads, target, ours.seconds <= TARGETS[name] if target else None)),
        show(Row("curvature", name, baseline, unit)),
    ]


def random_stack(matrix: Matrix, count: int, dtype: type[np.float32 | np.float64]) -> FactorPairs:
    (n, m), r = matrix.shape, matrix.description.rank
    random = np.random.default_rng(count)
    return random.random((count, n, r), dtype=dtype), random.random((count, r, m), dtype=dtype)


def one_line(
    matrix: Matrix, X: npt.NDArray[np.float64], optima: FactorPairs, points: FactorPairs, line: int
) -> Quartic:
    """The quartic of the line between the optimum and the point of that number, from W0, W1 and W2 themselves."""
    U, V = points[0][line], points[1][line]
    dU, dV = optima[0][line] - U, optima[1][line] - V
    if isinstance(matrix, Dense):
        W0, W1, W2 = U @ V - X, dU @ V + U @ dV, dU @ dV
    else:
        rows, columns = matrix.row_of_entry, matrix.indices
        U, dU, V, dV = U[rows], dU[rows], V.T[columns], dV.T[columns]
        W0 = np.einsum("er,er->e", U, V) - X
        W1 = np.einsum("er,er->e", dU, V) + np.einsum("er,er->e", U, dV)
        W2 = np.einsum("er,er->e", dU, dV)
    W = [w.ravel() for w in (W0, W1, W2)]
    return quartic_of_differences(X.size, *(W[i] @ W[j] for i in range(3) for j in range(i, 3)))


def operations(name: str) -> float:
    """Additions and multiplications of the products that all pairs are made of."""
    n, m, r, observed = SHAPES[name]
    if observed is None:
        return 2.0 * (OPTIMA * POINTS * r * r * (n + m) + (OPTIMA + POINTS) * n * m * r)
    return 2.0 * observed * OPTIMA * POINTS * 2 * r


def cases() -> list[str]:
    return list(TARGETS)


if __name__ == "__main__":
    compare_asked_shapes(compare, __doc__, SECONDS, threads=(1, "threads of all pairs"))
