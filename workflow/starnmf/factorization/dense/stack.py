"""Restarts of a fully observed matrix side by side: where they are, and what is measured there in float64.

All restarts share X, so k restarts meet it in one product of width k r, and the residual is never formed:
the gradient of 1/2 |UV - X|^2 in U is U (V V^T) - X V^T, with the r x r Gram V V^T of each restart.

Both factors are stored as rows of length n or m, (k r, n) and (k r, m), so that every product is plain and every
restart a contiguous view. The longer factor is walked in chunks together with the columns of X it belongs to.
"""

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starnmf.factorization.dense.arithmetic import add_gram, multiply
from starnmf.factorization.dense.data import DenseData
from starnmf.matrix import FloatArray


class DenseStack(ABC):
    """k restarts: the factor of the short side (k r, short) and chunks (k r, width) of the long side's."""

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        self.data, self.short, self.long, self.rank = data, short, long, data.rank
        self.long_product = torch.empty_like(short)
        self._part_of_product = torch.empty_like(short)
        self.long_gram = short.new_empty((len(short) // data.rank, data.rank, data.rank))
        # The last chunk may be narrower than the others.
        self.products = {chunk.shape: torch.empty_like(chunk) for chunk in long}

    @classmethod
    def start(cls, data: DenseData, U: FloatArray, V: FloatArray) -> Self:
        """Stack restarts U (k, n, r), V (k, r, m)."""
        UT = np.ascontiguousarray(U.transpose(0, 2, 1)).reshape(-1, U.shape[1])
        V = V.reshape(-1, V.shape[2])
        short, long = (V, UT) if data.transposed else (UT, V)
        return cls(data, data.on_device(short), data.in_chunks(long))

    @abstractmethod
    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Take `steps` steps; gradient descent with the given step size (k,) of each restart."""

    def losses(self) -> npt.NDArray[np.float64]:
        """1/2 mean squared error of each restart (k,), in float64 through Grams: 1/2 |X|^2 - <X, UV> + 1/2 |UV|^2."""
        short = self.restarts(self.short.double())
        product, gram = self._long_product_and_gram64()
        cross = (short * self.restarts(product)).sum((1, 2))
        square = (self.gram(self.short.double()) * gram).sum((1, 2))
        return _to_numpy((self.data.half_square - cross + 0.5 * square) / self.data.entries)

    def curvatures(self) -> npt.NDArray[np.float64]:
        """L_U + L_V of each restart (k,): the largest eigenvalues of V V^T and U^T U.

        At zero residual the Hessian of the sum loss is at most |dU V + U dV|^2 <= L_U + L_V for a unit (dU, dV).
        """
        short, *long = (self.gram(factor.double()) for factor in (self.short, *self.long))
        largest = [torch.linalg.eigvalsh(gram.cpu())[:, -1] for gram in (short, torch.stack(long).sum(0))]
        return _to_numpy(largest[0] + largest[1])

    def projected_gradients(self) -> npt.NDArray[np.float64]:
        """Frobenius norm of the projected gradient of the mean loss of each restart (k,), in float64."""
        flat_short = self.short.double()
        short = self.restarts(flat_short)
        product, gram = self._long_product_and_gram64()
        square = _projected_square(short, gram @ short - self.restarts(product))
        short_gram = self.gram(flat_short)
        for X, chunk in zip(self.data.chunks, self.long, strict=True):
            long = self.restarts(chunk.double())
            square += _projected_square(long, short_gram @ long - self.restarts(flat_short @ X.double()))
        return _to_numpy(square.sqrt() / self.data.entries)

    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V (r, m) of one restart."""
        short = self.restarts(self.short)[restart].cpu().numpy()
        long = torch.cat([self.restarts(chunk)[restart] for chunk in self.long], 1).cpu().numpy()
        UT, V = (long, short) if self.data.transposed else (short, long)
        return UT.T.copy(order="C"), V.copy()

    def keep(self, restarts: list[int]) -> Self:
        """A stack of the named restarts alone: the others have stopped."""
        return type(self)(
            self.data, self.kept(self.short, restarts), [self.kept(chunk, restarts) for chunk in self.long]
        )

    def kept(self, stacked: Tensor, restarts: list[int]) -> Tensor:
        """The rows of the named restarts."""
        return self.restarts(stacked)[torch.tensor(restarts, device=stacked.device)].flatten(0, 1)

    def add_product_and_gram(self, chunk: Tensor, XT: Tensor) -> None:
        """Add a chunk's part to the long factor's product with X (k r, short) and its Gram (k, r, r)."""
        self.long_product.add_(multiply(chunk, XT, out=self._part_of_product))
        add_gram(self.restarts(chunk), self.long_gram)

    def _long_product_and_gram64(self) -> tuple[Tensor, Tensor]:
        """The long factor's product with X (k r, short) and its Gram (k, r, r), in float64."""
        product = torch.zeros_like(self.short, dtype=torch.float64)
        part, gram = torch.empty_like(product), torch.zeros_like(self.long_gram, dtype=torch.float64)
        for XT, chunk in zip(self.data.transposed_chunks, self.long, strict=True):
            product += multiply(chunk.double(), XT.double(), out=part)
            gram += self.gram(chunk.double())
        return product, gram

    def gram(self, stacked: Tensor) -> Tensor:
        """Products (k, r, r) of every two rows of each restart."""
        rows = self.restarts(stacked)
        return rows @ rows.mT

    def restarts(self, stacked: Tensor) -> Tensor:
        """A view (k, r, length) of stacked rows."""
        return stacked.view(-1, self.rank, stacked.shape[1])


def _projected_square(factor: Tensor, gradient: Tensor) -> Tensor:
    """Squared norm (k,) of the part of a gradient along which a non-negative factor can move."""
    return torch.where(factor > 0, gradient, gradient.clamp(max=0)).square().sum((1, 2))


def _to_numpy(values: Tensor) -> npt.NDArray[np.float64]:
    return np.asarray(values.cpu().numpy(), dtype=np.float64)
