"""The flow on observed entries on a GPU: all restarts are one batch, a stage two kernels.

The same stages as in `observed`, over the compressed rows of X for U and those of X^T for V
(`kernels`), both at the same point. Triton compiles the kernels; with TRITON_INTERPRET=1 it
interprets them on the CPU, which is how they are tested without a GPU.
"""

from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starnmf.factorization.gpu_flow import GpuFlow, sent_to
from starnmf.factorization.observed.batch import Array, ObservedBatch
from starnmf.factorization.observed_gpu.kernels import CompressedRows, gradient, run_stage, squared_errors
from starnmf.factorization.torch_flow import State, at_start
from starnmf.matrix import FloatArray, Observed


class ObservedGpuData:
    """Compressed rows of X and of X^T on the device, shared by every restart."""

    def __init__(self, matrix: Observed, dtype: torch.dtype, device: torch.device) -> None:
        self.device, self.dtype = device, dtype
        self.entries = len(matrix.values)
        self.rows, self.columns = self._compressed(matrix), self._compressed(matrix.transposed())

    def _compressed(self, matrix: Observed) -> CompressedRows:
        indptr, indices, values = map(torch.from_numpy, (matrix.indptr, matrix.indices, matrix.values))
        return indptr.to(self.device), indices.to(self.device), values.to(self.device)


class ObservedGpuFlow(GpuFlow, ObservedBatch):
    """k restarts, each at a stage of its own step; U (n, k, r) and V^T (m, k, r)."""

    restarts_axis = 1

    def __init__(self, data: ObservedGpuData, rows: State, columns: State) -> None:
        self.data = data
        self.states = [rows, columns]
        self._new = [torch.empty_like(state.Y) for state in self.states]

    @classmethod
    def start(cls, data: ObservedGpuData, U: FloatArray, V: FloatArray) -> Self:
        """The batch of restarts U (k, n, r), V (k, r, m)."""
        U_tensor, V_tensor = (torch.from_numpy(factor).to(data.device, data.dtype) for factor in (U, V))
        rows, columns = U_tensor.transpose(0, 1), V_tensor.permute(2, 0, 1)
        return cls(data, *(at_start(factor.clone(memory_format=torch.contiguous_format)) for factor in (rows, columns)))

    def stage(self, weights: Array, ending: npt.NDArray[np.bool_]) -> Array:
        """Evaluate all gradients, run a stage of every restart or end its step; see `flow.FlowBatch`."""
        on_device = sent_to(self.states[0].Y, weights)
        keeping = bool(weights[:, 11].any())
        measuring = bool(ending.any())
        rows, columns = self.states
        of_rows = run_stage(self.data.rows, columns.Y, rows, on_device, self._new[0], measuring)
        of_columns = run_stage(self.data.columns, rows.Y, columns, on_device, self._new[1], measuring)
        for place, state in enumerate(self.states):
            self.states[place], self._new[place] = state._replace(Y=self._new[place]), state.Y
            if keeping:
                state.E.addcmul_(self.states[place].Y, on_device[None, :, 11, None])
        if not measuring:
            # Nothing is asked of the GPU, so that the next stage can be sent to it before this one is done.
            return np.empty((2, 2, 0))
        return torch.stack([*of_rows, *of_columns]).cpu().numpy().reshape(2, 2, -1)[..., ending]

    def point(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """Copies of U (n, r) and V^T (m, r) where the restart's step began."""
        U, VT = (state.Y0[:, restart].numpy(force=True).copy() for state in self.states)
        return U, VT

    def squared_error(self, U: Array, VT: Array) -> float:
        """Sum of squared errors over the observed entries."""
        U_tensor, VT_tensor = self._alone(U, VT)
        return float(squared_errors(self.data.rows, VT_tensor, U_tensor))

    def gradients(self, U: Array, VT: Array) -> tuple[Array, Array]:
        """Those of the sum loss: (n, r) and (m, r)."""
        U_tensor, VT_tensor = self._alone(U, VT)
        slopes = gradient(self.data.rows, VT_tensor, U_tensor), gradient(self.data.columns, U_tensor, VT_tensor)
        of_U, of_VT = (slope[:, 0].numpy(force=True) for slope in slopes)
        return of_U, of_VT

    def keep(self, restarts: list[int]) -> Self:
        """A batch of the named restarts alone."""
        index = torch.tensor(restarts, device=self.data.device)
        rows, columns = (State(*(array.index_select(1, index) for array in state)) for state in self.states)
        return type(self)(self.data, rows, columns)

    def _alone(self, U: Array, VT: Array) -> tuple[Tensor, Tensor]:
        """The factors of one restart on the device: (n, 1, r) and (m, 1, r)."""
        on_device = (torch.from_numpy(factor).to(self.data.device)[:, None] for factor in (U, VT))
        U_tensor, VT_tensor = on_device
        return U_tensor, VT_tensor
