"""Stochastic gradient descent on matrix recovery, and how often it fails on the counterexample (slides 18 to 20).

A step draws one measurement k and follows the gradient of its term (<A_k, U U'> - b_k)^2 with momentum; gradient
descent, for comparison, follows the mean of all terms' gradients. The slides print neither learning rate, momentum,
number of steps nor threshold, so usual values of each are tried.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numba
import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.blocks import map_blocks
from starnmf.companions.isometry.counterexample import COUNTEREXAMPLE
from starnmf.companions.isometry.recovery import Recovery, as_matrices, as_vectors
from starnmf.companions.isometry.tables import DESCENT
from starnmf.seeds import generator
from starnmf.statistics import proportion_interval

LEARNING_RATES = (5e-4, 1e-3, 2e-3)
STEPS = (100, 300, 1000, 3000, 10_000)
"""Steps after which errors are measured, ascending."""

THRESHOLDS = (0.01, 0.1, 0.5, 1.0)
"""Errors |u u' - z z'| above which a start counts as failed; x itself is at 1.12."""

BLOCK = 1000
"""Starts that share a generator: more starts keep the earlier ones."""

DRAWN = 1000
"""Steps whose measurements are drawn at once."""

Gradient = Literal["stochastic", "mean"]


@dataclass(frozen=True)
class UpdateRule:
    """How a step is taken: the velocity is `momentum` of the last one less `learning_rate` times the gradient."""

    gradient: Gradient
    momentum: float
    learning_rate: float


KINDS: tuple[tuple[Gradient, float], ...] = (("stochastic", 0.9), ("stochastic", 0.0), ("mean", 0.9))
RULES = [UpdateRule(gradient, momentum, rate) for gradient, momentum in KINDS for rate in LEARNING_RATES]


def measure_failures(starts: int, seed: int, threads: int) -> pd.DataFrame:
    """Failures of SGD on the counterexample from standard normal starts, the same for every rule.

    The columns of `tables.DESCENT`. The same numbers on any number of threads.
    """
    work = [(rule, block) for rule in RULES for block in range(-(-starts // BLOCK))]

    def measured(item: tuple[UpdateRule, int]) -> list[dict[str, object]]:
        rule, block = item
        count = min(BLOCK, starts - block * BLOCK)
        U = generator(seed, "descent", "start", block).standard_normal((BLOCK, *COUNTEREXAMPLE.Z.shape))[:count]
        random = generator(seed, "descent", rule.momentum, rule.learning_rate, block)
        reached = [errors(COUNTEREXAMPLE, now) for now in descend(COUNTEREXAMPLE, U, rule, STEPS, random)]
        return [
            {
                **asdict(rule),
                "steps": steps,
                "threshold": threshold,
                "starts": count,
                "failures": int((of_step > threshold).sum()),
                "diverged": int(np.isinf(of_step).sum()),
            }
            for steps, of_step in zip(STEPS, reached, strict=True)
            for threshold in THRESHOLDS
        ]

    rows = [row for part in map_blocks(measured, work, threads) for row in part]
    table = pd.DataFrame(rows).groupby(list(DESCENT.key), sort=False, as_index=False).sum()
    intervals = [proportion_interval(*pair) for pair in zip(table["failures"], table["starts"], strict=True)]
    table["share"] = table["failures"] / table["starts"]
    table["low"], table["high"] = zip(*intervals, strict=True)
    return table


def descend(
    recovery: Recovery, start: Array, rule: UpdateRule, steps: Sequence[int], random: np.random.Generator
) -> Iterator[Array]:
    """Follow t starts (t, n, r), at most `BLOCK`; yield their factors after each of `steps`, ascending."""
    U, velocity, taken = start.copy(), np.zeros_like(start), 0
    measurements, values = np.ascontiguousarray(recovery.measurements), recovery.values
    for step in steps:
        while taken < step:
            now = min(DRAWN, step - taken)
            if rule.gradient == "stochastic":
                drawn = random.integers(len(values), size=(BLOCK, now), dtype=np.uint8)
                _follow_drawn(measurements, values, U, velocity, drawn, rule.learning_rate, rule.momentum)
            else:
                _follow_mean(recovery, U, velocity, now, rule)
            taken += now
        yield U.copy()


def errors(recovery: Recovery, U: Array) -> Array:
    """|U U' - Z Z'| of t factors (t, n, r); infinite where U is not finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        distance = np.linalg.norm(U @ U.transpose(0, 2, 1) - recovery.Z @ recovery.Z.T, axis=(1, 2))
    return np.where(np.isfinite(distance), distance, np.inf)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _follow_drawn(measurements, values, U, velocity, drawn, learning_rate, momentum):  # type: ignore[no-untyped-def]
    """Take the steps of the measurements `drawn` (starts, steps) in place."""
    starts, n, r = U.shape
    product = np.empty((n, r))
    for s in range(starts):
        for k in drawn[s]:
            residual = -values[k]
            for i in range(n):
                for a in range(r):
                    total = 0.0
                    for j in range(n):
                        total += measurements[k, i, j] * U[s, j, a]
                    product[i, a] = total
                    residual += total * U[s, i, a]
            for i in range(n):
                for a in range(r):
                    velocity[s, i, a] = momentum * velocity[s, i, a] - 4 * learning_rate * residual * product[i, a]
                    U[s, i, a] += velocity[s, i, a]


def _follow_mean(recovery: Recovery, U: Array, velocity: Array, steps: int, rule: UpdateRule) -> None:
    """Take steps along the mean of all measurements' gradients in place; it needs the kernel alone."""
    target, n = as_vectors(recovery.Z @ recovery.Z.T), U.shape[1]
    scale = 4 * rule.learning_rate / len(recovery.measurements)
    kernel = recovery.kernel
    for _ in range(steps):
        residual = as_matrices((as_vectors(U @ U.transpose(0, 2, 1)) - target) @ kernel, n)
        velocity *= rule.momentum
        velocity -= scale * (residual @ U)
        U += velocity
