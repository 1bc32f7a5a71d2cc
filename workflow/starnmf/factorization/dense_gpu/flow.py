"""The flow on a fully observed matrix on a GPU: all restarts are one batch, a stage ten kernels.

The same stages as in `dense.flow`: a Gram and its sum for either side, the two products with X, and
all else of a stage for either side (`kernels`). Nothing moves between calls, so that a stage is
recorded once and replayed (`cuda_graph`). With TRITON_INTERPRET=1 Triton interprets its kernels on
the CPU, which is how they are tested without a GPU.
"""

import numpy as np
import torch
from torch import Tensor

from starnmf.arrays import Array, Booleans
from starnmf.factorization.cuda_graph import Repeated
from starnmf.factorization.dense.arithmetic import multiply
from starnmf.factorization.dense.data import DenseData
from starnmf.factorization.dense.flow import DenseStates
from starnmf.factorization.dense_gpu.kernels import WEIGHTS, gram, run_stage
from starnmf.factorization.gpu_flow import GpuFlow, ready_for


class DenseGpuFlow(GpuFlow, DenseStates):
    """k restarts, each at a stage of its own step; X is one chunk."""

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        super().__init__(data, short, long)
        self._weights = short.new_empty((len(short), WEIGHTS.value))
        self._squares = torch.empty((2, 2, len(short)), dtype=torch.float64, device=data.device)
        self._repeated = Repeated(data.device)

    def stage(self, weights: Array, ending: Booleans) -> Array:
        """Evaluate all gradients, run a stage of every restart or end its step; see `flow.FlowBatch`."""
        self._weights.copy_(ready_for(self._weights, np.column_stack([weights, ending])), non_blocking=True)
        self._repeated(self._run_stages)
        if not ending.any():
            # Nothing is asked of the GPU, so that the next stage can be sent to it before this one is done.
            return np.empty((2, 2, 0))
        return self._squares.cpu().numpy()[..., ending]

    def _run_stages(self) -> None:
        short, long = self.states
        (X,), (XT,) = self.data.chunks, self.data.transposed_chunks
        short_gram, long_gram = gram(short.Y), gram(long.Y)
        multiply(long.Y, XT, out=self.long_product)
        product = multiply(short.Y, X, out=self.products[long.Y.shape])
        run_stage(self.long_product, long_gram, short, self._weights, self._squares[0])
        run_stage(product, short_gram, long, self._weights, self._squares[1])
