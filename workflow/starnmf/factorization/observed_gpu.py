"""Projected gradient descent on observed entries through torch's sparse products: the way taken on a GPU.

The same steps as in `observed`; every product is over compressed rows (of X, and of X^T for the gradient of V), so no
atomic additions are needed. It runs on any torch device, which is how it is tested without a GPU.
"""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starnmf.matrix import FloatArray, Observed


class ObservedGpuData:
    """Compressed rows of X and of X^T on the device, shared by every restart."""

    def __init__(self, matrix: Observed, dtype: torch.dtype, device: torch.device) -> None:
        self.device, self.dtype = device, dtype
        row, column = matrix.row_of_entry, matrix.indices
        self.shape = matrix.shape
        by_column = np.lexsort((row, column))
        transposed_indptr = np.zeros(self.shape[1] + 1, dtype=np.int64)
        np.cumsum(np.bincount(column, minlength=self.shape[1]), out=transposed_indptr[1:])
        self.rows = self._index(matrix.indptr), self._index(column)
        self.columns = self._index(transposed_indptr), self._index(row[by_column])
        self.by_column = self._index(by_column)
        self.values = torch.from_numpy(matrix.values).to(device)

    @property
    def largest_stack(self) -> int:
        """One: restarts share nothing that a stack would save."""
        return 1

    def stack(self, U: FloatArray, V: FloatArray) -> "ObservedGpuStack":
        """Restarts U (k, n, r), V (k, r, m) for descent."""
        U_tensor, V_tensor = (torch.from_numpy(factor).to(self.device, self.dtype) for factor in (U, V))
        return ObservedGpuStack(self, list(U_tensor), list(V_tensor.mT.contiguous()))

    def errors(self, U: Tensor, VT: Tensor) -> Tensor:
        """E = UV - X at the observed entries, in compressed rows."""
        X = torch.sparse_csr_tensor(*self.rows, self.values.to(U.dtype), self.shape, check_invariants=False)
        errors: Tensor = torch.sparse.sampled_addmm(X, U, VT.mT, beta=-1.0)
        return errors

    def gradients(self, U: Tensor, VT: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Observed errors (entries,), E V^T (n, r) and E^T U (m, r)."""
        E = self.errors(U, VT)
        values = E.values()
        E_transposed = torch.sparse_csr_tensor(
            *self.columns, values[self.by_column], self.shape[::-1], check_invariants=False
        )
        return values, E @ VT, E_transposed @ U

    def largest_trace(self, lines: tuple[Tensor, Tensor], factor: Tensor) -> float:
        """Largest over the compressed lines of the sum of |f_j|^2 over the line's entries, in float64."""
        indptr, indices = lines
        running = torch.zeros(len(indices) + 1, dtype=torch.float64, device=self.device)
        torch.cumsum(factor.double().square().sum(1)[indices], 0, out=running[1:])
        return float((running[indptr[1:]] - running[indptr[:-1]]).max())

    def _index(self, indices: npt.NDArray[Any]) -> Tensor:
        return torch.from_numpy(indices.astype(np.int64)).to(self.device)


class ObservedGpuStack:
    """k restarts in motion: U (n, r) and V^T (m, r) of each."""

    def __init__(self, data: ObservedGpuData, U: list[Tensor], VT: list[Tensor]) -> None:
        self.data, self.U, self.VT = data, U, VT

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Take `steps` steps with the given step size (k,) of each restart."""
        for restart, eta in enumerate(step_sizes):
            for _ in range(steps):
                U, VT = self.U[restart], self.VT[restart]
                _, U_gradient, VT_gradient = self.data.gradients(U, VT)
                self.U[restart] = (U - float(eta) * U_gradient).clamp_(min=0)
                self.VT[restart] = (VT - float(eta) * VT_gradient).clamp_(min=0)

    def losses(self) -> npt.NDArray[np.float64]:
        """1/2 mean squared error over the observed entries of each restart (k,), in float64."""
        errors = (self.data.errors(U.double(), VT.double()).values() for U, VT in zip(self.U, self.VT, strict=True))
        return np.array([0.5 * float(error.square().mean()) for error in errors])

    def curvatures(self) -> npt.NDArray[np.float64]:
        """Upper bound of L_U + L_V of each restart (k,), as in `observed`."""
        data = self.data
        return np.array(
            [
                data.largest_trace(data.rows, VT) + data.largest_trace(data.columns, U)
                for U, VT in zip(self.U, self.VT, strict=True)
            ]
        )

    def projected_gradients(self) -> npt.NDArray[np.float64]:
        """Frobenius norm of the projected gradient of the mean loss of each restart (k,), in float64."""
        norms = []
        for U, VT in zip(self.U, self.VT, strict=True):
            values, *gradients = self.data.gradients(U.double(), VT.double())
            projected = (
                torch.where(factor > 0, gradient, gradient.clamp(max=0)).square().sum()
                for factor, gradient in zip((U, VT), gradients, strict=True)
            )
            norms.append(float(sum(projected)) ** 0.5 / len(values))
        return np.array(norms)

    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V (r, m) of one restart."""
        return self.U[restart].cpu().numpy(), self.VT[restart].T.contiguous().cpu().numpy()

    def keep(self, restarts: list[int]) -> Self:
        """The named restarts alone: the others have stopped."""
        return type(self)(self.data, [self.U[k] for k in restarts], [self.VT[k] for k in restarts])
