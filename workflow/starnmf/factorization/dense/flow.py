"""The flow on a fully observed matrix: two matrix products for the gradients of all restarts of a
batch.

    F_U = X V^T - U (V V^T),    F_V = U^T X - (U^T U) V,

both at the same point. While a chunk of the long side is in cache it gives its part of the product
with X and of the Gram, runs its own stage, and is done.
"""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from starnmf.arrays import Array, Booleans, FloatArray
from starnmf.factorization import elementwise
from starnmf.factorization.dense import stage as on_cpu
from starnmf.factorization.dense.batch import DenseBatch
from starnmf.factorization.dense.data import DenseData
from starnmf.factorization.torch_flow import TorchFlow, at_start


class DenseStates(TorchFlow, DenseBatch):
    """k restarts, each at a stage of its own step, on any device; a subclass has the stages."""

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        super().__init__(data, short, long)
        self.states = [at_start(part) for part in (short, *long)]

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
        for new, state in zip(kept.states, self.states, strict=True):
            for array, whole in zip(new, state, strict=True):
                array.copy_(whole[restarts])
        return kept


class DenseFlow(DenseStates):
    """k restarts on a CPU."""

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        super().__init__(data, short, long)
        self.stage = self._stages(data)

    def _stages(self, data: DenseData) -> Callable[[Array, Booleans], Array]:
        """`flow.FlowBatch.stage`, by numpy's views of all tensors, which are taken once.

        It knows the views and not this batch, which would otherwise keep itself alive.
        """
        short, *long = (tuple(array.numpy() for array in state) for state in self.states)
        long_product, long_gram = self.long_product.numpy(), self.long_gram.numpy()
        short_gram, part = np.empty_like(long_gram), self._part_of_product.numpy()
        short_rows, part_rows = _rows(short[0]), _rows(part)
        chunks = [
            (X.numpy(), XT.numpy(), state, _rows(state[0]), self.products[chunk.shape].numpy())
            for X, XT, chunk, state in zip(data.chunks, data.transposed_chunks, self.long, long, strict=True)
        ]

        def stage(weights: Array, ending: Booleans) -> Array:
            weights = weights.astype(short_gram.dtype)
            sums = np.zeros((2, len(weights), 2))
            for array in (short_gram, long_product, long_gram):
                array.fill(0)
            on_cpu.add_gram(short[0], short_gram)
            for X, XT, state, rows, product in chunks:
                np.matmul(rows, XT, out=part_rows)
                np.add(long_product, part, out=long_product)
                on_cpu.add_gram(state[0], long_gram)
                np.matmul(short_rows, X, out=_rows(product))
                on_cpu.run_stages(product, short_gram, state, weights, ending, sums[1])
            on_cpu.run_stages(long_product, long_gram, short, weights, ending, sums[0])
            return sums[:, ending].swapaxes(1, 2)

        return stage

    def accept(self, restarts: list[int], lengths: Array) -> None:
        """Make the ends of the named restarts' steps their starts; see `elementwise.accept`."""
        self._pass_over(elementwise.accept, 4, restarts, lengths)

    def start_steps(self, restarts: list[int], lengths: Array) -> None:
        """Run the first stage, of the given length, of a step of the named restarts."""
        self._pass_over(elementwise.start, 5, restarts, lengths)

    def _pass_over(self, function: Callable[..., Any], arrays: int, restarts: list[int], lengths: Array) -> None:
        """Apply a function of `elementwise` to the first so many arrays of the named restarts."""
        for state in self.states:
            views = [array.numpy() for array in state[:arrays]]
            for restart, length in zip(restarts, lengths.astype(views[0].dtype), strict=True):
                function(*(view[restart] for view in views), length)


def _rows(array: FloatArray) -> FloatArray:
    """Rows (k, r, length) of all restarts as one matrix (k r, length)."""
    return array.reshape(-1, array.shape[-1])
