"""Which code moves a batch of restarts: by the kind of matrix and the device.

Engines are imported when they are chosen: torch takes seconds to load, and on a CPU observed
entries need none of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from starnmf.arrays import FloatArray
from starnmf.choices import Descent
from starnmf.device import what_kernels_lack
from starnmf.errors import InputError
from starnmf.factorization.flow import BatchDescent, Flow
from starnmf.matrix import Dense, Matrix


@dataclass(frozen=True)
class Engine:
    """A matrix on its device, ready for batches of restarts."""

    largest_batch: int
    """Restarts that one batch is best made of."""
    start: Callable[[FloatArray, FloatArray], Any]
    """A `flow.FlowBatch`, or a `dense.hals.DenseHals`, from the starts U (k, n, r) and V (k, r, m)."""
    descent: type[BatchDescent] = Flow
    """What moves such a batch."""


def flow_engine(matrix: Matrix, restarts: int, dtype: str, device: str, alone: bool = False) -> Engine:
    """The engine that follows the flow, for so many restarts in `float32` or `float64` on `cpu` or `cuda`.

    `alone` is for a single restart on a CPU, which takes less time so; its last bits are not those that it has in a
    batch. Raises `InputError` for `cuda` where kernels cannot be compiled.
    """
    _check_kernels(device)
    if isinstance(matrix, Dense):
        if device == "cpu":
            from starnmf.factorization.dense.flow import DenseFlow

            return _dense(DenseFlow, matrix, restarts, dtype, device)
        from starnmf.factorization.dense_gpu.flow import DenseGpuFlow

        return _dense(DenseGpuFlow, matrix, restarts, dtype, device)
    if device == "cpu":
        from starnmf.factorization.observed.data import LARGEST_ROW, ObservedData
        from starnmf.factorization.observed.flow import ObservedFlow

        data = ObservedData(matrix, dtype, largest_row=1 if alone else LARGEST_ROW)
        return Engine(data.lanes, partial(ObservedFlow.start, data))
    import torch

    from starnmf.factorization.observed_gpu.flow import ObservedGpuData, ObservedGpuFlow

    gpu_data = ObservedGpuData(matrix, getattr(torch, dtype), torch.device(device))
    return Engine(restarts, partial(ObservedGpuFlow.start, gpu_data))


def hals_engine(matrix: Matrix, restarts: int, dtype: str, device: str) -> Engine:
    """The engine of hierarchical alternating least squares, for a fully observed matrix.

    Raises `InputError` for observed entries, where it ends in other optima than gradient descent, and for `cuda` where
    kernels cannot be compiled.
    """
    if not isinstance(matrix, Dense):
        raise InputError(
            f"{matrix.description.dataset}: descent is hals and entries are unobserved; expected a "
            "fully observed matrix, since HALS leads to other optima where entries are missing. "
            "Set descent to flow"
        )
    _check_kernels(device)
    from starnmf.factorization.alternation import Alternation

    if device == "cpu":
        from starnmf.factorization.dense.hals import DenseHals

        return _dense(DenseHals, matrix, restarts, dtype, device, Alternation)
    from starnmf.factorization.dense_gpu.hals import DenseGpuHals

    return _dense(DenseGpuHals, matrix, restarts, dtype, device, Alternation)


ENGINES = {Descent.FLOW: flow_engine, Descent.STEPS: flow_engine, Descent.HALS: hals_engine}
"""The engine of every way of descent."""


def _check_kernels(device: str) -> None:
    """Raise `InputError` where a GPU is asked for whose kernels cannot be compiled."""
    if device != "cpu" and (lacking := what_kernels_lack()):
        raise InputError(f"device: the kernels of a GPU cannot be compiled: {lacking}; or use device=cpu")


def _dense(
    kind: Any, matrix: Dense, restarts: int, dtype: str, device: str, descent: type[BatchDescent] = Flow
) -> Engine:
    import torch

    from starnmf.factorization.dense.data import DenseData

    torch.set_num_threads(1)  # batches have threads of their own (`starnmf.blocks`)
    data = DenseData(matrix, getattr(torch, dtype), torch.device(device))
    largest_batch = data.largest_batch(restarts) if device == "cpu" else restarts
    return Engine(largest_batch, partial(kind.start, data), descent)
