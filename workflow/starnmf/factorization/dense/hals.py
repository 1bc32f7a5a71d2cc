"""Hierarchical alternating least squares on a fully observed matrix: each coordinate to its exact
minimum in turn.

With the other factor fixed, the loss is quadratic in a row a of the factor F, and its minimum there
is

    f_a <- max(0, f_a + (p_a - sum_b G_ab f_b) / G_aa),

with the other factor's Gram G and product p with X (Cichocki and Phan 2009). X is walked once an
iteration: the short side is swept first; then every chunk of the long side gets its product with X,
is swept, and adds to the product and the Gram that the short side needs next.
"""

from torch import Tensor

from starnmf.arrays import FloatArray
from starnmf.factorization.dense.arithmetic import multiply
from starnmf.factorization.dense.batch import DenseBatch
from starnmf.factorization.dense.coordinate_sweeps import sweep_blocks
from starnmf.factorization.dense.data import DenseData

SWEEPS = 4
"""Sweeps after each pair of products: far cheaper than the products, and each lowers the loss."""


class DenseHals(DenseBatch):
    """k restarts whose factors are swept in turn."""

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        super().__init__(data, short, long)
        self._evaluate_long()

    def iterate(self) -> None:
        """Sweep both factors."""
        self.sweep(self.short, self.long_product, self.long_gram)
        short_gram = self.short @ self.short.mT
        self.forget_long()
        for X, XT, chunk in zip(self.data.chunks, self.data.transposed_chunks, self.long, strict=True):
            self.sweep(chunk, multiply(self.short, X, out=self.products[chunk.shape]), short_gram)
            self.add_product_and_gram(chunk, XT)

    def sweep(self, factor: Tensor, product: Tensor, gram: Tensor) -> None:
        """Sweep all ranks of a factor (k, r, columns); one that the other factor does not use stays as it is."""
        sweep_blocks(factor.numpy(), product.numpy(), gram.numpy(), SWEEPS)

    def restore(self, arrays: list[FloatArray]) -> None:
        """Set the state to what `arrays` returned."""
        super().restore(arrays)
        self._evaluate_long()

    def _evaluate_long(self) -> None:
        """The long side's product with X and its Gram, which the first sweep of the short side needs."""
        self.forget_long()
        for chunk, XT in zip(self.long, self.data.transposed_chunks, strict=True):
            self.add_product_and_gram(chunk, XT)
