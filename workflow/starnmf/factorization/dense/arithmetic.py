"""The arithmetic of the factors of many restarts: numpy's BLAS and numba on a CPU, torch on a GPU.

numpy brings OpenBLAS, which uses the widest SIMD registers of any maker's processors; torch's
library those of one maker's.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starnmf.factorization.dense import stage as on_cpu
from starnmf.factorization.torch_flow import State
from starnmf.matrix import FloatArray


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


def run_stages(
    product: Tensor, gram: Tensor, state: State, weights: FloatArray, ending: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """`dense.stage.run_stages` on a GPU; returns the sums (k, 2)."""
    F = product.baddbmm_(gram, state.Y, alpha=-1)
    w = torch.from_numpy(weights).to(F.device)[:, :, None, None].unbind(1)
    sums = np.zeros((len(ending), 2))
    if ending.any():
        off_bound = (state.Y > 0) & (state.Y0 > 0)
        error = torch.where(off_bound, state.Z + state.E + w[10] * F, 0).double().square().sum((1, 2))
        sums = torch.stack([error, state.Y.double().square().sum((1, 2))], 1).cpu().numpy()
    parts = (state.Y, state.Z, state.Y0, F, state.F0)
    new_Y, new_Z = (
        sum((w[at + place] * part for place, part in enumerate(parts[1:], 1)), w[at] * parts[0]) for at in (0, 5)
    )
    held = (state.Y0 == 0) & (state.F0 <= 0)
    state.Z.copy_(new_Z)
    state.Y.copy_(new_Y.clamp_(min=0).masked_fill_(held, 0))
    for restart in np.flatnonzero(weights[:, 11]):
        state.E[restart].add_(state.Y[restart], alpha=float(weights[restart, 11]))
    return sums
