"""Which code moves restarts: by the kind of matrix, the device and the optimizer.

Engines are imported when they are chosen: torch takes seconds to load, and on a CPU observed entries need none of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from starnmf.matrix import Dense, FloatArray, Matrix, Observed


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


def engine(matrix: Matrix, optimizer: str, restarts: int, dtype: str, device: str) -> Engine:
    """The engine of one of `regimes.OPTIMIZERS` for a matrix and so many restarts, in `float32` or `float64`.

    `device` is `cpu` or `cuda`.
    """
    if isinstance(matrix, Dense):
        return _dense(matrix, optimizer, restarts, dtype, device)
    if device == "cpu":
        return _observed(matrix, optimizer, dtype)
    return _observed_gpu(matrix, optimizer, restarts, dtype, device)


def _dense(matrix: Dense, optimizer: str, restarts: int, dtype: str, device: str) -> Engine:
    import torch

    from starnmf.factorization.dense.accelerated import DenseAccelerated
    from starnmf.factorization.dense.data import DenseData
    from starnmf.factorization.dense.gradient_descent import DenseGradientDescent
    from starnmf.factorization.dense.hals import DenseHals
    from starnmf.factorization.dense.stack import DenseStack

    kinds: dict[str, type[DenseStack]] = {
        "gradient-descent": DenseGradientDescent,
        "accelerated": DenseAccelerated,
        "hals": DenseHals,
    }
    torch.set_num_threads(1)  # stacks have threads of their own (`starnmf.blocks`)
    data = DenseData(matrix, getattr(torch, dtype), torch.device(device))
    return Engine(data.largest_stack(restarts) if device == "cpu" else restarts, partial(kinds[optimizer].start, data))


def _observed(matrix: Observed, optimizer: str, dtype: str) -> Engine:
    from starnmf.factorization.observed.accelerated import ObservedAccelerated
    from starnmf.factorization.observed.data import ObservedData
    from starnmf.factorization.observed.gradient_descent import ObservedGradientDescent
    from starnmf.factorization.observed.hals import ObservedHals
    from starnmf.factorization.observed.stack import ObservedStack

    kinds: dict[str, type[ObservedStack]] = {
        "gradient-descent": ObservedGradientDescent,
        "accelerated": ObservedAccelerated,
        "hals": ObservedHals,
    }
    kind = kinds[optimizer]
    data = ObservedData(matrix, dtype, kind.lanes(matrix.description.rank))
    return Engine(data.largest_stack, partial(kind.start, data))


def _observed_gpu(matrix: Observed, optimizer: str, restarts: int, dtype: str, device: str) -> Engine:
    import torch

    # Triton comes with torch's builds for GPUs only.
    from starnmf.factorization.observed_gpu.stack import ObservedGpuData

    data = ObservedGpuData(matrix, getattr(torch, dtype), torch.device(device))
    return Engine(restarts, partial(data.stack, optimizer=optimizer))
