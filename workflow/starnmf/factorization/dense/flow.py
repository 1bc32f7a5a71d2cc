"""The flow on a fully observed matrix: two matrix products for the gradients of all restarts of a
batch.

    F_U = X V^T - U (V V^T),    F_V = U^T X - (U^T U) V,

both at the same point. While a chunk of the long side is in cache it gives its part of the product
with X and of the Gram, runs its own stage, and is done.
"""

from typing import Self

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
    """k restarts on a CPU, by numpy's views of all tensors, which are taken once."""

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        super().__init__(data, short, long)
        self._short, *self._long = (tuple(array.numpy() for array in state) for state in self.states)
        self._grams = np.empty_like(self.long_gram.numpy()), self.long_gram.numpy()
        self._products_with_long = self.long_product.numpy(), self._part_of_product.numpy()
        self._chunks = [
            (X.numpy(), XT.numpy(), self.products[chunk.shape].numpy())
            for X, XT, chunk in zip(data.chunks, data.transposed_chunks, long, strict=True)
        ]

    def stage(self, weights: Array, ending: Booleans) -> Array:
        """Evaluate all gradients, run a stage of every restart or end its step; see `flow.FlowBatch`."""
        (short_gram, long_gram), (long_product, part) = self._grams, self._products_with_long
        weights = weights.astype(short_gram.dtype)
        sums = np.zeros((2, len(weights), 2))
        for array in (short_gram, long_gram, long_product):
            array.fill(0)
        on_cpu.add_gram(self._short[0], short_gram)
        for (X, XT, product), state in zip(self._chunks, self._long, strict=True):
            np.matmul(_rows(state[0]), XT, out=_rows(part))
            np.add(long_product, part, out=long_product)
            on_cpu.add_gram(state[0], long_gram)
            np.matmul(_rows(self._short[0]), X, out=_rows(product))
            on_cpu.run_stages(product, short_gram, state, weights, ending, sums[1])
        on_cpu.run_stages(long_product, long_gram, self._short, weights, ending, sums[0])
        return sums[:, ending].swapaxes(1, 2)

    def accept(self, restarts: list[int], lengths: Array) -> None:
        """Make the ends of the named restarts' steps their starts; see `elementwise.accept`."""
        for Y, Z, Y0, F0, _ in (self._short, *self._long):
            for k, length in zip(restarts, lengths, strict=True):
                elementwise.accept(Y[k], Z[k], Y0[k], F0[k], np.full(Y.shape[2], length, Y.dtype))

    def start_steps(self, restarts: list[int], lengths: Array) -> None:
        """Run the first stage, of the given length, of a step of the named restarts."""
        for Y, Z, Y0, F0, E in (self._short, *self._long):
            for k, length in zip(restarts, lengths, strict=True):
                elementwise.start(Y[k], Z[k], Y0[k], F0[k], E[k], np.full(Y.shape[2], length, Y.dtype))


def _rows(array: FloatArray) -> FloatArray:
    """Rows (k, r, length) of all restarts as one matrix (k r, length)."""
    return array.reshape(-1, array.shape[-1])
