"""Curvature of all lines between 100 optima and 50 points: all pairs at once against one line at a time.

Both run in this process, on one thread by default, in float64. One line at a time forms W0, W1 and W2, over all entries
or over the observed ones, with numpy; it runs on a few lines only and is scaled up to all of them. Random data.
The share of peak counts the operations of the matrix products, against a float64 product of 2000 x 2000 on one thread.

    python benchmarks/curvature.py orl extragalactic movielens --threads 2
"""

import argparse
import resource
import time

import numpy as np
import numpy.typing as npt
from shapes import SHAPES, add_shapes, asked_shapes, random_matrix

from starnmf.blocks import one_thread_per_block
from starnmf.landscape.pairs import Stack, quartics_of_pairs
from starnmf.landscape.quartic import Quartic, quartic_of_differences
from starnmf.matrix import Dense, Matrix, Observed

OPTIMA, POINTS = 100, 50


def random_stack(matrix: Matrix, count: int, dtype: npt.DTypeLike) -> Stack:
    (n, m), r = matrix.shape, matrix.description.rank
    random = np.random.default_rng(count)
    return random.random((count, n, r), dtype=dtype), random.random((count, r, m), dtype=dtype)


def one_line(matrix: Matrix, X: npt.NDArray[np.float64], optimum: Stack, point: Stack) -> Quartic:
    """The quartic of one line from W0, W1 and W2 themselves."""
    (U, V), (dU, dV) = point, (optimum[0] - point[0], optimum[1] - point[1])
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


def peak_rate() -> float:
    """Operations per second of one large matrix product on one thread: the best of three."""
    factor, seconds = np.random.default_rng(0).random((2000, 2000)), []
    with one_thread_per_block():
        for _ in range(3):
            start = time.perf_counter()
            _ = factor @ factor
            seconds.append(time.perf_counter() - start)
    return float(2 * 2000**3 / min(seconds))


def compare(name: str, lines: int, threads: int) -> None:
    matrix = random_matrix(name)
    optima, points = random_stack(matrix, OPTIMA, np.float32), random_stack(matrix, POINTS, np.float64)
    warm = random_stack(matrix, 1, np.float32), random_stack(matrix, 1, np.float64)
    if isinstance(matrix, Observed):
        quartics_of_pairs(matrix, *warm, threads=1)  # compiles

    start = time.perf_counter()
    alpha = quartics_of_pairs(matrix, optima, points, threads).curvature()[0]
    together = time.perf_counter() - start

    X = (matrix.X if isinstance(matrix, Dense) else matrix.values).astype(np.float64)
    start, error = time.perf_counter(), 0.0
    with one_thread_per_block():
        for line in range(lines):
            o, p = line % OPTIMA, line % POINTS
            optimum = optima[0][o].astype(np.float64), optima[1][o].astype(np.float64)
            alone = one_line(matrix, X, optimum, (points[0][p], points[1][p])).curvature()[0]
            error = max(error, abs(float(alone - alpha[o, p])))
    apart = (time.perf_counter() - start) / lines * OPTIMA * POINTS
    share = operations(name) / together / (threads * peak_rate())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{name:14} all pairs {together:7.2f} s ({share:3.0%} of peak)   "
        f"one line at a time {apart:7.0f} s (scaled from {lines} lines)   ratio {apart / together:5.0f}x   "
        f"alphas differ by {error / np.abs(alpha).mean():.0e}   at most {memory:.1f} GiB"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_shapes(parser)
    parser.add_argument("--lines", type=int, default=5, help="lines of the loop (default 5)")
    parser.add_argument("--threads", type=int, default=1, help="threads of all pairs (default 1)")
    arguments = parser.parse_args()
    for name in asked_shapes(arguments, parser):
        compare(name, arguments.lines, arguments.threads)
