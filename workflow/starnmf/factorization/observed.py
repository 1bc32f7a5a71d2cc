"""Projected gradient descent on observed entries only, on the CPU: no dense mask, nothing kept of an entry.

    E_ij = u_i . v_j - X_ij on the observed entries,    U <- max(0, U - eta E V^T),    V <- max(0, V - eta U^T E),

both updates from the factors as they were before the step. A row's new factors need the row's entries only, and a
column's the column's: X is walked twice, by rows and by columns, and an error is used and dropped as soon as it is
known. Forming every error twice costs a third more operations than one walk that would add to both gradients, but
every sum then stays in registers (`vector_code`) and nothing is scattered into memory.
"""

from dataclasses import dataclass
from typing import Any, Self

import numba
import numpy as np
import numpy.typing as npt
import torch

from starnmf.factorization.observed_lines import step_along_gradient
from starnmf.factorization.vector_code import AHEAD, WIDTH
from starnmf.matrix import FloatArray, Observed

CACHE_LINE = 64
"""Bytes."""

LARGEST_LINE = 5
"""Vectors of a line up to which restarts are put side by side: point, sums and entry then fit 16 of 32 registers."""


@dataclass(frozen=True)
class Lines:
    """Entries line by line: `indptr` int64 (lines + 1), `indices` int32 and `values`, both longer by `AHEAD`."""

    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]
    values: FloatArray


class ObservedData:
    """The observed entries by rows and by columns, shared by all stacks."""

    def __init__(self, matrix: Observed, dtype: torch.dtype) -> None:
        self.matrix, self.dtype = matrix, np.dtype(np.float64 if dtype == torch.float64 else np.float32)
        self.rank = matrix.description.rank
        row, column, values = matrix.row_of_entry, matrix.indices, matrix.values
        by_column = np.lexsort((row, column))
        column_indptr = np.append(0, np.cumsum(np.bincount(column, minlength=matrix.shape[1])))
        self.rows = self._lines(matrix.indptr, column, values)
        self.columns = self._lines(column_indptr, row[by_column], values[by_column])
        self.lanes = WIDTH
        while self.lanes > 1 and self.padded_rank * self.lanes > LARGEST_LINE * WIDTH:
            self.lanes //= 2

    @property
    def padded_rank(self) -> int:
        """The rank, filled up so that lines are whole vectors; what is added is 0 and stays so."""
        ranks_of_a_vector = WIDTH // self.lanes
        return -(-self.rank // ranks_of_a_vector) * ranks_of_a_vector

    @property
    def largest_stack(self) -> int:
        """Restarts that fit one stack."""
        return self.lanes

    def stack(self, U: FloatArray, V: FloatArray) -> "ObservedStack":
        """Restarts U (k, n, r), V (k, r, m) for descent."""
        return ObservedStack(
            self, self.side_by_side(U.transpose(1, 2, 0)), self.side_by_side(V.transpose(2, 1, 0)), len(U)
        )

    def side_by_side(self, factor: FloatArray) -> FloatArray:
        """Restarts (lines, r, k) as (lines, padded rank, lanes); lanes without a restart are 0 and stay so."""
        lines, rank, restarts = factor.shape
        padded = zeros_in_whole_cache_lines((lines, self.padded_rank, self.lanes), self.dtype)
        padded[:, :rank, :restarts] = factor
        return padded

    def _lines(self, indptr: npt.NDArray[Any], indices: npt.NDArray[Any], values: FloatArray) -> Lines:
        return Lines(
            indptr.astype(np.int64),
            np.append(indices, np.zeros(AHEAD)).astype(np.int32),
            np.append(values, np.zeros(AHEAD)).astype(self.dtype),
        )


class ObservedStack:
    """k restarts in motion: U (n, padded rank, lanes) and V^T (m, padded rank, lanes)."""

    def __init__(self, data: ObservedData, U: FloatArray, VT: FloatArray, restarts: int) -> None:
        self.data, self.U, self.VT, self.restarts = data, U, VT, restarts
        self._new_U, self._new_VT = (zeros_in_whole_cache_lines(factor.shape, factor.dtype) for factor in (U, VT))

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Take `steps` steps with the given step size (k,) of each restart."""
        rows, columns = self.data.rows, self.data.columns
        eta, layout = self.in_lanes(step_sizes), self.layout
        for _ in range(steps):
            _step(rows.indptr, rows.indices, rows.values, self.U, self.VT, eta, self._new_U, *layout)
            _step(columns.indptr, columns.indices, columns.values, self.VT, self.U, eta, self._new_VT, *layout)
            self.U, self.VT, self._new_U, self._new_VT = self._new_U, self._new_VT, self.U, self.VT

    @property
    def layout(self) -> tuple[tuple[Any, ...], tuple[bool, ...]]:
        """The layout as `observed_lines` wants it: as the types of two tuples."""
        vectors = self.data.padded_rank * self.data.lanes // WIDTH
        return tuple(np.zeros(self.data.lanes, self.data.dtype)), (True,) * vectors

    def in_lanes(self, numbers: npt.NDArray[np.float64]) -> FloatArray:
        """A number (k,) of each restart in all its places of a vector."""
        lanes = np.zeros(self.data.lanes, self.data.dtype)
        lanes[: self.restarts] = numbers
        return np.tile(lanes, WIDTH // self.data.lanes)

    def losses(self) -> npt.NDArray[np.float64]:
        """1/2 mean squared error over the observed entries of each restart (k,), in float64."""
        matrix = self.data.matrix
        factors = (self._of_restart(restart, np.float64) for restart in range(self.restarts))
        squares = [_squared_error(matrix.indptr, matrix.indices, matrix.values, U, VT) for U, VT in factors]
        return 0.5 * np.array(squares) / matrix.values.size

    def curvatures(self) -> npt.NDArray[np.float64]:
        """Upper bound of L_U + L_V of each restart (k,).

        L_U is the largest eigenvalue of sum_j v_j v_j^T over the entries observed in a row, at most its trace.
        """
        matrix = self.data.matrix
        factors = (self._of_restart(restart, np.float64) for restart in range(self.restarts))
        return np.array([sum(_largest_traces(matrix.indptr, matrix.indices, U, VT)) for U, VT in factors])

    def projected_gradients(self) -> npt.NDArray[np.float64]:
        """Frobenius norm of the projected gradient of the mean loss of each restart (k,), in float64."""
        return np.array([self._projected_gradient(restart) for restart in range(self.restarts)])

    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V (r, m) of one restart."""
        U, VT = self._of_restart(restart, self.data.dtype)
        return U, VT.T.copy(order="C")

    def keep(self, restarts: list[int]) -> Self:
        """The named restarts alone: the others have stopped."""
        U, VT = (self.data.side_by_side(factor[:, : self.data.rank, restarts]) for factor in (self.U, self.VT))
        return type(self)(self.data, U, VT, len(restarts))

    def _of_restart(self, restart: int, dtype: npt.DTypeLike) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V^T (m, r) of one restart."""
        U, VT = (factor[:, : self.data.rank, restart].astype(dtype, order="C") for factor in (self.U, self.VT))
        return U, VT

    def _projected_gradient(self, restart: int) -> float:
        matrix, factors = self.data.matrix, self._of_restart(restart, np.float64)
        gradients = _gradient(matrix.indptr, matrix.indices, matrix.values, *factors)
        projected = sum(
            np.square(np.where(factor > 0, gradient, np.minimum(gradient, 0))).sum()
            for factor, gradient in zip(factors, gradients, strict=True)
        )
        return float(np.sqrt(projected)) / matrix.values.size


_jit = numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz"}, error_model="numpy")
_jit_sums = numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz", "reassoc"}, error_model="numpy")


def zeros_in_whole_cache_lines(shape: tuple[int, ...], dtype: npt.DTypeLike) -> FloatArray:
    """Zeros that begin where a cache line does, so that no vector lies across two."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    # numpy asks for huge pages in `empty`, not in `zeros`; lines are met in no order, which small pages make slow.
    memory = np.empty(size + CACHE_LINE, np.uint8)
    memory.fill(0)
    start = -memory.ctypes.data % CACHE_LINE
    return memory[start : start + size].view(dtype).reshape(shape)


@_jit
def _step(indptr, indices, values, U, VT, eta, new, lanes, vectors):  # type: ignore[no-untyped-def]
    """One projected step of every line of U, written to `new`."""
    line = U.itemsize * U.shape[1] * U.shape[2]
    for i in range(len(U)):
        first = indptr[i]
        index, value = indices.ctypes.data + 4 * first, values.ctypes.data + values.itemsize * first
        u, new_u = U.ctypes.data + i * line, new.ctypes.data + i * line
        step_along_gradient(  # type: ignore[call-arg]
            u, VT.ctypes.data, index, value, indptr[i + 1] - first, eta.ctypes.data, new_u, lanes, vectors
        )


@_jit_sums
def _squared_error(indptr, indices, values, U, VT):  # type: ignore[no-untyped-def]
    """Sum of squared errors."""
    square = 0.0
    for i in range(U.shape[0]):
        for entry in range(indptr[i], indptr[i + 1]):
            error = -values[entry]
            for a in range(U.shape[1]):
                error += U[i, a] * VT[indices[entry], a]
            square += error * error
    return square


@_jit_sums
def _gradient(indptr, indices, values, U, VT):  # type: ignore[no-untyped-def]
    """E V^T (n, r) and E^T U (m, r)."""
    r = U.shape[1]
    U_gradient, VT_gradient = np.zeros_like(U), np.zeros_like(VT)
    for i in range(U.shape[0]):
        for entry in range(indptr[i], indptr[i + 1]):
            j = indices[entry]
            error = -values[entry]
            for a in range(r):
                error += U[i, a] * VT[j, a]
            for a in range(r):
                U_gradient[i, a] += error * VT[j, a]
                VT_gradient[j, a] += error * U[i, a]
    return U_gradient, VT_gradient


@_jit_sums
def _largest_traces(indptr, indices, U, VT):  # type: ignore[no-untyped-def]
    """Largest over rows i of sum_j |v_j|^2, and over columns j of sum_i |u_i|^2, over observed entries."""
    n, r = U.shape
    m = VT.shape[0]
    v_square, column_trace = np.zeros(m), np.zeros(m)
    for j in range(m):
        for a in range(r):
            v_square[j] += VT[j, a] ** 2
    largest_row = 0.0
    for i in range(n):
        u_square = 0.0
        for a in range(r):
            u_square += U[i, a] ** 2
        row_trace = 0.0
        for entry in range(indptr[i], indptr[i + 1]):
            row_trace += v_square[indices[entry]]
            column_trace[indices[entry]] += u_square
        largest_row = max(largest_row, row_trace)
    return largest_row, column_trace.max()
