"""The arithmetic of stacked factors, by what is fastest on the device: numpy's BLAS and numba on a CPU, torch on a GPU.

numpy brings OpenBLAS, which uses the widest vectors of any maker's processors; torch's library those of one maker's.
"""

import numpy as np
import torch
from torch import Tensor

from starnmf.factorization.dense import gram as tiles
from starnmf.factorization.dense.projected_step import descend_rows


def multiply(left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    """out <- left right, plain (2-D) or restart by restart (3-D); returns `out`."""
    if out.device.type == "cpu":
        np.matmul(left.numpy(), right.numpy(), out=out.numpy())
    else:
        torch.matmul(left, right, out=out)
    return out


def add_gram(rows: Tensor, gram: Tensor) -> None:
    """Gram (k, r, r) += products of every two rows (k, r, length) of each restart."""
    if rows.device.type == "cpu":
        tiles.add_gram(rows.numpy(), gram.numpy())
    else:
        gram.baddbmm_(rows, rows.mT)


def descend(factor: Tensor, onward: Tensor, gram: Tensor) -> None:
    """F <- max(0, F + (onward - G F)) of each restart; F and onward (k, r, columns), G (k, r, r). Overwrites onward.

    The difference comes first, which is small where the two are not.
    """
    if factor.device.type == "cpu":
        descend_rows(factor.numpy(), onward.numpy(), gram.numpy())
    else:
        factor.add_(onward.baddbmm_(gram, factor, alpha=-1)).clamp_(min=0)
