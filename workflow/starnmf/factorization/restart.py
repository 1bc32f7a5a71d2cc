"""What is recorded of one restart on its way, and when it has converged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from starnmf.arrays import Array, FloatArray

INTERPOLATED = 1e-5
"""Loss at which a descent is over: data have variance 1, so the factors go through every entry.

A rank that allows it lets the loss fall for ever.
"""

ROUNDING = 1e-7
"""By how much the loss of a converged restart may rise, of data with variance 1 in float32."""

STATIONARY = 2e-4
"""Norm of the projected gradient over that at the start, below which a restart may have converged.

On plateaus near saddles the loss may fall as little as at an optimum, but on metabolic the norm
stays above 7e-4 there, and ends below 5e-4 (`docs/findings/regimes.md`).
"""


@dataclass(frozen=True)
class PathPoint:
    """A restart at one time: with its loss or, where it is a snapshot only, NaN."""

    time: float
    gradients: int
    loss: float
    U: FloatArray
    V: FloatArray


@dataclass(frozen=True)
class End:
    """Where a regime ends for one restart, and where the restart was at half that time."""

    now: PathPoint
    half: PathPoint
    projected_gradient: float
    """Its norm over that at the start."""
    converged: bool

    @property
    def loss_change(self) -> float:
        """Share of itself by which the loss fell over the last doubling of time."""
        return self.half.loss / self.now.loss - 1 if self.now.loss > 0 else 0.0


@dataclass
class Restart:
    """One restart: its losses, the last points of its path, and what the regimes keep."""

    index: int
    start_gradient: float = np.nan
    """Norm of the projected gradient at the start."""
    times: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    recent: list[PathPoint] = field(default_factory=list)
    """Points since half the present time, oldest first."""
    ends: dict[str, End] = field(default_factory=dict)
    snapshots: dict[str, list[PathPoint]] = field(default_factory=dict)

    def record(self, point: PathPoint) -> None:
        """Note a loss, and forget what lies before half its time."""
        self.times.append(point.time)
        self.losses.append(point.loss)
        self.recent.append(point)
        while len(self.recent) > 1 and self.recent[1].time <= point.time / 2 * (1 + 1e-9):
            del self.recent[0]

    def end(self, regime: str, projected_gradient: float, rest: float) -> None:
        """The last point is where a regime ends."""
        now, half = self.recent[-1], self.recent[0]
        has_converged = self.has_converged(projected_gradient, rest)
        self.ends[regime] = End(now, half, projected_gradient / self.start_gradient, has_converged)

    @property
    def loss_change(self) -> float:
        """Share of itself by which the loss fell over the last doubling of time; NaN before there was one."""
        now, half = self.recent[-1], self.recent[0]
        is_doubled = 0 < half.time <= now.time / 2 * (1 + 1e-9)
        return half.loss / now.loss - 1 if is_doubled and now.loss > 0 else np.nan

    @property
    def goes_through_every_entry(self) -> bool:
        """Whether nothing is left of the loss."""
        return self.recent[-1].loss <= INTERPOLATED

    def is_flat(self, rest: float) -> bool:
        """Whether the loss fell by less than `rest` of itself over the last doubling of time, or
        nothing is left of it.

        A loss that rose in that time is not flat: the flow never climbs, so that this is the error
        of steps across a plateau that the descent is about to leave.
        """
        if self.goes_through_every_entry:
            return True
        rises = max((after.loss - before.loss for before, after in pairwise(self.recent)), default=0.0)
        return rises <= ROUNDING and self.loss_change < rest

    def has_converged(self, projected_gradient: float, rest: float) -> bool:
        """Whether the loss is flat at a point that is nearly stationary, or nothing is left of it."""
        is_stationary = projected_gradient <= STATIONARY * self.start_gradient
        return self.is_flat(rest) and (is_stationary or self.goes_through_every_entry)


def histories(restarts: Sequence[Restart]) -> tuple[Array, Array]:
    """Times (c,) at which any restart has a loss, and the losses (k, c), NaN where one has none."""
    times = np.unique(np.concatenate([restart.times for restart in restarts]))
    losses = np.full((len(restarts), len(times)), np.nan)
    for row, restart in zip(losses, restarts, strict=True):
        row[np.searchsorted(times, restart.times)] = restart.losses
    return times, losses
