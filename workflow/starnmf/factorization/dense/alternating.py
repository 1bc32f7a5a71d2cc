"""Descent on a fully observed matrix that moves one factor at a time, each against the other's newest state.

One walk over X a step: the short side moves first; then every chunk of the long side gets its product with X, moves,
and adds to the product and the Gram that the short side needs next. How a factor moves is the optimizer's.
"""

from abc import abstractmethod

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starnmf.factorization.cuda_graph import Repeated
from starnmf.factorization.dense.data import DenseData
from starnmf.factorization.dense.stack import DenseStack


class DenseAlternating(DenseStack):
    """k restarts whose factors move in turn."""

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        super().__init__(data, short, long)
        self._long_product, self._long_gram = self.long_product_and_gram(short.dtype)
        self._repeated = Repeated(self._step, data.device)

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Move both factors `steps` times; how far follows from the Grams."""
        self._repeated(steps)

    def _step(self) -> None:
        self.prepare(self._long_gram)
        self.move(0, self.short, self._long_product, self._long_gram)
        short_gram = self.gram(self.short)
        self._long_product.zero_()
        self._long_gram.zero_()
        self.prepare(short_gram)
        for place, (X, chunk) in enumerate(zip(self.data.chunks, self.long, strict=True), start=1):
            product = torch.mm(self.short, X, out=self._products[chunk.shape])
            self.move(place, chunk, product, short_gram)
            self._long_product.addmm_(chunk, X.T)
            self._long_gram.baddbmm_(self.restarts(chunk), self.restarts(chunk).mT)
        self.end_step()

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
