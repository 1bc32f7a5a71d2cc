"""Hierarchical alternating least squares on a fully observed matrix: each coordinate to its exact minimum in turn.

With the other factor fixed, the loss is quadratic in a row a of the factor F, and its minimum there is

    f_a <- max(0, f_a + (p_a - sum_b G_ab f_b) / G_aa),

with the other factor's Gram G and product p with X (Cichocki and Phan 2009).
"""

from torch import Tensor

from starnmf.factorization.dense.alternating import DenseAlternating
from starnmf.factorization.dense.coordinate_sweeps import sweep_blocks

SWEEPS = 4
"""Sweeps after each pair of products: far cheaper than the products, and each lowers the loss."""


class DenseHals(DenseAlternating):
    """k restarts whose factors are swept in turn."""

    def move(self, place: int, factor: Tensor, product: Tensor, gram: Tensor) -> None:
        """Sweep all ranks; a rank that the other factor does not use stays as it is."""
        F, P = self.restarts(factor), self.restarts(product)
        if factor.device.type == "cpu":
            sweep_blocks(F.numpy(), P.numpy(), gram.numpy(), SWEEPS)
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
