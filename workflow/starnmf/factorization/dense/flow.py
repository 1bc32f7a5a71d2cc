"""The flow on a fully observed matrix: two matrix products for the gradients of all restarts of a
batch.

    F_U = X V^T - U (V V^T),    F_V = U^T X - (U^T U) V,

both at the same point. While a chunk of the long side is in cache it gives its part of the product
with X and of the Gram, runs its own stage, and is done.
"""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starnmf.factorization import elementwise
from starnmf.factorization.dense import arithmetic
from starnmf.factorization.dense.batch import DenseBatch
from starnmf.factorization.dense.data import DenseData
from starnmf.factorization.torch_flow import TorchFlow, at_start


class DenseFlow(TorchFlow, DenseBatch):
    """k restarts, each at a stage of its own step."""

    restarts_axis = 0

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        super().__init__(data, short, long)
        self.states = [at_start(part) for part in (short, *long)]

    def stage(self, weights: npt.NDArray[np.float64], ending: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        """Evaluate all gradients, run a stage of every restart or end its step; see `flow.FlowBatch`."""
        weights = weights.astype(str(self.data.dtype).removeprefix("torch."))
        short, *long = self.states
        short_gram = self.short @ self.short.mT
        self.forget_long()
        sums = []
        for X, XT, chunk, state in zip(self.data.chunks, self.data.transposed_chunks, self.long, long, strict=True):
            self.add_product_and_gram(chunk, XT)
            product = arithmetic.multiply(self.short, X, out=self.products[chunk.shape])
            sums.append(arithmetic.stage(product, short_gram, state, weights, ending))
            arithmetic.keep(state, weights[:, 11])
        of_long = np.sum(sums, axis=0)
        of_short = arithmetic.stage(self.long_product, self.long_gram, short, weights, ending)
        arithmetic.keep(short, weights[:, 11])
        return np.stack([of_short, of_long])[:, ending].swapaxes(1, 2)

    def accept(self, restarts: list[int], lengths: npt.NDArray[np.float64]) -> None:
        """See `TorchFlow.accept`."""
        if self.data.device.type == "cpu":
            self._pass_over(elementwise.accept, 4, restarts, lengths)
        else:
            super().accept(restarts, lengths)

    def start_steps(self, restarts: list[int], lengths: npt.NDArray[np.float64]) -> None:
        """Run the first stage, of the given length, of a step of the named restarts."""
        if self.data.device.type == "cpu":
            self._pass_over(elementwise.start, 5, restarts, lengths)
        else:
            super().start_steps(restarts, lengths)

    def largest_eigenvalue(self, restart: int) -> float:
        """Of the Hessian at zero residual, exactly: those of V V^T and U^T U together."""
        short, long = self._point64(restart)
        grams = short @ short.T, sum((chunk @ chunk.T for chunk in long[1:]), long[0] @ long[0].T)
        return sum(float(torch.linalg.eigvalsh(gram.cpu())[-1]) for gram in grams)

    def point(self, restart: int) -> tuple[Tensor, list[Tensor]]:
        """Where the restart's step began."""
        short, *long = (state.Y0[restart] for state in self.states)
        return short, long

    def keep(self, restarts: list[int]) -> Self:
        """A batch of the named restarts alone."""
        kept = super().keep(restarts)
        kept.restore([array[restarts] for array in self.arrays()])
        return kept

    def _pass_over(
        self, function: Callable[..., Any], arrays: int, restarts: list[int], lengths: npt.NDArray[np.float64]
    ) -> None:
        """Apply a function of `elementwise` to the first so many arrays of the named restarts."""
        for state in self.states:
            for restart, length in zip(restarts, lengths, strict=True):
                of_restart = [array[restart].numpy() for array in state[:arrays]]
                function(*of_restart, of_restart[0].dtype.type(length))
