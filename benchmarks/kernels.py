"""The SIMD kernels of a CPU beside plain forms of the same thing: numpy's, and loops compiled by numba.

float32, random data in the shapes that a batch of restarts hands to a kernel, one thread. The compiler may turn the
plain loops into SIMD instructions and may add in any order. A form whose result differs from the kernel's is refused.

    python benchmarks/kernels.py orl metabolic movielens
"""

from collections.abc import Callable

import numba
import numpy as np
import numpy.typing as npt
import torch
from clock import seconds_per_call
from contenders import Contender, measure
from shapes import SHAPES, compare_asked_shapes, random_matrix
from starts import starts_of
from table import Row, show

from starnmf.blocks import one_thread_per_block
from starnmf.factorization.dense.coordinate_sweeps import sweep_blocks
from starnmf.factorization.dense.data import DenseData
from starnmf.factorization.dense.hals import SWEEPS
from starnmf.factorization.flow import step_weights
from starnmf.factorization.formulas import chebyshev
from starnmf.factorization.observed.data import ObservedData
from starnmf.factorization.observed.flow import ObservedFlow
from starnmf.matrix import Dense, Observed

CPU = torch.device("cpu")
Array = npt.NDArray[np.float32]
Kernel = Callable[[], Array]

SECONDS = 3.0
"""Of the rounds of a kernel."""

RESTARTS = 100

OURS = "ours (SIMD)"

RATIO_TARGET = 1.3
"""Least ratio of the fastest plain form to a kernel; what is below it on every shape is not worth its code."""

BLOCK = 64
"""Columns that the plain loops work on at a time."""

_plain = numba.njit(nogil=True, fastmath=True, error_model="numpy")


def compare(name: str, seconds: float = SECONDS) -> list[Row]:
    matrix = random_matrix(name)
    rank = matrix.description.rank
    if isinstance(matrix, Dense):
        unit, forms = "chunk swept", sweeps(matrix)
        operations = 2.0 * SWEEPS * rank * forms[0][1]().size
    else:
        unit, forms = "stage", observed_stages(matrix)
        operations = 6.0 * rank * matrix.values.size * ObservedData(matrix, "float32").lanes
    with one_thread_per_block():
        refuse_differences(forms)
        contenders = [Contender(form, lambda run=run: lambda: seconds_per_call(run, CPU)) for form, run in forms]  # type: ignore[misc]
        kernel, *plain = measure(contenders, operations, torch.float32, CPU, seconds, memory=False)
    met = min(one.ratio for one in plain) >= RATIO_TARGET
    return [
        show(Row("kernels", name, kernel, unit, target=f"others' ratio >= {RATIO_TARGET}", met=met)),
        *(show(Row("kernels", name, one, unit)) for one in plain),
    ]


def cases() -> list[str]:
    return list(SHAPES)[:6]


def refuse_differences(forms: list[tuple[str, Kernel]]) -> None:
    """Compile all forms; raise `ArithmeticError` where results differ."""
    (_, kernel), *others = forms
    expected = kernel().copy()
    for form, run in others:
        found = run()
        if not np.allclose(found, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max()):
            raise ArithmeticError(f"{form}: differs by {np.abs(found - expected).max()}")


def sweeps(matrix: Dense) -> list[tuple[str, Kernel]]:
    """Coordinate sweeps of a chunk of the long side."""
    data = DenseData(matrix, torch.float32, CPU)
    shape = data.largest_batch(RESTARTS), data.rank, data.chunks[0].shape[1]
    random = np.random.default_rng(0)
    F, P = (random.random(shape, dtype=np.float32) for _ in range(2))
    G = (F @ F.transpose(0, 2, 1)) / shape[2]
    swept = np.empty_like(F)

    def by(sweep: Callable[..., None]) -> Kernel:
        def run() -> Array:
            np.copyto(swept, F)
            sweep(swept, P, G, SWEEPS)
            return swept

        return run

    return [(OURS, by(sweep_blocks)), ("loop (numba)", by(sweep_loop)), ("numpy", by(sweep_by_numpy))]


def sweep_by_numpy(F: Array, P: Array, G: Array, sweeps: int) -> None:
    for f, p, g in zip(F, P, G, strict=True):
        for _ in range(sweeps):
            for a in range(len(g)):
                if g[a, a] > 0:
                    np.maximum(0, f[a] + (p[a] - g[a] @ f) / g[a, a], out=f[a])


@_plain
def sweep_loop(F, P, G, sweeps):  # type: ignore[no-untyped-def]
    rank = F.shape[1]
    zero = F.dtype.type(0)
    sums = np.empty(BLOCK, F.dtype)
    for k in range(F.shape[0]):
        for first in range(0, F.shape[2], BLOCK):
            width = min(BLOCK, F.shape[2] - first)
            f, p = F[k, :, first : first + width].copy(), P[k, :, first : first + width]
            for _ in range(sweeps):
                for a in range(rank):
                    if G[k, a, a] > 0:
                        inverse = 1 / G[k, a, a]
                        for j in range(width):
                            sums[j] = p[a, j]
                        for b in range(rank):
                            weight = G[k, a, b]
                            for j in range(width):
                                sums[j] -= weight * f[b, j]
                        for j in range(width):
                            moved = f[a, j] + inverse * sums[j]
                            f[a, j] = zero if moved < 0 else moved
            F[k, :, first : first + width] = f


def observed_stages(matrix: Observed) -> list[tuple[str, Kernel]]:
    """A stage of as many restarts as lie side by side, of rows and of columns."""
    data = ObservedData(matrix, "float32")
    k = data.lanes
    U, V = (np.stack(factors).astype(np.float32) for factors in zip(*starts_of(matrix, k), strict=True))
    batch = ObservedFlow.start(data, U, V)
    start = [array.copy() for array in batch.arrays()]
    weights, going = np.tile(step_weights(chebyshev(20), 1e-6)[5], (k, 1)), np.zeros(k, bool)

    def ours() -> Array:
        batch.restore(start)
        batch.stage(weights, going)
        return batch.arrays()[0]

    sides = [(data.rows, start[0], start[5]), (data.columns, start[5], start[0])]
    by_restart = weights.astype(np.float32)

    def loops() -> Array:
        found = []
        for compressed, Y, other in sides:
            Z, F0, new = np.zeros_like(Y), np.zeros_like(Y), np.empty_like(Y)
            for one in range(k):
                observed_loop(*compressed, Y[one], other[one], Z[one], Y[one], F0[one], by_restart[one], new[one])
            found.append(new)
        return found[0]

    return [(OURS, ours), ("loop, one restart at a time (numba)", loops)]


@_plain
def observed_loop(indptr, indices, values, Y, others, Z, Y0, F0, w, new):  # type: ignore[no-untyped-def]
    rank = Y.shape[1]
    zero = Y.dtype.type(0)
    F = np.empty(rank, Y.dtype)
    for i in range(Y.shape[0]):
        F[:] = 0
        for entry in range(indptr[i], indptr[i + 1]):
            j = indices[entry]
            error = -values[entry]
            for a in range(rank):
                error += Y[i, a] * others[j, a]
            for a in range(rank):
                F[a] -= error * others[j, a]
        for a in range(rank):
            y, z, y0, f0 = Y[i, a], Z[i, a], Y0[i, a], F0[i, a]
            moved = w[0] * y + w[1] * z + w[2] * y0 + w[3] * F[a] + w[4] * f0
            Z[i, a] = w[5] * y + w[6] * z + w[7] * y0 + w[8] * F[a] + w[9] * f0
            new[i, a] = zero if (y0 == 0 and f0 <= 0) or moved < 0 else moved


if __name__ == "__main__":
    compare_asked_shapes(compare, __doc__, SECONDS)
