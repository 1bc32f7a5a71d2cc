"""The flow on observed entries on a GPU: all restarts are one batch, a stage six kernels.

The same stages as in `observed`, over the compressed rows of X for U and those of X^T for V
(`kernels`): both gradients at the same point, then all else of a stage for either factor. Nothing
moves between calls, so that a stage is recorded once and replayed (`cuda_graph`). Triton compiles
the kernels; with TRITON_INTERPRET=1 it interprets them on the CPU, which is how they are tested
without a GPU.
"""

from typing import Self

import numpy as np
import torch
from torch import Tensor

from starnmf.arrays import Array, Booleans, FloatArray
from starnmf.factorization.cuda_graph import Repeated
from starnmf.factorization.gpu_flow import GpuFlow, ready_for
from starnmf.factorization.observed.batch import ObservedBatch
from starnmf.factorization.observed_gpu.kernels import (
    WEIGHTS,
    compressed_rows,
    gradient,
    run_stage,
    segment_gradients,
    squared_errors,
)
from starnmf.factorization.observed_gpu.layout import Layout
from starnmf.factorization.torch_flow import at_start
from starnmf.matrix import Observed

RESTARTS = 8
"""Restarts of a group: their vectors of 16 bytes make a line of 128."""


class ObservedGpuData:
    """Compressed rows of X and of X^T on the device, shared by every restart."""

    def __init__(self, matrix: Observed, dtype: torch.dtype, device: torch.device) -> None:
        self.device, self.dtype, self.rank = device, dtype, matrix.description.rank
        self.entries = len(matrix.values)
        self.rows, self.columns = (compressed_rows(side, device) for side in (matrix, matrix.transposed()))


class ObservedGpuFlow(GpuFlow, ObservedBatch):
    """k restarts in groups, each at a stage of its own step; those that fill the last group are 0 and stay so."""

    adjacent = RESTARTS

    def __init__(self, data: ObservedGpuData, U: Tensor, VT: Tensor) -> None:
        """Start at U (k, n, r) and V^T (k, m, r)."""
        self.data, self.restarts = data, len(U)
        self.layout = Layout.of(data.rank, data.dtype, RESTARTS)
        self.states = [at_start(self.layout.grouped(factor)) for factor in (U, VT)]
        filled = len(self.states[0].Y) * RESTARTS
        self._weights = U.new_empty((WEIGHTS.value, filled))
        self._squares = torch.empty((2, 2, filled), dtype=torch.float64, device=data.device)
        self._repeated = Repeated(data.device)

    @classmethod
    def start(cls, data: ObservedGpuData, U: FloatArray, V: FloatArray) -> Self:
        """The batch of restarts U (k, n, r), V (k, r, m)."""
        U_tensor, V_tensor = (torch.from_numpy(factor).to(data.device, data.dtype) for factor in (U, V))
        return cls(data, U_tensor, V_tensor.mT)

    def stage(self, weights: Array, ending: Booleans) -> Array:
        """Evaluate all gradients, run a stage of every restart or end its step; see `flow.FlowBatch`."""
        filled = np.zeros(self._weights.shape)
        filled[:, : self.restarts] = np.column_stack([weights, ending]).T
        self._weights.copy_(ready_for(self._weights, filled), non_blocking=True)
        self._repeated(self._run_stages)
        if not ending.any():
            # Nothing is asked of the GPU, so that the next stage can be sent to it before this one is done.
            return np.empty((2, 2, 0))
        return self._squares.cpu().numpy()[..., : self.restarts][..., ending]

    def _run_stages(self) -> None:
        (rows, columns), (of_U, of_VT) = self.states, (self.data.rows, self.data.columns)
        U_gradients = segment_gradients(of_U, columns.Y, rows.Y, self.layout)
        VT_gradients = segment_gradients(of_VT, rows.Y, columns.Y, self.layout)
        run_stage(of_U, U_gradients, rows, self._weights, self._squares[0], self.layout)
        run_stage(of_VT, VT_gradients, columns, self._weights, self._squares[1], self.layout)

    def point(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """Copies of U (n, r) and V^T (m, r) where the restart's step began."""
        group, place = divmod(restart, RESTARTS)
        U, VT = (self.layout.apart(state.Y0[group : group + 1])[place].numpy(force=True) for state in self.states)
        return U.copy(), VT.copy()

    def squared_error(self, U: Array, VT: Array) -> float:
        """Sum of squared errors over the observed entries."""
        alone, U_tensor, VT_tensor = self._alone(U, VT)
        return float(squared_errors(self.data.rows, VT_tensor, U_tensor, alone))

    def gradients(self, U: Array, VT: Array) -> tuple[Array, Array]:
        """Those of the sum loss: (n, r) and (m, r)."""
        alone, U_tensor, VT_tensor = self._alone(U, VT)
        of_U = gradient(self.data.rows, VT_tensor, U_tensor, alone)
        of_VT = gradient(self.data.columns, U_tensor, VT_tensor, alone)
        U_gradient, VT_gradient = (alone.apart(slopes)[0].numpy(force=True) for slopes in (of_U, of_VT))
        return U_gradient, VT_gradient

    def keep(self, restarts: list[int]) -> Self:
        """A batch of the named restarts alone."""
        index = torch.tensor(restarts, device=self.data.device)
        states = [[self.layout.apart(array)[index] for array in state] for state in self.states]
        kept = type(self)(self.data, states[0][0], states[1][0])
        for new, state in zip(kept.states, states, strict=True):
            for array, of_kept in zip(new, state, strict=True):
                array.copy_(self.layout.grouped(of_kept))
        return kept

    def arrays(self) -> list[FloatArray]:
        """All that the batch is, restart by restart (k, rows, r)."""
        return [self.layout.apart(array)[: self.restarts].cpu().numpy() for array in self.tensors()]

    def restore(self, arrays: list[FloatArray]) -> None:
        """Set the state to what `arrays` returned."""
        for array, saved in zip(self.tensors(), arrays, strict=True):
            array.copy_(self.layout.grouped(torch.from_numpy(saved)))

    def _alone(self, U: Array, VT: Array) -> tuple[Layout, Tensor, Tensor]:
        """The factors of one restart on the device, a group of their own."""
        alone = Layout.of(self.data.rank, torch.float64, restarts=1)
        U_tensor, VT_tensor = (alone.grouped(torch.from_numpy(factor)[None].to(self.data.device)) for factor in (U, VT))
        return alone, U_tensor, VT_tensor
