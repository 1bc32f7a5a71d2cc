"""The steps of restarts whose arrays are torch tensors, on any device."""

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starnmf.factorization.step_state import StepState
from starnmf.matrix import FloatArray

State = StepState[Tensor]
"""Of a factor, or of a part of one."""


class TorchFlow:
    """k restarts, each at a stage of its own step, in states whose tensors all have three axes."""

    restarts_axis: ClassVar[int]
    """The axis of every tensor along which restarts lie."""
    states: list[State]

    def accept(self, restarts: list[int], lengths: npt.NDArray[np.float64]) -> None:
        """Make the ends of the named restarts' steps, of the given lengths, their starts.

        Y0 <- Y and F0 <- Z, minus the gradient there. An entry that was held at 0 and whose F has
        turned positive leaves the bound at the time where F, linear in between, is 0: by the end of
        the step it has come h F^2 / (2 (F - F0)) far.
        """
        index, length = self._named(restarts, lengths)
        for state in self.states:
            Y, F, Y0, F0 = (array.index_select(self.restarts_axis, index) for array in state[:4])
            leaves = (Y == 0) & (F > 0) & (Y0 == 0) & (F0 <= 0)
            rise = F - F0
            end = torch.where(leaves, F * F * length / (rise + rise), Y)
            state.Y0.index_copy_(self.restarts_axis, index, end)
            state.F0.index_copy_(self.restarts_axis, index, F)

    def start_steps(self, restarts: list[int], lengths: npt.NDArray[np.float64]) -> None:
        """Run the first stage, of the given length, of a step of the named restarts."""
        index, length = self._named(restarts, lengths)
        for state in self.states:
            Y0, F0 = (array.index_select(self.restarts_axis, index) for array in (state.Y0, state.F0))
            state.Y.index_copy_(self.restarts_axis, index, torch.addcmul(Y0, F0, length).clamp_(min=0))
            state.Z.index_copy_(self.restarts_axis, index, Y0)
            state.E.index_fill_(self.restarts_axis, index, 0)

    def arrays(self) -> list[FloatArray]:
        """All that the batch is, restart by restart (k, ...)."""
        return [array.movedim(self.restarts_axis, 0).cpu().numpy() for array in self._tensors()]

    def restore(self, arrays: list[FloatArray]) -> None:
        """Be what `arrays` told."""
        for array, saved in zip(self._tensors(), arrays, strict=True):
            array.copy_(torch.from_numpy(saved).movedim(0, self.restarts_axis))

    def _tensors(self) -> list[Tensor]:
        return [array for state in self.states for array in state]

    def _named(self, restarts: list[int], lengths: npt.NDArray[np.float64]) -> tuple[Tensor, Tensor]:
        """The named restarts, and their lengths in the shape that multiplies a tensor, on the device."""
        like = self.states[0].Y
        shape = [-1 if axis == self.restarts_axis else 1 for axis in range(like.ndim)]
        return torch.tensor(restarts, device=like.device), torch.from_numpy(lengths).to(like).reshape(shape)


def at_start(factor: Tensor) -> State:
    """As if a step had just ended at the start, so that its gradient is evaluated first."""
    return State(factor, torch.zeros_like(factor), factor.clone(), torch.zeros_like(factor), torch.zeros_like(factor))
