"""A batch of restarts on a fully observed matrix: where they are, and what is measured there in
float64.

All restarts share X, so k restarts meet it in one product of width k r, and the residual is never
formed: the gradient of 1/2 |UV - X|^2 in U is U (V V^T) - X V^T, with the r x r Gram V V^T of each
restart.

Both factors are stored as rows of length n or m, (k, r, n) and (k, r, m), so that every product can
be plain and every restart is a contiguous view. The longer factor is walked in chunks together with
the columns of X it belongs to.
"""

from typing import Self

import torch
from torch import Tensor

from starnmf.arrays import FloatArray
from starnmf.factorization.dense.arithmetic import add_gram, multiply
from starnmf.factorization.dense.data import DenseData


class DenseBatch:
    """k restarts: the factor of the short side (k, r, short), chunks (k, r, width) of the long one's."""

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        self.data, self.short, self.long = data, short, long
        self.long_product = torch.empty_like(short)
        self._part_of_product = torch.empty_like(short)
        self.long_gram = short.new_empty((len(short), data.rank, data.rank))
        # The last chunk may be narrower than the others.
        self.products = {chunk.shape: torch.empty_like(chunk) for chunk in long}

    @classmethod
    def start(cls, data: DenseData, U: FloatArray, V: FloatArray) -> Self:
        """The batch of restarts U (k, n, r), V (k, r, m)."""
        UT = U.transpose(0, 2, 1)
        short, long = (V, UT) if data.transposed else (UT, V)
        return cls(data, data.on_device(short), data.in_chunks(long))

    def point(self, restart: int) -> tuple[Tensor, list[Tensor]]:
        """Where a restart is: its factor of the short side (r, short), chunks (r, width) of the long one's."""
        return self.short[restart], [chunk[restart] for chunk in self.long]

    def loss(self, restart: int) -> float:
        """1/2 mean squared error, in float64 through Grams: 1/2 |X|^2 - <X, UV> + 1/2 |UV|^2."""
        short, long = self._point64(restart)
        product, gram = self._long_product_and_gram64(long)
        cross, square = (short * product).sum(), ((short @ short.T) * gram).sum()
        return float((self.data.half_square - cross + 0.5 * square) / self.data.entries)

    def projected_gradient(self, restart: int) -> float:
        """Frobenius norm of the projected gradient of the mean loss, in float64."""
        short, long = self._point64(restart)
        product, gram = self._long_product_and_gram64(long)
        square = _projected_square(short, gram @ short - product)
        short_gram = short @ short.T
        for X, chunk in zip(self.data.chunks, long, strict=True):
            square += _projected_square(chunk, short_gram @ chunk - short @ X.double())
        return float(square.sqrt() / self.data.entries)

    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V (r, m) of one restart."""
        short, long = self.point(restart)
        rows = short.cpu().numpy(), torch.cat(long, 1).cpu().numpy()
        UT, V = reversed(rows) if self.data.transposed else rows
        return UT.T.copy(order="C"), V.copy()

    def keep(self, restarts: list[int]) -> Self:
        """A batch of the named restarts alone."""
        return type(self)(self.data, self.short[restarts], [chunk[restarts] for chunk in self.long])

    def tensors(self) -> list[Tensor]:
        """All that the batch is, restart by restart (k, ...)."""
        return [self.short, *self.long]

    def arrays(self) -> list[FloatArray]:
        """Copies of `tensors` or, on a CPU, numpy's views of them."""
        return [tensor.cpu().numpy() for tensor in self.tensors()]

    def restore(self, arrays: list[FloatArray]) -> None:
        """Set the state to what `arrays` returned."""
        for tensor, saved in zip(self.tensors(), arrays, strict=True):
            tensor.copy_(torch.from_numpy(saved))

    def forget_long(self) -> None:
        """Set the long factor's product with X (k, r, short) and its Gram (k, r, r) to 0."""
        self.long_product.zero_()
        self.long_gram.zero_()

    def add_product_and_gram(self, chunk: Tensor, XT: Tensor) -> None:
        """Add a chunk's part to the long factor's product with X and its Gram."""
        self.long_product.add_(multiply(chunk, XT, out=self._part_of_product))
        add_gram(chunk, self.long_gram)

    def _point64(self, restart: int) -> tuple[Tensor, list[Tensor]]:
        short, long = self.point(restart)
        return short.double(), [chunk.double() for chunk in long]

    def _long_product_and_gram64(self, long: list[Tensor]) -> tuple[Tensor, Tensor]:
        """A restart's long factor's product with X (r, short) and its Gram (r, r)."""
        chunks = list(zip(self.data.transposed_chunks, long, strict=True))
        product = sum((chunk @ XT.double() for XT, chunk in chunks[1:]), chunks[0][1] @ chunks[0][0].double())
        return product, sum((chunk @ chunk.T for _, chunk in chunks[1:]), chunks[0][1] @ chunks[0][1].T)


def _projected_square(factor: Tensor, gradient: Tensor) -> Tensor:
    """Squared norm of the part of a gradient along which a non-negative factor can move."""
    return torch.where(factor > 0, gradient, gradient.clamp(max=0)).square().sum()
