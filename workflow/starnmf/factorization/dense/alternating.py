"""Descent on a fully observed matrix that moves one factor at a time, each against the other's newest state.

One walk over X a step: the short side moves first; then every chunk of the long side gets its product with X, moves,
and adds to the product and the Gram that the short side needs next. How a factor moves is the optimizer's.
"""

from abc import abstractmethod

import numpy as np
import numpy.typing as npt
from torch import Tensor

from starnmf.factorization.cuda_graph import Repeated
from starnmf.factorization.dense.arithmetic import multiply
from starnmf.factorization.dense.data import DenseData
from starnmf.factorization.dense.stack import DenseStack


class DenseAlternating(DenseStack):
    """k restarts whose factors move in turn."""

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        super().__init__(data, short, long)
        self._forget_long()
        for XT, chunk in zip(data.transposed_chunks, long, strict=True):
            self.add_product_and_gram(chunk, XT)
        self._repeated = Repeated(self._step, data.device)

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Move both factors `steps` times; how far follows from the Grams."""
        self._repeated(steps)

    def _step(self) -> None:
        self.prepare(self.long_gram)
        self.move(0, self.short, self.long_product, self.long_gram)
        short_gram = self.gram(self.short)
        self.prepare(short_gram)
        self._forget_long()
        chunks = zip(self.data.chunks, self.data.transposed_chunks, self.long, strict=True)
        for place, (X, XT, chunk) in enumerate(chunks, start=1):
            product = multiply(self.short, X, out=self.products[chunk.shape])
            self.move(place, chunk, product, short_gram)
            self.add_product_and_gram(chunk, XT)
        self.end_step()

    def _forget_long(self) -> None:
        self.long_product.zero_()
        self.long_gram.zero_()

    def prepare(self, gram: Tensor) -> None:
        """What the moves of one factor share, given the other's Gram."""

    @abstractmethod
    def move(self, place: int, factor: Tensor, product: Tensor, gram: Tensor) -> None:
        """Lower 1/2 <G F, F> - <P, F> in the factor or chunk F (k r, columns), in place.

        `place` is 0 for the short side and 1, 2, ... for the chunks of the long side; `product` P is the other factor's
        with X (k r, columns) and `gram` G (k, r, r) the other factor's Gram.
        """

    def end_step(self) -> None:
        """Both factors have moved."""
