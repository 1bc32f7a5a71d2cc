"""The arithmetic of the factors of many restarts: numpy's BLAS and numba on a CPU, torch on a GPU.

numpy brings OpenBLAS, which uses the widest SIMD registers of any maker's processors; torch's
library those of one maker's.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starnmf.factorization import elementwise
from starnmf.factorization.dense import stage as on_cpu
from starnmf.factorization.step_state import StepState
from starnmf.matrix import FloatArray

State = StepState[Tensor]
"""Of a factor, or of a chunk of one: arrays (k, r, columns)."""


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
        on_cpu.add_gram(rows.numpy(), gram.numpy())
    else:
        gram.baddbmm_(rows, rows.mT)


def stage(
    product: Tensor, gram: Tensor, state: State, weights: FloatArray, ending: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Run a stage of every restart, or the last evaluation of those `ending`; see
    `dense.stage.run_stages`.
    """
    if product.device.type == "cpu":
        arrays = tuple(array.numpy() for array in state.arrays)
        return np.asarray(on_cpu.run_stages(product.numpy(), gram.numpy(), arrays, weights, ending))
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
    return sums


def keep(state: State, kept: FloatArray) -> None:
    """E <- E + kept Y, for the restarts whose weight (k,) is not 0."""
    for restart in np.flatnonzero(kept):
        state.E[restart].add_(state.Y[restart], alpha=float(kept[restart]))


def accept(state: State, restarts: list[int], lengths: FloatArray) -> None:
    """Make the ends of the named restarts' steps their starts; see `elementwise.accept`."""
    for restart, length in zip(restarts, lengths, strict=True):
        Y, Z, Y0, F0, _ = (array[restart] for array in state.arrays)
        if Y.device.type == "cpu":
            elementwise.accept(Y.numpy(), Z.numpy(), Y0.numpy(), F0.numpy(), Y.numpy().dtype.type(length))
        else:
            leaving = (Y == 0) & (Z > 0) & (Y0 == 0) & (F0 <= 0)
            Y0.copy_(torch.where(leaving, 0.5 * float(length) * Z.square() / (Z - F0), Y))
            F0.copy_(Z)


def start(state: State, restarts: list[int], lengths: FloatArray) -> None:
    """Begin steps of the named restarts with first stages of the given lengths; see
    `elementwise.start`.
    """
    for restart, length in zip(restarts, lengths, strict=True):
        Y, Z, Y0, F0, E = (array[restart] for array in state.arrays)
        if Y.device.type == "cpu":
            number = Y.numpy().dtype.type(length)
            elementwise.start(Y.numpy(), Z.numpy(), Y0.numpy(), F0.numpy(), E.numpy(), number)
        else:
            Y.copy_(torch.add(Y0, F0, alpha=float(length)).clamp_(min=0))
            Z.copy_(Y0)
            E.zero_()
