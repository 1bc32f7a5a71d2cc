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

from starnmf.factorization.largest_eigenvalue import largest_eigenvalue
from starnmf.factorization.observed_gpu.kernels import (
    CompressedRows,
    State,
    gradient,
    run_stage,
    squared_errors,
)
from starnmf.matrix import FloatArray, Observed

Array = npt.NDArray[np.float64]


class ObservedGpuData:
    """Compressed rows of X and of X^T on the device, shared by every restart."""

    def __init__(self, matrix: Observed, dtype: torch.dtype, device: torch.device) -> None:
        self.device, self.dtype = device, dtype
        self.entries = len(matrix.values)
        self.rows, self.columns = self._compressed(matrix), self._compressed(matrix.transposed())

    def _compressed(self, matrix: Observed) -> CompressedRows:
        arrays = matrix.indptr, matrix.indices, matrix.values
        return CompressedRows(*(torch.from_numpy(array).to(self.device) for array in arrays))


class ObservedGpuFlow:
    """k restarts, each at a stage of its own step; U (n, k, r) and V^T (m, k, r)."""

    def __init__(self, data: ObservedGpuData, rows: State, columns: State) -> None:
        self.data = data
        self._states = [rows, columns]
        self._new = [torch.empty_like(state.Y) for state in self._states]

    @classmethod
    def start(cls, data: ObservedGpuData, U: FloatArray, V: FloatArray) -> Self:
        """The batch of restarts U (k, n, r), V (k, r, m)."""
        U_tensor, V_tensor = (torch.from_numpy(factor).to(data.device, data.dtype) for factor in (U, V))
        return cls(data, _at_start(U_tensor.transpose(0, 1)), _at_start(V_tensor.permute(2, 0, 1)))

    def stage(self, weights: Array, ending: npt.NDArray[np.bool_]) -> Array:
        """Evaluate all gradients, run a stage of every restart or end its step; see
        `flow.FlowBatch`.
        """
        on_device = torch.from_numpy(weights).to(self.data.device, self.data.dtype).contiguous()
        keeping = bool(weights[:, 11].any())
        measuring = bool(ending.any())
        rows, columns = self._states
        of_rows = run_stage(self.data.rows, columns.Y, rows, on_device, self._new[0], measuring)
        of_columns = run_stage(self.data.columns, rows.Y, columns, on_device, self._new[1], measuring)
        for place, state in enumerate(self._states):
            state.Y, self._new[place] = self._new[place], state.Y
            if keeping:
                state.E.addcmul_(state.Y, on_device[None, :, 11, None])
        if not measuring:
            # Nothing is asked of the GPU, so that the next stage can be sent to it before this one is done.
            return np.empty((2, 2, 0))
        return torch.stack([*of_rows, *of_columns]).cpu().numpy().reshape(2, 2, -1)[..., ending]

    def accept(self, restarts: list[int], lengths: Array) -> None:
        """The steps of the named restarts, of the given lengths, count; see `elementwise.accept`."""
        index, length = self._named(restarts, lengths)
        for state in self._states:
            Y, Z, Y0, F0 = (array.index_select(1, index) for array in state.arrays[:4])
            leaves = (Y == 0) & (Z > 0) & (Y0 == 0) & (F0 <= 0)
            rise = Z - F0
            state.Y0.index_copy_(1, index, torch.where(leaves, length * Z * Z / (rise + rise), Y))
            state.F0.index_copy_(1, index, Z)

    def start_steps(self, restarts: list[int], lengths: Array) -> None:
        """Run the first stage, of the given length, of a step of the named restarts."""
        index, length = self._named(restarts, lengths)
        for state in self._states:
            Y0, F0 = (array.index_select(1, index) for array in (state.Y0, state.F0))
            state.Y.index_copy_(1, index, (Y0 + length * F0).clamp_(min=0))
            state.Z.index_copy_(1, index, Y0)
            state.E.index_fill_(1, index, 0)

    def point(self, restart: int) -> tuple[Tensor, Tensor]:
        """U (n, 1, r) and V^T (m, 1, r) where the restart's step began."""
        U, VT = (state.Y0[:, restart : restart + 1].contiguous() for state in self._states)
        return U, VT

    def loss(self, restart: int) -> float:
        """1/2 mean squared error over the observed entries, in float64."""
        U, VT = self.point(restart)
        return 0.5 * float(squared_errors(self.data.rows, VT, U)) / self.data.entries

    def largest_eigenvalue(self, restart: int) -> float:
        """Of the Hessian of the sum loss, estimated from gradients in float64."""

        def gradients(*factors: Array) -> tuple[Array, Array]:
            on_device = (torch.from_numpy(factor).to(self.data.device) for factor in factors)
            of_U, of_VT = (slope.cpu().numpy() for slope in self._gradients(*on_device))
            return of_U, of_VT

        U, VT = (factor.double().cpu().numpy() for factor in self.point(restart))
        return largest_eigenvalue(gradients, U, VT)

    def projected_gradient(self, restart: int) -> float:
        """Frobenius norm of the projected gradient of the mean loss, in float64."""
        factors = self.point(restart)
        projected = [
            torch.where(factor > 0, slope, slope.clamp(max=0)).square().sum()
            for factor, slope in zip(factors, self._gradients(*factors), strict=True)
        ]
        return float((projected[0] + projected[1]).sqrt()) / self.data.entries

    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V (r, m) of one restart."""
        U, VT = (factor[:, 0].cpu().numpy() for factor in self.point(restart))
        return U.copy(), VT.T.copy(order="C")

    def keep(self, restarts: list[int]) -> Self:
        """A batch of the named restarts alone."""
        index = torch.tensor(restarts, device=self.data.device)
        rows, columns = (State(*(array.index_select(1, index) for array in state.arrays)) for state in self._states)
        return type(self)(self.data, rows, columns)

    def arrays(self) -> list[FloatArray]:
        """All that the batch is, restart by restart (k, ...)."""
        return [array.cpu().numpy().swapaxes(0, 1) for state in self._states for array in state.arrays]

    def restore(self, arrays: list[FloatArray]) -> None:
        """Be what `arrays` told."""
        own = (array for state in self._states for array in state.arrays)
        for array, saved in zip(own, arrays, strict=True):
            array.copy_(torch.from_numpy(saved).transpose(0, 1))

    def _gradients(self, U: Tensor, VT: Tensor) -> tuple[Tensor, Tensor]:
        return gradient(self.data.rows, VT, U), gradient(self.data.columns, U, VT)

    def _named(self, restarts: list[int], lengths: Array) -> tuple[Tensor, Tensor]:
        """The named restarts and their lengths (named, 1), on the device."""
        index = torch.tensor(restarts, device=self.data.device)
        return index, torch.from_numpy(lengths).to(self.data.device, self.data.dtype)[:, None]


def _at_start(factor: Tensor) -> State:
    """As if a step had just ended at the start, so that its gradient is evaluated first."""
    Y = factor.clone(memory_format=torch.contiguous_format)
    return State(Y, torch.zeros_like(Y), Y.clone(), torch.zeros_like(Y), torch.zeros_like(Y))
