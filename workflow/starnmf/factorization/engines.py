"""Which code moves restarts: by the kind of matrix, the device and the optimizer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt
import torch

from starnmf.factorization.dense.accelerated import DenseAccelerated
from starnmf.factorization.dense.data import DenseData
from starnmf.factorization.dense.gradient_descent import DenseGradientDescent
from starnmf.factorization.dense.hals import DenseHals
from starnmf.factorization.dense.stack import DenseStack
from starnmf.factorization.observed.accelerated import ObservedAccelerated
from starnmf.factorization.observed.data import ObservedData
from starnmf.factorization.observed.gradient_descent import ObservedGradientDescent
from starnmf.factorization.observed.hals import ObservedHals
from starnmf.factorization.observed.stack import ObservedStack
from starnmf.matrix import Dense, FloatArray, Matrix

DENSE: dict[str, type[DenseStack]] = {
    "gradient-descent": DenseGradientDescent,
    "accelerated": DenseAccelerated,
    "hals": DenseHals,
}
OBSERVED: dict[str, type[ObservedStack]] = {
    "gradient-descent": ObservedGradientDescent,
    "accelerated": ObservedAccelerated,
    "hals": ObservedHals,
}


class Stack(Protocol):
    """Restarts in motion on one matrix. Only gradient descent is told its step sizes; other optimizers find theirs."""

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None: ...  # noqa: D102
    def losses(self) -> npt.NDArray[np.float64]: ...  # noqa: D102
    def curvatures(self) -> npt.NDArray[np.float64]: ...  # noqa: D102
    def projected_gradients(self) -> npt.NDArray[np.float64]: ...  # noqa: D102
    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]: ...  # noqa: D102
    def keep(self, restarts: list[int]) -> Self: ...  # noqa: D102


@dataclass(frozen=True)
class Engine:
    """A matrix on its device, ready to be descended on."""

    largest_stack: int
    """Restarts that one stack is best made of."""
    start: Callable[[FloatArray, FloatArray], Stack]
    """A stack from the starts U (k, n, r) and V (k, r, m)."""


def engine(matrix: Matrix, optimizer: str, restarts: int, dtype: torch.dtype, device: torch.device) -> Engine:
    """The engine of one of `regimes.OPTIMIZERS` for a matrix and so many restarts."""
    on_gpu = device.type == "cuda"
    if isinstance(matrix, Dense):
        dense = DenseData(matrix, dtype, device)
        return Engine(restarts if on_gpu else dense.largest_stack(restarts), partial(DENSE[optimizer].start, dense))
    if on_gpu:
        # Triton comes with torch's builds for GPUs only.
        from starnmf.factorization.observed_gpu.stack import ObservedGpuData

        return Engine(restarts, partial(ObservedGpuData(matrix, dtype, device).stack, optimizer=optimizer))
    kind = OBSERVED[optimizer]
    observed = ObservedData(matrix, dtype, kind.lanes(matrix.description.rank))
    return Engine(observed.largest_stack, partial(kind.start, observed))
