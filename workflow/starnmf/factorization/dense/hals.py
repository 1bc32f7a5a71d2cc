"""Hierarchical alternating least squares on a fully observed matrix: each coordinate to its exact minimum in turn.

With the other factor fixed, the loss is quadratic in a row a of the factor F, and its minimum there is

    f_a <- max(0, f_a + (p_a - sum_b G_ab f_b) / G_aa),

with the other factor's Gram G and product p with X (Cichocki and Phan 2009).
"""

import numba
import numpy as np
from torch import Tensor

from starnmf.factorization.dense.alternating import DenseAlternating

SWEEPS = 4
"""Sweeps after each pair of products: far cheaper than the products, and each lowers the loss."""

BLOCK = 64
"""Columns swept together on a CPU, so that all their ranks stay in the nearest cache."""


class DenseHals(DenseAlternating):
    """k restarts whose factors are swept in turn."""

    def move(self, place: int, factor: Tensor, product: Tensor, gram: Tensor) -> None:
        """Sweep all ranks; a rank that the other factor does not use stays as it is."""
        F, P = self.restarts(factor), self.restarts(product)
        if factor.device.type == "cpu":
            _sweep_blocks(F.numpy(), P.numpy(), gram.numpy())
        else:
            _sweep(F, P, gram)


def _sweep(F: Tensor, P: Tensor, G: Tensor) -> None:
    """Sweep rows (k, columns) of all restarts at once: the way taken on a GPU."""
    diagonal = G.diagonal(dim1=1, dim2=2)
    inverse = diagonal.reciprocal().where(diagonal > 0, 0)
    for _ in range(SWEEPS):
        for a in range(F.shape[1]):
            fall = P[:, a] - (G[:, None, a] @ F)[:, 0]
            F[:, a].addcmul_(fall, inverse[:, a, None]).clamp_(min=0)


@numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz"}, error_model="numpy")
def _sweep_blocks(F, P, G):  # type: ignore[no-untyped-def]
    """Sweep one block of columns of one restart after another."""
    restarts, rank, columns = F.shape
    zero = F.dtype.type(0)
    block, fall = np.zeros((rank, BLOCK), F.dtype), np.zeros(BLOCK, F.dtype)
    for k in range(restarts):
        for first in range(0, columns, BLOCK):
            width = min(BLOCK, columns - first)
            block[:, :width] = F[k, :, first : first + width]
            for _ in range(SWEEPS):
                for a in range(rank):
                    if G[k, a, a] <= zero:
                        continue
                    fall[:width] = P[k, a, first : first + width]
                    for b in range(rank):
                        for c in range(BLOCK):
                            fall[c] -= G[k, a, b] * block[b, c]
                    inverse = 1 / G[k, a, a]
                    for c in range(BLOCK):
                        block[a, c] = max(block[a, c] + fall[c] * inverse, zero)
            F[k, :, first : first + width] = block[:, :width]
            block[:] = zero
            fall[:] = zero
