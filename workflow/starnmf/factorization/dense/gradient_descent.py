"""Projected gradient descent on a fully observed matrix: two matrix products a step for all restarts of a stack.

    U <- max(0, U - eta (U (V V^T) - X V^T)),    V <- max(0, V - eta ((U^T U) V - U^T X)),

both from the factors as they were before the step. While a chunk of the long side is in cache it gives its part of the
product with X and of the Gram, takes its own step, and is done.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starnmf.factorization.cuda_graph import Repeated
from starnmf.factorization.dense.data import DenseData
from starnmf.factorization.dense.stack import DenseStack


class DenseGradientDescent(DenseStack):
    """k restarts, each with its own step size."""

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        super().__init__(data, short, long)
        self._scaled_short, self._short_step = torch.empty_like(short), torch.empty_like(short)
        self._eta = short.new_empty((len(short) // data.rank, 1, 1))
        self._repeated = Repeated(self._step, data.device)

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Take `steps` steps with the given step size (k,) of each restart."""
        self._eta.copy_(torch.from_numpy(step_sizes).reshape(-1, 1, 1))
        self._repeated(steps)

    def _step(self) -> None:
        short, short_step = self.restarts(self.short), self.restarts(self._short_step)
        scaled_short = self.restarts(self._scaled_short)
        torch.mul(short, self._eta, out=scaled_short)
        scaled_short_gram = scaled_short @ short.mT
        long_gram = torch.zeros_like(scaled_short_gram)
        self._short_step.zero_()
        for X, chunk in zip(self.data.chunks, self.long, strict=True):
            long, step = self.restarts(chunk), self._products[chunk.shape]
            self._short_step.addmm_(chunk, X.T)
            long_gram.baddbmm_(long, long.mT)
            torch.mm(self._scaled_short, X, out=step)
            self.restarts(step).baddbmm_(scaled_short_gram, long, alpha=-1)
            chunk.add_(step).clamp_(min=0)
        short_step.baddbmm_(long_gram, short, alpha=-1)
        short.addcmul_(short_step, self._eta).clamp_(min=0)
