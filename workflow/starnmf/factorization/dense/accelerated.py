"""Accelerated alternating descent on a fully observed matrix.

With the other factor fixed, the loss has curvature at most lambda_max(G), G its Gram. Each factor steps by the inverse
from a point carried on along its last move: accelerated PALM (Bolte, Sabach and Teboulle 2014; Nesterov 1983), its
momentum started anew where it hinders.
"""

from typing import Self

import torch
from torch import Tensor

from starnmf.factorization.dense.alternating import DenseAlternating
from starnmf.factorization.dense.data import DenseData
from starnmf.factorization.momentum import Momentum

POWERS = 3
"""Products with the Gram that its largest eigenvalue is bounded with."""


class DenseAccelerated(DenseAlternating):
    """k restarts, with where they were one step ago."""

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        super().__init__(data, short, long)
        self._before = [part.clone() for part in (short, *long)]
        self._momentum = Momentum.at_rest(len(short) // data.rank, data.device)
        self._against = torch.zeros_like(self._momentum.t)

    def prepare(self, gram: Tensor) -> None:
        """Step size and momentum of every restart."""
        self._step_size = 1 / largest_eigenvalue_bound(gram)
        self._beta = self._momentum.beta.to(gram.dtype)[:, None, None]

    def move(self, place: int, factor: Tensor, product: Tensor, gram: Tensor) -> None:
        """F <- max(0, Y - (G Y - P) / L) with Y = F + beta (F - F before)."""
        F, before = self.restarts(factor), self.restarts(self._before[place])
        point = torch.addcmul(F, self._beta, F - before)
        before.copy_(F)
        slope = torch.baddbmm(self.restarts(product), gram, point, beta=-1)
        torch.addcmul(point, slope, self._step_size, value=-1, out=F).clamp_(min=0)
        self._against += ((point - F) * (F - before)).sum((1, 2))

    def end_step(self) -> None:
        """Carry the momentum on."""
        self._momentum.advance(self._against)
        self._against.zero_()

    def keep(self, restarts: list[int]) -> Self:
        """A stack of the named restarts alone: the others have stopped."""
        left = super().keep(restarts)
        left._before = [self.kept(part, restarts) for part in self._before]
        left._momentum = self._momentum.keep(torch.tensor(restarts, device=self.data.device))
        return left


def largest_eigenvalue_bound(gram: Tensor) -> Tensor:
    """Upper bound (k, 1, 1) of the largest eigenvalue of non-negative Grams (k, r, r); never 0.

    For any x > 0 it is max_a (G x)_a / x_a (Collatz 1942); x is brought near the leading eigenvector first.
    """
    x = gram.new_ones((len(gram), gram.shape[1], 1))
    bounds = []
    for _ in range(POWERS):
        product = gram @ x
        bounds.append((product / x).amax((1, 2), keepdim=True).clamp(min=torch.finfo(gram.dtype).tiny))
        x = (product / bounds[-1]).clamp(min=1e-6)
    return torch.stack(bounds).amin(0)
