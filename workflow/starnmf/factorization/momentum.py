"""Nesterov's momentum of every restart, started anew when it carries a restart against its descent."""

from typing import Self

import torch
from torch import Tensor


class Momentum:
    """The sequence t <- (1 + sqrt(1 + 4 t^2)) / 2 of every restart (k,) float64, from t = 1, kept in place."""

    def __init__(self, t: Tensor) -> None:
        self.t = t

    @classmethod
    def at_rest(cls, restarts: int, device: torch.device) -> Self:
        """Before the first step."""
        return cls(torch.ones(restarts, dtype=torch.float64, device=device))

    @property
    def beta(self) -> Tensor:
        """The share (k,) of the last move by which the next step's point is carried on."""
        return (self.t - 1) / self._following()

    def advance(self, against: Tensor) -> None:
        """Go on in the sequence, or start anew where sum (y - new)(new - u) is above 0 (O'Donoghue and Candes 2015)."""
        self.t.copy_(torch.where(against > 0, 1.0, self._following()))

    def keep(self, restarts: Tensor) -> Self:
        """The momentum of the named restarts."""
        return type(self)(self.t[restarts])

    def _following(self) -> Tensor:
        return (1 + (1 + 4 * self.t.square()).sqrt()) / 2
