"""Contenders timed side by side in one process.

The clock of a machine and the neighbours on it change from second to second. So the contenders take turns, with a large
matrix product before and after every turn, and what is reported are medians over the rounds: of the seconds, and of
the ratios taken within each round, where whatever slowed one contender slowed the others alike. Minimum times would
need every contender to catch an undisturbed moment, which favours those whose turns are short.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from peak import Peak, memory_rise


@dataclass(frozen=True)
class Contender:
    """One way of doing a piece of work."""

    name: str
    prepare: Callable[[], Callable[[], float]]
    """Sets everything up and returns a turn: it does the work and tells the seconds of a unit of it."""


@dataclass(frozen=True)
class Measurement:
    """What the rounds told of a contender; NaN where there is nothing to tell."""

    contender: str
    seconds: float
    """Of a unit of work: median over the rounds."""
    ratio: float
    """Its seconds over those of the first contender: median over the rounds."""
    share_of_peak: float
    """Time the operations of the work take at the rate of the matrix products next to its turn, over its own time."""
    memory_mib: float | None
    """Rise of the peak memory while the contender is set up and takes one turn."""
    rounds: int


def absent(contender: str) -> Measurement:
    """Of a contender that could not take part; its name says why."""
    return Measurement(contender, np.nan, np.nan, np.nan, None, 0)


def measure(
    contenders: Sequence[Contender],
    operations: float,
    dtype: torch.dtype,
    device: torch.device,
    seconds: float,
    memory: bool = True,
) -> list[Measurement]:
    """Let the contenders take turns for about so many seconds, one round at least.

    `operations` are the additions and multiplications a unit of work cannot do without; NaN where that is not known.
    Their memory costs a turn of each; without `memory` it is not told.
    What a contender compiles it must have compiled before, or the compiler's memory is counted as the contender's.
    """
    rises = [_memory_of(contender, device) if memory else None for contender in contenders]
    turns = [contender.prepare() for contender in contenders]
    peak = Peak(dtype, device)
    spent: list[list[float]] = []
    floors: list[list[float]] = []
    start = time.perf_counter()
    while not spent or time.perf_counter() - start < seconds:
        spent.append([])
        floors.append([])
        before = peak.seconds_per_operation()
        for turn in turns:
            spent[-1].append(turn())
            after = peak.seconds_per_operation()
            floors[-1].append(operations * (before + after) / 2)
            before = after
    claiming = len(spent) // 4  # rounds in which contenders still claim their memory from the system
    times, floors_at_peak = np.array(spent)[claiming:], np.array(floors)[claiming:]
    ratios, shares = times / times[:, :1], floors_at_peak / times
    return [
        Measurement(
            contender=contender.name,
            seconds=float(np.median(times[:, place])),
            ratio=float(np.median(ratios[:, place])),
            share_of_peak=float(np.median(shares[:, place])),
            memory_mib=rises[place],
            rounds=len(times),
        )
        for place, contender in enumerate(contenders)
    ]


def _memory_of(contender: Contender, device: torch.device) -> float | None:
    return memory_rise(lambda: contender.prepare()(), device)
