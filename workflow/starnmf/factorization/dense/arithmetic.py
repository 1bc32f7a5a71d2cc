"""The arithmetic of the factors of many restarts: numpy's BLAS and numba on a CPU, torch on a GPU.

numpy brings OpenBLAS, which uses the widest SIMD registers of any maker's processors; torch's
library those of one maker's.
"""

import numpy as np
import torch
from torch import Tensor

from starnmf.factorization.dense import stage as on_cpu


def multiply(left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    """out <- left right, the rows (k, r, length) of all restarts in one plain product; returns `out`."""
    left, product = left.flatten(0, -2), out.view(-1, out.shape[-1])
    if out.device.type == "cpu":
        np.matmul(left.numpy(), right.numpy(), out=product.numpy())
    else:
        torch.matmul(left, right, out=product)
    return out


def add_gram(rows: Tensor, gram: Tensor) -> None:
    """Gram (k, r, r) += products of every two rows (k, r, length) of each restart."""
    if rows.device.type == "cpu":
        on_cpu.add_gram(rows.numpy(), gram.numpy())
    else:
        gram.baddbmm_(rows, rows.mT)
