"""The flow on a fully observed matrix on a GPU: all restarts are one batch, whose two products with X are plain ones.

The same stages as in `dense.flow`.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starnmf.factorization.dense import arithmetic
from starnmf.factorization.dense.flow import Array, DenseStates, Ending
from starnmf.factorization.torch_flow import State
from starnmf.matrix import FloatArray


class DenseGpuFlow(DenseStates):
    """k restarts, each at a stage of its own step."""

    def stage(self, weights: Array, ending: Ending) -> Array:
        """Evaluate all gradients, run a stage of every restart or end its step; see `flow.FlowBatch`."""
        weights = weights.astype(str(self.data.dtype).removeprefix("torch."))
        short, *long = self.states
        short_gram = self.short @ self.short.mT
        self.forget_long()
        sums = []
        for X, XT, chunk, state in zip(self.data.chunks, self.data.transposed_chunks, self.long, long, strict=True):
            self.add_product_and_gram(chunk, XT)
            product = arithmetic.multiply(self.short, X, out=self.products[chunk.shape])
            sums.append(run_stages(product, short_gram, state, weights, ending))
        of_short = run_stages(self.long_product, self.long_gram, short, weights, ending)
        return np.stack([of_short, np.sum(sums, axis=0)])[:, ending].swapaxes(1, 2)


def run_stages(
    product: Tensor, gram: Tensor, state: State, weights: FloatArray, ending: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """`dense.stage.run_stages` by torch; returns the sums (k, 2)."""
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
