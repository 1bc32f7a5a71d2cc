"""The arithmetic of stacked factors, by what is fastest on the device: numpy's BLAS and numba on a CPU, torch on a GPU.

numpy brings OpenBLAS, which uses the widest vectors of any maker's processors; torch's library those of one maker's.
"""

import numba
import numpy as np
import torch
from torch import Tensor


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
        _add_gram(rows.numpy(), gram.numpy())
    else:
        gram.baddbmm_(rows, rows.mT)


def move(factor: Tensor, onward: Tensor, back: Tensor) -> None:
    """factor <- max(0, factor + (onward - back)); the difference first, which is small where the two are not."""
    if factor.device.type == "cpu":
        _move(factor.numpy().reshape(-1), onward.numpy().reshape(-1), back.numpy().reshape(-1))
    else:
        factor.add_(torch.sub(onward, back)).clamp_(min=0)


# A dot product may be summed in any order, but it is the same one in every run.
@numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz", "reassoc"}, error_model="numpy")
def _add_gram(rows, gram):  # type: ignore[no-untyped-def]
    restarts, rank, length = rows.shape
    for k in range(restarts):
        for a in range(rank):
            for b in range(a + 1):
                total = rows.dtype.type(0)
                for place in range(length):
                    total += rows[k, a, place] * rows[k, b, place]
                gram[k, a, b] += total
                gram[k, b, a] = gram[k, a, b]


@numba.njit(nogil=True, cache=True, fastmath={"nsz"}, error_model="numpy")
def _move(factor, onward, back):  # type: ignore[no-untyped-def]
    zero = factor.dtype.type(0)
    for place in range(len(factor)):
        moved = factor[place] + (onward[place] - back[place])
        factor[place] = zero if moved < zero else moved
