"""Projected gradient descent on observed entries only: one fused pass over the entries a step, never a dense mask.

    E_ij = u_i . v_j - X_ij on the observed entries,    U <- max(0, U - eta E V^T),    V <- max(0, V - eta U^T E),

both updates from the factors as they were before the step. On the CPU an error is used and dropped as soon as it is
known, for all restarts of a stack at once (`lanes`), tile by tile of columns whose factors stay in cache.
"""

from typing import Self

import numba
import numpy as np
import numpy.typing as npt
import torch

from starnmf.factorization.lanes import entries_of_a_row
from starnmf.matrix import FloatArray, Observed

LANES = (4, 8, 16)
"""Restarts side by side in a stack: 16 float32 are one cache line."""

FEWEST_STACKS = 6
"""Stacks that restarts are spread over before a stack grows, so that threads have work."""

TILE = 2**19
"""Bytes of column factors and gradients in a tile: half a core's second-level cache."""

TOGETHER = 4
"""Entries of a row taken in one go, which share the loads of the row's factors."""


class ObservedData:
    """The observed entries cut into segments, those of one row within one tile of columns; shared by all stacks."""

    def __init__(self, matrix: Observed, dtype: torch.dtype, restarts: int) -> None:
        self.matrix, self.dtype = matrix, np.dtype(np.float64 if dtype == torch.float64 else np.float32)
        self.lanes = next((lanes for lanes in LANES if lanes * FEWEST_STACKS >= restarts), LANES[-1])
        tile = max(1, TILE // (2 * matrix.description.rank * self.lanes * self.dtype.itemsize))
        row, tile_of_entry = matrix.row_of_entry, matrix.indices // tile
        order = np.lexsort((row, tile_of_entry))
        row, tile_of_entry = row[order], tile_of_entry[order]
        starts = np.flatnonzero(np.diff(row, prepend=-1) | np.diff(tile_of_entry, prepend=-1))
        self.rows = row[starts].astype(np.int64)
        self.starts = np.append(starts, len(row))
        self.columns, self.values = matrix.indices[order], matrix.values[order].astype(self.dtype)

    @property
    def largest_stack(self) -> int:
        """Restarts that fit one stack."""
        return self.lanes

    def stack(self, U: FloatArray, V: FloatArray) -> "ObservedStack":
        """Restarts U (k, n, r), V (k, r, m) for descent."""
        return ObservedStack(self, self._in_lanes(U.transpose(1, 2, 0)), self._in_lanes(V.transpose(2, 1, 0)), len(U))

    def _in_lanes(self, factor: FloatArray) -> FloatArray:
        """Restarts (rows, r, k) as lanes (rows, r, lanes); lanes without a restart are 0 and stay so."""
        padded = np.zeros((*factor.shape[:2], self.lanes), self.dtype)
        padded[..., : factor.shape[2]] = factor
        return padded


class ObservedStack:
    """k restarts in motion: U (n, r, lanes) and V^T (m, r, lanes)."""

    def __init__(self, data: ObservedData, U: FloatArray, VT: FloatArray, restarts: int) -> None:
        self.data, self.U, self.VT, self.restarts = data, U, VT, restarts

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Take `steps` steps with the given step size (k,) of each restart."""
        data = self.data
        eta = np.zeros(data.lanes, data.dtype)
        eta[: self.restarts] = step_sizes
        gradients = np.empty_like(self.U), np.empty_like(self.VT)
        for _ in range(steps):
            _step(data.rows, data.starts, data.columns, data.values, self.U, self.VT, *gradients, eta, tuple(0 * eta))

    def losses(self) -> npt.NDArray[np.float64]:
        """1/2 mean squared error over the observed entries of each restart (k,), in float64."""
        matrix = self.data.matrix
        factors = (self._factors64(restart) for restart in range(self.restarts))
        squares = [_squared_error(matrix.indptr, matrix.indices, matrix.values, U, VT) for U, VT in factors]
        return 0.5 * np.array(squares) / matrix.values.size

    def curvatures(self) -> npt.NDArray[np.float64]:
        """Upper bound of L_U + L_V of each restart (k,).

        L_U is the largest eigenvalue of sum_j v_j v_j^T over the entries observed in a row, at most its trace.
        """
        matrix = self.data.matrix
        factors = (self._factors64(restart) for restart in range(self.restarts))
        return np.array([sum(_largest_traces(matrix.indptr, matrix.indices, U, VT)) for U, VT in factors])

    def projected_gradients(self) -> npt.NDArray[np.float64]:
        """Frobenius norm of the projected gradient of the mean loss of each restart (k,), in float64."""
        return np.array([self._projected_gradient(restart) for restart in range(self.restarts)])

    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V (r, m) of one restart."""
        return self.U[..., restart].copy(), self.VT[..., restart].T.copy(order="C")

    def keep(self, restarts: list[int]) -> Self:
        """The named restarts alone: the others have stopped."""
        U, VT = (np.zeros_like(factor) for factor in (self.U, self.VT))
        U[..., : len(restarts)], VT[..., : len(restarts)] = self.U[..., restarts], self.VT[..., restarts]
        return type(self)(self.data, U, VT, len(restarts))

    def _factors64(self, restart: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        return self.U[..., restart].astype(np.float64), self.VT[..., restart].astype(np.float64)

    def _projected_gradient(self, restart: int) -> float:
        matrix, factors = self.data.matrix, self._factors64(restart)
        gradients = _gradient(matrix.indptr, matrix.indices, matrix.values, *factors)
        projected = sum(
            np.square(np.where(factor > 0, gradient, np.minimum(gradient, 0))).sum()
            for factor, gradient in zip(factors, gradients, strict=True)
        )
        return float(np.sqrt(projected)) / matrix.values.size


_jit = numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz"}, error_model="numpy")
_add_one, _add_together = entries_of_a_row(1), entries_of_a_row(TOGETHER)


@_jit
def _step(rows, starts, columns, values, U, VT, U_gradient, VT_gradient, eta, lanes):  # type: ignore[no-untyped-def]
    """One projected gradient step in place; `lanes` is a tuple with a number of the factors' type for every lane."""
    r = U.shape[1]
    line, width = r * len(lanes) * U.itemsize, values.itemsize
    V_at, V_gradient_at = VT.ctypes.data, VT_gradient.ctypes.data
    U_gradient[:] = 0
    VT_gradient[:] = 0
    for segment in range(len(rows)):
        u, u_gradient = U.ctypes.data + rows[segment] * line, U_gradient.ctypes.data + rows[segment] * line
        entry, stop = starts[segment], starts[segment + 1]
        while entry < stop:
            column, value = columns.ctypes.data + 4 * entry, values.ctypes.data + width * entry
            if entry + TOGETHER <= stop:
                _add_together(u, u_gradient, V_at, V_gradient_at, column, value, r, lanes)
                entry += TOGETHER
            else:
                _add_one(u, u_gradient, V_at, V_gradient_at, column, value, r, lanes)
                entry += 1
    _project(U.reshape(-1, len(lanes)), U_gradient.reshape(-1, len(lanes)), eta)
    _project(VT.reshape(-1, len(lanes)), VT_gradient.reshape(-1, len(lanes)), eta)


@_jit
def _project(factor, gradient, eta):  # type: ignore[no-untyped-def]
    """factor <- max(0, factor - eta gradient), a restart in every column."""
    for row in range(factor.shape[0]):
        for lane in range(factor.shape[1]):
            factor[row, lane] = max(factor[row, lane] - eta[lane] * gradient[row, lane], 0)


@_jit
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


@_jit
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


@_jit
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
