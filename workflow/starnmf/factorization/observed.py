"""Projected gradient descent on observed entries only: one fused pass over the entries a step, never a dense mask.

    E_ij = u_i . v_j - X_ij on the observed entries,    U <- max(0, U - eta E V^T),    V <- max(0, V - eta U^T E),

both updates from the factors as they were before the step. On the CPU numba walks the compressed rows and drops each
error as soon as it is used; on a GPU torch's sampled product and its sparse product do the same in three calls.
"""

from typing import Self

import numba
import numpy as np
import numpy.typing as npt
import torch

from starnmf.matrix import FloatArray, Observed


class ObservedData:
    """The compressed rows, shared by every restart on the CPU."""

    def __init__(self, matrix: Observed, dtype: torch.dtype) -> None:
        self.dtype = np.float64 if dtype == torch.float64 else np.float32
        self.indptr, self.indices = matrix.indptr, matrix.indices
        self.values = matrix.values.astype(self.dtype)

    @staticmethod
    def restarts_per_stack(rank: int) -> int:
        """One: restarts share nothing that a stack would save."""
        return 1

    def stack(self, U: FloatArray, V: FloatArray) -> "ObservedStack":
        """Restarts U (k, n, r), V (k, r, m) for descent."""
        VT = V.transpose(0, 2, 1)
        return ObservedStack(self, list(U.astype(self.dtype)), [np.ascontiguousarray(vt, self.dtype) for vt in VT])


class ObservedStack:
    """k restarts in motion: U (n, r) and V^T (m, r) of each."""

    def __init__(self, data: ObservedData, U: list[FloatArray], VT: list[FloatArray]) -> None:
        self.data, self.U, self.VT = data, U, VT

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Take `steps` steps with the given step size (k,) of each restart."""
        data = self.data
        for U, VT, eta in zip(self.U, self.VT, step_sizes, strict=True):
            _descend(data.indptr, data.indices, data.values, U, VT, data.dtype(eta), steps)

    def losses(self) -> npt.NDArray[np.float64]:
        """1/2 mean squared error over the observed entries of each restart (k,), in float64."""
        return np.array([self._at_rest(U, VT)[0] for U, VT in zip(self.U, self.VT, strict=True)])

    def curvatures(self) -> npt.NDArray[np.float64]:
        """Upper bound of L_U + L_V of each restart (k,).

        L_U is the largest eigenvalue of sum_j v_j v_j^T over the entries observed in a row, at most its trace.
        """
        data = self.data
        return np.array(
            [sum(_largest_traces(data.indptr, data.indices, U, VT)) for U, VT in zip(self.U, self.VT, strict=True)]
        )

    def projected_gradients(self) -> npt.NDArray[np.float64]:
        """Frobenius norm of the projected gradient of the mean loss of each restart (k,), in float64."""
        return np.array([self._at_rest(U, VT)[1] for U, VT in zip(self.U, self.VT, strict=True)])

    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V (r, m) of one restart."""
        return self.U[restart].copy(), np.ascontiguousarray(self.VT[restart].T)

    def keep(self, restarts: list[int]) -> Self:
        """The named restarts alone: the others have stopped."""
        return type(self)(self.data, [self.U[k] for k in restarts], [self.VT[k] for k in restarts])

    def _at_rest(self, U: FloatArray, VT: FloatArray) -> tuple[float, float]:
        data = self.data
        U, VT = U.astype(np.float64), VT.astype(np.float64)
        square, U_gradient, VT_gradient = _gradient(data.indptr, data.indices, data.values.astype(np.float64), U, VT)
        projected = sum(
            np.square(np.where(factor > 0, gradient, np.minimum(gradient, 0))).sum()
            for factor, gradient in ((U, U_gradient), (VT, VT_gradient))
        )
        return 0.5 * square / data.values.size, float(np.sqrt(projected)) / data.values.size


_jit = numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract", "nsz"}, error_model="numpy")


@_jit
def _descend(indptr, indices, values, U, VT, eta, steps):  # type: ignore[no-untyped-def]
    """Take projected gradient steps in place; a row of U is final as soon as its own entries are done."""
    n, r = U.shape
    VT_gradient = np.empty_like(VT)
    u_gradient = np.empty(r, U.dtype)
    for _ in range(steps):
        VT_gradient[:] = 0
        for i in range(n):
            u = U[i]
            u_gradient[:] = 0
            for entry in range(indptr[i], indptr[i + 1]):
                j = indices[entry]
                v, v_gradient = VT[j], VT_gradient[j]
                error = -values[entry]
                for a in range(r):
                    error += u[a] * v[a]
                for a in range(r):
                    u_gradient[a] += error * v[a]
                    v_gradient[a] += error * u[a]
            for a in range(r):
                u[a] = max(u[a] - eta * u_gradient[a], 0)
        for j in range(VT.shape[0]):
            for a in range(r):
                VT[j, a] = max(VT[j, a] - eta * VT_gradient[j, a], 0)


@_jit
def _gradient(indptr, indices, values, U, VT):  # type: ignore[no-untyped-def]
    """Sum of squared errors, E V^T (n, r) and E^T U (m, r)."""
    r = U.shape[1]
    U_gradient, VT_gradient = np.zeros_like(U), np.zeros_like(VT)
    square = 0.0
    for i in range(U.shape[0]):
        for entry in range(indptr[i], indptr[i + 1]):
            j = indices[entry]
            error = -values[entry]
            for a in range(r):
                error += U[i, a] * VT[j, a]
            square += error * error
            for a in range(r):
                U_gradient[i, a] += error * VT[j, a]
                VT_gradient[j, a] += error * U[i, a]
    return square, U_gradient, VT_gradient


@_jit
def _largest_traces(indptr, indices, U, VT):  # type: ignore[no-untyped-def]
    """Largest over rows i of sum_j |v_j|^2, and over columns j of sum_i |u_i|^2, over observed entries, in float64."""
    n, r = U.shape
    m = VT.shape[0]
    v_square, column_trace = np.zeros(m), np.zeros(m)
    for j in range(m):
        for a in range(r):
            v_square[j] += np.float64(VT[j, a]) ** 2
    largest_row = 0.0
    for i in range(n):
        u_square = 0.0
        for a in range(r):
            u_square += np.float64(U[i, a]) ** 2
        row_trace = 0.0
        for entry in range(indptr[i], indptr[i + 1]):
            row_trace += v_square[indices[entry]]
            column_trace[indices[entry]] += u_square
        largest_row = max(largest_row, row_trace)
    return largest_row, column_trace.max()
