"""The yardsticks of a contender: the rate of a large matrix product beside it, and the memory it adds."""

import gc
from collections.abc import Callable
from pathlib import Path

import torch
from allocator import hand_back_freed_memory
from clock import seconds_per_call

from starnmf.factorization.dense.arithmetic import multiply

SIDE = {"cpu": 2048, "cuda": 8192}
"""Rows and columns of the product: large enough to be bound by arithmetic alone."""


class Peak:
    """A square product in `dtype` on `device`: cuBLAS without TF32 on a GPU, numpy's BLAS on a CPU.

    On a CPU that is the faster of the two at hand, or level with torch's.
    """

    def __init__(self, dtype: torch.dtype, device: torch.device) -> None:
        torch.set_float32_matmul_precision("highest")
        side = SIDE[device.type]
        self.device, self.operations = device, 2.0 * side**3
        self.factor = torch.rand(side, side, dtype=dtype, device=device)
        self.product = torch.empty_like(self.factor)
        self.seconds_per_operation()

    def seconds_per_operation(self) -> float:
        """Time of one product over its additions and multiplications."""
        return (
            seconds_per_call(lambda: multiply(self.factor, self.factor, out=self.product), self.device)
            / self.operations
        )


def memory_rise(work: Callable[[], object], device: torch.device) -> float | None:
    """MiB by which `work` lifts the peak of what the process (on a GPU: torch) holds; None where nobody tells.

    On Linux the peak resident memory is reset before `work` and read after it.
    """
    gc.collect()
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        work()
        return float(torch.cuda.max_memory_allocated(device) - before) / 2**20
    hand_back_freed_memory()
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        work()
        return None
    before = _resident_kib("VmRSS")
    work()
    return (_resident_kib("VmHWM") - before) / 2**10


def _resident_kib(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))
