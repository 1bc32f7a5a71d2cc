"""Hierarchical alternating least squares on a fully observed matrix on a GPU: `dense.hals`, with all sweeps of a factor
in one kernel, and an iteration recorded once and replayed.
"""

from torch import Tensor

from starnmf.factorization.cuda_graph import Repeated
from starnmf.factorization.dense.data import DenseData
from starnmf.factorization.dense.hals import SWEEPS, DenseHals
from starnmf.factorization.dense_gpu.kernels import sweep


class DenseGpuHals(DenseHals):
    """k restarts whose factors are swept in turn."""

    def __init__(self, data: DenseData, short: Tensor, long: list[Tensor]) -> None:
        super().__init__(data, short, long)
        self._repeated = Repeated(data.device)

    def iterate(self) -> None:
        """Sweep both factors."""
        self._repeated(super().iterate)

    def sweep(self, factor: Tensor, product: Tensor, gram: Tensor) -> None:
        """Sweep all ranks of a factor (k, r, columns); one that the other factor does not use stays as it is."""
        sweep(factor, product, gram, SWEEPS)
