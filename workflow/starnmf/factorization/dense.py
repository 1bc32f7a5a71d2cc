"""Projected gradient descent on a fully observed matrix: many restarts as two matrix products a step.

All restarts share X, so k restarts are one product of width k r, and the residual is never formed:

    U <- max(0, U - eta (U (V V^T) - X V^T)),    V <- max(0, V - eta ((U^T U) V - U^T X)),

with the r x r Grams of each restart; both updates read the factors as they were before the step.

Both factors are stored as rows of length n or m, (k r, n) and (k r, m), so that every product is plain and every
restart a contiguous view. The longer factor is walked in chunks together with the columns of X it belongs to: while a
chunk is in cache it gives its part of the product with X and of the Gram, takes its own step, and is done.
"""

from collections.abc import Iterator
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starnmf.matrix import Dense, FloatArray

STACK_WIDTH = 128
"""Rows k r of a stack at which a CPU's matrix product is near its peak; more only cost cache."""

CHUNK = 2**18
"""Entries of X in a chunk on a CPU: 1 MB in float32, about a core's second-level cache."""

NARROWEST = 256
"""Columns of a chunk below which its matrix products lose speed."""


class DenseData:
    """X on the device, its shorter side first, cut into chunks of columns (short side, width) that all stacks share."""

    def __init__(self, matrix: Dense, dtype: torch.dtype, device: torch.device) -> None:
        n, m = matrix.shape
        self.rank = matrix.description.rank
        self.transposed = n > m
        self.entries = n * m
        self.dtype, self.device = dtype, device
        X = matrix.X.T if self.transposed else matrix.X
        width = max(CHUNK // max(len(X), STACK_WIDTH), NARROWEST) if device.type == "cpu" else X.shape[1]
        self.edges = [*range(0, X.shape[1], width), X.shape[1]]
        self.chunks = [self._on_device(X[:, columns]) for columns in self._columns()]
        self.half_square = 0.5 * sum(float(chunk.double().square().sum()) for chunk in self.chunks)

    @property
    def largest_stack(self) -> int:
        """Restarts that make one stack on a CPU."""
        return max(1, round(STACK_WIDTH / self.rank))

    def stack(self, U: FloatArray, V: FloatArray) -> "DenseStack":
        """Stack restarts U (k, n, r), V (k, r, m) for descent."""
        UT = np.ascontiguousarray(U.transpose(0, 2, 1)).reshape(-1, U.shape[1])
        V = V.reshape(-1, V.shape[2])
        short, long = (V, UT) if self.transposed else (UT, V)
        chunks = [self._on_device(long[:, columns]) for columns in self._columns()]
        return DenseStack(self, self._on_device(short), chunks)

    def _columns(self) -> Iterator[slice]:
        return map(slice, self.edges[:-1], self.edges[1:])

    def _on_device(self, values: FloatArray) -> Tensor:
        return torch.from_numpy(values.copy(order="C")).to(self.device, self.dtype)


class DenseStack:
    """k restarts in motion: the factor of the short side (k r, short) and chunks (k r, width) of the long side's."""

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        self.data, self.short, self.long, self.rank = data, short, long, data.rank
        self._scaled_short, self._short_step = torch.empty_like(short), torch.empty_like(short)
        # The last chunk may be narrower than the others.
        self._long_step = {chunk.shape: torch.empty_like(chunk) for chunk in long}

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Take `steps` steps with the given step size (k,) of each restart."""
        eta = torch.from_numpy(step_sizes).to(self.data.device, self.data.dtype).reshape(-1, 1, 1)
        short, short_step = self._restarts(self.short), self._restarts(self._short_step)
        scaled = self._scaled_short
        for _ in range(steps):
            torch.mul(short, eta, out=self._restarts(scaled))
            scaled_short_gram = self._restarts(scaled) @ short.mT
            long_gram = torch.zeros_like(scaled_short_gram)
            self._short_step.zero_()
            for X, chunk in zip(self.data.chunks, self.long, strict=True):
                long, step = self._restarts(chunk), self._long_step[chunk.shape]
                self._short_step.addmm_(chunk, X.T)
                long_gram.baddbmm_(long, long.mT)
                torch.mm(scaled, X, out=step)
                self._restarts(step).baddbmm_(scaled_short_gram, long, alpha=-1)
                chunk.add_(step).clamp_(min=0)
            short_step.baddbmm_(long_gram, short, alpha=-1)
            short.addcmul_(short_step, eta).clamp_(min=0)

    def losses(self) -> npt.NDArray[np.float64]:
        """1/2 mean squared error of each restart (k,), in float64 through Grams: 1/2 |X|^2 - <X, UV> + 1/2 |UV|^2."""
        short = self._restarts(self.short.double())
        product, gram = self._long_product_and_gram()
        cross = (short * self._restarts(product)).sum((1, 2))
        square = (self._gram(self.short.double()) * gram).sum((1, 2))
        return _to_numpy((self.data.half_square - cross + 0.5 * square) / self.data.entries)

    def curvatures(self) -> npt.NDArray[np.float64]:
        """L_U + L_V of each restart (k,): the largest eigenvalues of V V^T and U^T U.

        At zero residual the Hessian of the sum loss is at most |dU V + U dV|^2 <= L_U + L_V for a unit (dU, dV).
        """
        short, *long = (self._gram(factor.double()) for factor in (self.short, *self.long))
        largest = [torch.linalg.eigvalsh(gram.cpu())[:, -1] for gram in (short, torch.stack(long).sum(0))]
        return _to_numpy(largest[0] + largest[1])

    def projected_gradients(self) -> npt.NDArray[np.float64]:
        """Frobenius norm of the projected gradient of the mean loss of each restart (k,), in float64."""
        flat_short = self.short.double()
        short = self._restarts(flat_short)
        product, gram = self._long_product_and_gram()
        square = _projected_square(short, gram @ short - self._restarts(product))
        short_gram = self._gram(flat_short)
        for X, chunk in zip(self.data.chunks, self.long, strict=True):
            long = self._restarts(chunk.double())
            square += _projected_square(long, short_gram @ long - self._restarts(flat_short @ X.double()))
        return _to_numpy(square.sqrt() / self.data.entries)

    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V (r, m) of one restart."""
        short = self._restarts(self.short)[restart].cpu().numpy()
        long = torch.cat([self._restarts(chunk)[restart] for chunk in self.long], 1).cpu().numpy()
        UT, V = (long, short) if self.data.transposed else (short, long)
        return UT.T.copy(order="C"), V.copy()

    def keep(self, restarts: list[int]) -> Self:
        """A stack of the named restarts alone: the others have stopped."""
        index = torch.tensor(restarts, device=self.data.device)
        short, *long = (self._restarts(factor)[index].flatten(0, 1) for factor in (self.short, *self.long))
        return type(self)(self.data, short, long)

    def _long_product_and_gram(self) -> tuple[Tensor, Tensor]:
        """The long factor's product with X (k r, short) and its Gram (k, r, r), in float64."""
        product = torch.zeros_like(self.short, dtype=torch.float64)
        gram = product.new_zeros((len(product) // self.rank, self.rank, self.rank))
        for X, chunk in zip(self.data.chunks, self.long, strict=True):
            flat = chunk.double()
            product.addmm_(flat, X.double().T)
            gram += self._gram(flat)
        return product, gram

    def _gram(self, stacked: Tensor) -> Tensor:
        """Products (k, r, r) of every two rows of each restart."""
        rows = self._restarts(stacked)
        return rows @ rows.mT

    def _restarts(self, stacked: Tensor) -> Tensor:
        return stacked.view(-1, self.rank, stacked.shape[1])


def _projected_square(factor: Tensor, gradient: Tensor) -> Tensor:
    """Squared norm (k,) of the part of a gradient along which a non-negative factor can move."""
    return torch.where(factor > 0, gradient, gradient.clamp(max=0)).square().sum((1, 2))


def _to_numpy(values: Tensor) -> npt.NDArray[np.float64]:
    return np.asarray(values.cpu().numpy(), dtype=np.float64)
