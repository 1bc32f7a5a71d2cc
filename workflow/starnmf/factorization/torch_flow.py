"""The steps of restarts whose arrays are torch tensors, on any device."""

import torch
from torch import Tensor

from starnmf.factorization.step_state import StepState

State = StepState[Tensor]
"""Of a factor, or of a part of one."""


class TorchFlow:
    """k restarts, each at a stage of its own step, in states whose tensors are (k, ...)."""

    states: list[State]

    def tensors(self) -> list[Tensor]:
        """Those of all states."""
        return [array for state in self.states for array in state]


def at_start(factor: Tensor) -> State:
    """As if a step had just ended at the start, so that its gradient is evaluated first."""
    return State(factor, torch.zeros_like(factor), factor.clone(), torch.zeros_like(factor), torch.zeros_like(factor))
