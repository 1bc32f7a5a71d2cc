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
from starnmf.factorization.dense.arithmetic import descend, multiply
from starnmf.factorization.dense.data import DenseData
from starnmf.factorization.dense.stack import DenseStack


class DenseGradientDescent(DenseStack):
    """k restarts, each with its own step size."""

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        super().__init__(data, short, long)
        self._scaled_short, self._back_short = torch.empty_like(short), torch.empty_like(short)
        self._eta = short.new_empty((len(short) // data.rank, 1, 1))
        self._repeated = Repeated(self._step, data.device)

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Take `steps` steps with the given step size (k,) of each restart."""
        self._eta.copy_(torch.from_numpy(step_sizes).reshape(-1, 1, 1))
        self._repeated(steps)

    def _step(self) -> None:
        short, scaled_short = self.restarts(self.short), self.restarts(self._scaled_short)
        torch.mul(short, self._eta, out=scaled_short)
        scaled_short_gram = scaled_short @ short.mT
        self.long_product.zero_()
        self.long_gram.zero_()
        for X, XT, chunk in zip(self.data.chunks, self.data.transposed_chunks, self.long, strict=True):
            self.add_product_and_gram(chunk, XT)
            onward = multiply(self._scaled_short, X, out=self.products[chunk.shape])
            descend(self.restarts(chunk), self.restarts(onward), scaled_short_gram)
        multiply(self.long_gram, short, out=self.restarts(self._back_short))
        short_step = self.restarts(self.long_product.sub_(self._back_short))
        short.addcmul_(short_step, self._eta).clamp_(min=0)
