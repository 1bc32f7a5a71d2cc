"""Descent on observed entries on a GPU: all restarts are one stack, each optimizer a few kernels an iteration.

The same projected gradient steps as in `observed`, coordinate sweeps and accelerated steps, each over the compressed
rows of X for U and those of X^T for V (`kernels`). Triton compiles the kernels; with TRITON_INTERPRET=1
it interprets them on the CPU, which is how they are tested without a GPU.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starnmf.factorization.cuda_graph import Repeated
from starnmf.factorization.momentum import Momentum
from starnmf.factorization.observed_gpu.kernels import (
    Lines,
    coordinate_sweeps,
    extrapolated_step,
    gradient_step,
    largest_traces,
    projected_squares,
    squared_errors,
)
from starnmf.matrix import FloatArray, Observed

SWEEPS = 2
"""Coordinate sweeps over one factor before the other's turn: H is the dearer part, so a second one is nearly free."""


class ObservedGpuData:
    """Compressed rows of X and of X^T on the device, shared by every restart."""

    def __init__(self, matrix: Observed, dtype: torch.dtype, device: torch.device) -> None:
        self.device, self.dtype = device, dtype
        row, column = matrix.row_of_entry, matrix.indices
        by_column = np.lexsort((row, column))
        column_indptr = np.zeros(matrix.shape[1] + 1, dtype=np.int64)
        np.cumsum(np.bincount(column, minlength=matrix.shape[1]), out=column_indptr[1:])
        self.entries = len(column)
        self.rows = self._lines(matrix.indptr, column, matrix.values)
        self.columns = self._lines(column_indptr, row[by_column], matrix.values[by_column])

    def stack(self, U: FloatArray, V: FloatArray, optimizer: str = "gradient-descent") -> "ObservedGpuStack":
        """Restarts U (k, n, r), V (k, r, m) for `gradient-descent`, `hals` or `accelerated`."""
        U_tensor, V_tensor = (torch.from_numpy(factor).to(self.device, self.dtype) for factor in (U, V))
        U_rows, V_rows = U_tensor.transpose(0, 1).contiguous(), V_tensor.permute(2, 0, 1).contiguous()
        extrapolation = Extrapolation.at_rest(U_rows, V_rows) if optimizer == "accelerated" else None
        return ObservedGpuStack(self, U_rows, V_rows, optimizer, extrapolation)

    def _lines(self, indptr: npt.NDArray[Any], indices: npt.NDArray[Any], values: npt.NDArray[np.float32]) -> Lines:
        return Lines(*(torch.from_numpy(array).to(self.device) for array in (indptr, indices, values)))


@dataclass(frozen=True)
class Extrapolation:
    """State of accelerated descent: the factors one iteration ago, and every restart's momentum."""

    U_before: Tensor
    VT_before: Tensor
    momentum: Momentum

    @classmethod
    def at_rest(cls, U: Tensor, VT: Tensor) -> Self:
        """The state before the first iteration."""
        return cls(U.clone(), VT.clone(), Momentum.at_rest(U.shape[1], U.device))

    def keep(self, index: Tensor) -> Self:
        """That of the named restarts alone."""
        U_before, VT_before = (factor.index_select(1, index) for factor in (self.U_before, self.VT_before))
        return type(self)(U_before, VT_before, self.momentum.keep(index))


class ObservedGpuStack:
    """k restarts in motion: U (n, k, r) and V^T (m, k, r)."""

    def __init__(
        self, data: ObservedGpuData, U: Tensor, VT: Tensor, optimizer: str, extrapolation: Extrapolation | None
    ) -> None:
        self.data, self.U, self.VT, self.optimizer, self.extrapolation = data, U, VT, optimizer, extrapolation
        self._eta = U.new_empty(U.shape[1])
        iteration = {
            "gradient-descent": self._descend_once,
            "hals": self._sweep_once,
            "accelerated": self._accelerate_once,
        }
        self._iterate = Repeated(iteration[optimizer], data.device)

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Take `steps` iterations; gradient descent with the given step size (k,) of each restart."""
        self._eta.copy_(torch.from_numpy(step_sizes))
        self._iterate(steps)

    def losses(self) -> npt.NDArray[np.float64]:
        """1/2 mean squared error over the observed entries of each restart (k,), in float64."""
        return 0.5 * squared_errors(self.data.rows, self.VT, self.U).cpu().numpy() / self.data.entries

    def curvatures(self) -> npt.NDArray[np.float64]:
        """Upper bound of L_U + L_V of each restart (k,), as in `observed`."""
        of_rows = largest_traces(self.data.rows, self.VT, self.U)
        return (of_rows + largest_traces(self.data.columns, self.U, self.VT)).cpu().numpy()

    def projected_gradients(self) -> npt.NDArray[np.float64]:
        """Frobenius norm of the projected gradient of the mean loss of each restart (k,), in float64."""
        of_rows = projected_squares(self.data.rows, self.VT, self.U)
        square = of_rows + projected_squares(self.data.columns, self.U, self.VT)
        return square.sqrt().cpu().numpy() / self.data.entries

    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V (r, m) of one restart."""
        return self.U[:, restart].cpu().numpy().copy(), self.VT[:, restart].T.contiguous().cpu().numpy()

    def keep(self, restarts: list[int]) -> Self:
        """The named restarts alone: the others have stopped."""
        index = torch.tensor(restarts, device=self.data.device)
        extrapolation = self.extrapolation.keep(index) if self.extrapolation is not None else None
        U, VT = self.U.index_select(1, index), self.VT.index_select(1, index)
        return type(self)(self.data, U, VT, self.optimizer, extrapolation)

    def _descend_once(self) -> None:
        """A step of both factors from where they were before it; V steps in place, as only its own row is read."""
        U = torch.empty_like(self.U)
        gradient_step(self.data.rows, self.VT, self.U, self._eta, out=U)
        gradient_step(self.data.columns, self.U, self.VT, self._eta, out=self.VT)
        self.U.copy_(U)

    def _sweep_once(self) -> None:
        """Sweeps over U's rows given V, then over V's columns given the new U."""
        coordinate_sweeps(self.data.rows, self.VT, self.U, SWEEPS)
        coordinate_sweeps(self.data.columns, self.U, self.VT, SWEEPS)

    def _accelerate_once(self) -> None:
        """An extrapolated step of U given V, then of V given the new U."""
        assert self.extrapolation is not None
        state = self.extrapolation
        beta = state.momentum.beta.to(self.data.dtype)
        against = extrapolated_step(self.data.rows, self.VT, self.U, state.U_before, beta)
        against += extrapolated_step(self.data.columns, self.U, self.VT, state.VT_before, beta)
        state.momentum.advance(against)
