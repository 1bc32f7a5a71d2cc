"""Projected gradient descent on a fully observed matrix: many restarts as two matrix products a step.

All restarts share X, so k restarts are one product of width k r. With U^T stored as (k r, n) and V as (k r, m), both
products are plain and every per-restart view is contiguous. The residual is never formed:

    U^T <- max(0, U^T + eta (V X^T - (V V^T) U^T)),    V <- max(0, V + eta (U^T X - (U^T U) V)),

with the r x r Grams of each restart; both updates read the factors as they were before the step.
"""

from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starnmf.matrix import Dense, FloatArray

STACK_WIDTH = 128
"""Columns k r at which a CPU's matrix product is near its peak; more only cost cache."""


class DenseData:
    """X on the device in the precision of the descent, shared by every stack, and in float64 for exact losses."""

    def __init__(self, matrix: Dense, dtype: torch.dtype, device: torch.device) -> None:
        self.X = torch.from_numpy(matrix.X).to(device, dtype)
        self.X64 = self.X.double()
        self.half_square = 0.5 * float((self.X64 * self.X64).sum())

    @staticmethod
    def restarts_per_stack(rank: int) -> int:
        """Restarts that make one stack on a CPU."""
        return max(1, round(STACK_WIDTH / rank))

    def stack(self, U: FloatArray, V: FloatArray) -> "DenseStack":
        """Stack restarts U (k, n, r), V (k, r, m) for descent."""
        k, n, r = U.shape
        UT = torch.from_numpy(np.ascontiguousarray(U.transpose(0, 2, 1))).reshape(k * r, n)
        starts = UT, torch.from_numpy(V).reshape(k * r, -1)
        UT, V_stacked = (start.to(self.X.device, self.X.dtype, copy=True) for start in starts)
        return DenseStack(self, UT, V_stacked, r)


class DenseStack:
    """k restarts in motion: U^T (k r, n) and V (k r, m)."""

    def __init__(self, data: DenseData, UT: Tensor, V: Tensor, rank: int) -> None:
        self.data, self.UT, self.V, self.rank = data, UT, V, rank
        self._UT_next, self._V_next = torch.empty_like(UT), torch.empty_like(V)
        self._scaled_UT, self._scaled_V = torch.empty_like(UT), torch.empty_like(V)

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Take `steps` steps with the given step size (k,) of each restart."""
        X = self.data.X
        eta = torch.from_numpy(step_sizes).to(X.device, X.dtype).reshape(-1, 1, 1)
        for _ in range(steps):
            UT, V = self._restarts(self.UT), self._restarts(self.V)
            torch.mul(UT, eta, out=self._restarts(self._scaled_UT))
            torch.mul(V, eta, out=self._restarts(self._scaled_V))
            U_gram = torch.bmm(self._restarts(self._scaled_UT), UT.mT)
            V_gram = torch.bmm(self._restarts(self._scaled_V), V.mT)
            torch.addmm(self.UT, self._scaled_V, X.T, out=self._UT_next)
            torch.addmm(self.V, self._scaled_UT, X, out=self._V_next)
            self._restarts(self._UT_next).baddbmm_(V_gram, UT, alpha=-1)
            self._restarts(self._V_next).baddbmm_(U_gram, V, alpha=-1)
            self._UT_next.clamp_(min=0)
            self._V_next.clamp_(min=0)
            self.UT, self._UT_next = self._UT_next, self.UT
            self.V, self._V_next = self._V_next, self.V

    def losses(self) -> npt.NDArray[np.float64]:
        """1/2 mean squared error of each restart (k,), in float64 through Grams: 1/2 |X|^2 - <X, UV> + 1/2 |UV|^2."""
        UT, V = self._restarts(self.UT).double(), self.V.double()
        cross = (UT * self._restarts(V @ self.data.X64.T)).sum((1, 2))
        V = self._restarts(V)
        square = ((UT @ UT.mT) * (V @ V.mT)).sum((1, 2))
        return _to_numpy((self.data.half_square - cross + 0.5 * square) / self.data.X.numel())

    def curvatures(self) -> npt.NDArray[np.float64]:
        """L_U + L_V of each restart (k,): the largest eigenvalues of V V^T and U^T U.

        At zero residual the Hessian of the sum loss is at most |dU V + U dV|^2 <= L_U + L_V for a unit (dU, dV).
        """
        UT, V = self._restarts(self.UT).double(), self._restarts(self.V).double()
        largest = [torch.linalg.eigvalsh((factor @ factor.mT).cpu())[:, -1] for factor in (UT, V)]
        return _to_numpy(largest[0] + largest[1])

    def projected_gradients(self) -> npt.NDArray[np.float64]:
        """Frobenius norm of the projected gradient of the mean loss of each restart (k,), in float64."""
        UT, V = self.UT.double(), self.V.double()
        U_gradient = self._restarts(V) @ self._restarts(V).mT @ self._restarts(UT) - self._restarts(V @ self.data.X64.T)
        V_gradient = self._restarts(UT) @ self._restarts(UT).mT @ self._restarts(V) - self._restarts(UT @ self.data.X64)
        squares = [
            torch.where(self._restarts(factor) > 0, gradient, gradient.clamp(max=0)).square().sum((1, 2))
            for factor, gradient in ((UT, U_gradient), (V, V_gradient))
        ]
        return _to_numpy((squares[0] + squares[1]).sqrt() / self.data.X.numel())

    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V (r, m) of one restart."""
        U, V = self._restarts(self.UT)[restart].T, self._restarts(self.V)[restart]
        return U.cpu().numpy().copy(order="C"), V.cpu().numpy().copy()

    def keep(self, restarts: list[int]) -> Self:
        """A stack of the named restarts alone: the others have stopped."""
        index = torch.tensor(restarts, device=self.UT.device)
        UT, V = (self._restarts(factor)[index].flatten(0, 1) for factor in (self.UT, self.V))
        return type(self)(self.data, UT, V, self.rank)

    def _restarts(self, stacked: Tensor) -> Tensor:
        return stacked.view(-1, self.rank, stacked.shape[1])


def _to_numpy(values: Tensor) -> npt.NDArray[np.float64]:
    return np.asarray(values.cpu().numpy(), dtype=np.float64)
