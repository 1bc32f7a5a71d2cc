# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
"""What is done to restarts between the steps of the flow on a GPU, like `elementwise` on a CPU.

To a kernel every array is (groups, outer, restarts, inner), where a group has as many `adjacent`
restarts as lie side by side. Every named restart has `count` = outer x inner numbers.
"""

from typing import ClassVar

import numpy as np
import torch
import triton
import triton.language as tl
from torch import Tensor

from starnmf.arrays import AnyArray, Array
from starnmf.factorization.torch_flow import TorchFlow

BLOCK = 1024
"""Numbers of a program."""


class GpuFlow(TorchFlow):
    """k restarts, each at a stage of its own step, whose arrays Triton's kernels reach."""

    adjacent: ClassVar[int] = 1
    """Restarts of a group."""

    def accept(self, restarts: list[int], lengths: Array) -> None:
        """Make the ends of the named restarts' steps, of the given lengths, their starts; see `elementwise.accept`."""
        named = self._named(restarts, lengths)
        for Y, Z, Y0, F0, _ in self.states:
            _accept[self._grid(Y, restarts)](Y, Z, Y0, F0, *named, *self._sizes(Y), BLOCK=BLOCK)

    def start_steps(self, restarts: list[int], lengths: Array) -> None:
        """Run the first stage, of the given length, of a step of the named restarts."""
        named = self._named(restarts, lengths)
        for state in self.states:
            _start[self._grid(state.Y, restarts)](*state, *named, *self._sizes(state.Y), BLOCK=BLOCK)

    def _named(self, restarts: list[int], lengths: Array) -> tuple[Tensor, Tensor]:
        """The named restarts, and their lengths, on the device."""
        like = self.states[0].Y
        return sent_to(like, np.array(restarts), torch.int64), sent_to(like, lengths)

    def _sizes(self, array: Tensor) -> tuple[int, int, int]:
        """`adjacent`, `inner` and `count`."""
        return self.adjacent, array.shape[-1], array[0].numel() // self.adjacent

    def _grid(self, array: Tensor, named: list[int]) -> tuple[int, int]:
        return triton.cdiv(array[0].numel() // self.adjacent, BLOCK), len(named)


def sent_to(like: Tensor, numbers: AnyArray, dtype: torch.dtype | None = None) -> Tensor:
    """Numbers on the device of a tensor and of its type, or of another; nothing waits until they are there."""
    return ready_for(like, numbers, dtype).to(like.device, non_blocking=True)


def ready_for(like: Tensor, numbers: AnyArray, dtype: torch.dtype | None = None) -> Tensor:
    """The same in memory of the host that the device copies from by itself.

    From memory that is not pinned, torch copies only after all that was asked of a GPU before.
    """
    tensor = torch.from_numpy(numbers).to(dtype or like.dtype)
    return tensor.pin_memory() if like.device.type == "cuda" else tensor


@triton.jit
def _places(named, adjacent, inner, count, BLOCK: tl.constexpr):
    """Places of this program's numbers, of its named restart, and which of them exist."""
    number = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    restart = tl.load(named + tl.program_id(1))
    outer = restart // adjacent * (count // inner) + number // inner
    return (outer * adjacent + restart % adjacent) * inner + number % inner, number < count


@triton.jit
def _accept(Y, Z, Y0, F0, named, lengths, adjacent, inner, count, BLOCK: tl.constexpr):
    at, inside = _places(named, adjacent, inner, count, BLOCK)
    length = tl.load(lengths + tl.program_id(1))
    y, f = tl.load(Y + at, mask=inside), tl.load(Z + at, mask=inside)
    y0, f0 = tl.load(Y0 + at, mask=inside), tl.load(F0 + at, mask=inside)
    leaves = (y == 0) & (f > 0) & (y0 == 0) & (f0 <= 0)
    rise = tl.where(leaves, f - f0, 1.0)
    tl.store(Y0 + at, tl.where(leaves, f * f * length / (rise + rise), y), mask=inside)
    tl.store(F0 + at, f, mask=inside)


@triton.jit
def _start(Y, Z, Y0, F0, E, named, lengths, adjacent, inner, count, BLOCK: tl.constexpr):
    at, inside = _places(named, adjacent, inner, count, BLOCK)
    y0 = tl.load(Y0 + at, mask=inside)
    moved = y0 + tl.load(lengths + tl.program_id(1)) * tl.load(F0 + at, mask=inside)
    # NaN stays, so that a descent that blows up is seen to.
    tl.store(Y + at, tl.where(moved < 0, 0.0, moved), mask=inside)
    tl.store(Z + at, y0, mask=inside)
    tl.store(E + at, tl.zeros((BLOCK,), y0.dtype), mask=inside)
