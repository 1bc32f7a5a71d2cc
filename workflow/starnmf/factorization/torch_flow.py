"""The steps of restarts whose arrays are torch tensors, on any device."""

import torch
from torch import Tensor

from starnmf.arrays import FloatArray
from starnmf.factorization.step_state import StepState

State = StepState[Tensor]
"""Of a factor, or of a part of one."""


class TorchFlow:
    """k restarts, each at a stage of its own step, in states whose tensors are (k, ...)."""

    states: list[State]

    def arrays(self) -> list[FloatArray]:
        """All that the batch is, restart by restart (k, ...)."""
        return [array.cpu().numpy() for array in self._tensors()]

    def restore(self, arrays: list[FloatArray]) -> None:
        """Be what `arrays` told."""
        for array, saved in zip(self._tensors(), arrays, strict=True):
            array.copy_(torch.from_numpy(saved))

    def _tensors(self) -> list[Tensor]:
        return [array for state in self.states for array in state]


def at_start(factor: Tensor) -> State:
    """As if a step had just ended at the start, so that its gradient is evaluated first."""
    return State(factor, torch.zeros_like(factor), factor.clone(), torch.zeros_like(factor), torch.zeros_like(factor))
