"""The three readings of the paper's gradient descent: which step is taken, how often, and when it stops.

Section 4.1 asks for a learning rate of 1e-7 and 1e4 steps. On the mean loss (`literal`) that hardly moves; on the sum
loss 1/2 sum (UV - X)^2 (`published`) it can give the paper's figures; `converged` descends until the loss rests.
"""

import math
from dataclasses import dataclass

import numpy as np

from starnmf.errors import InputError
from starnmf.matrix import Dense, Matrix, mean, observed_count

REGIMES = ("literal", "published", "converged")
OPTIMIZERS = ("gradient-descent", "accelerated", "hals")

CHECK_EVERY = {"gradient-descent": 50, "accelerated": 20, "hals": 10}
"""Steps of `converged` between two checks of the loss: fewer where a step does more."""

LEAST_CURVATURE = 1e-3
"""Curvature that hals assumes of a coordinate of observed entries at least (data have variance 1). A line whose few
entries meet next to nothing of a rank has its exact minimum next to infinitely far away; going there again and again
ends beyond all numbers."""

LARGEST_REDUCED_STEP = 0.1
"""Bound on learning rate x curvature under which fewer, larger steps follow the same descent."""

FEWEST_STEPS = 100
"""Fewest steps of a reduced run, so that its trajectory can still be seen."""


@dataclass(frozen=True)
class Schedule:
    """How one regime descends on one matrix; steps are along the gradient of the sum loss."""

    regime: str
    optimizer: str
    """One of `OPTIMIZERS`; `literal` and `published` are gradient descent by definition."""
    learning_rate: float | None
    """Gradient descent's fixed step; None for 1 / (L_U + L_V), refreshed at every check of each restart."""
    step_cap: int
    check_every: int
    """Steps between two float64 evaluations of the loss."""
    tolerance: float | None
    """Relative fall of the loss per step below which a restart has converged; None: always take `step_cap` steps."""
    dtype: str
    """`float32`, or `float64` for `literal`, whose steps are below the resolution of float32."""


def schedule(
    regime: str,
    matrix: Matrix,
    learning_rate: float,
    steps: int,
    step_cap: int,
    tolerance: float,
    optimizer: str = "gradient-descent",
) -> Schedule:
    """The schedule of `regime` on `matrix`.

    `learning_rate` and `steps` are the paper's 1e-7 and 1e4; `step_cap`, `tolerance` and `optimizer` serve `converged`.
    Raises `InputError` for an unknown regime or optimizer.
    """
    if optimizer not in OPTIMIZERS:
        raise InputError(f"optimizer: found {optimizer!r}; expected one of {', '.join(OPTIMIZERS)}")
    if regime == "literal":
        return Schedule(
            regime, "gradient-descent", learning_rate / observed_count(matrix), steps, _fiftieth(steps), None, "float64"
        )
    if regime == "published":
        learning_rate, steps = same_flow(matrix, learning_rate, steps)
        return Schedule(regime, "gradient-descent", learning_rate, steps, _fiftieth(steps), None, "float32")
    if regime == "converged":
        check_every = min(CHECK_EVERY[optimizer], step_cap)
        return Schedule(regime, optimizer, None, step_cap, check_every, tolerance, "float32")
    raise InputError(f"regime: found {regime!r}; expected one of {', '.join(REGIMES)}")


def same_flow(matrix: Matrix, learning_rate: float, steps: int) -> tuple[float, int]:
    """Learning rate and steps that drive a matrix smaller than the published one as far as the published one is driven.

    The pull on a factor grows with the observed entries in a line of the matrix, so the time it flows, learning rate x
    steps, is lengthened by `reduction`. Fewer, larger steps then follow the same flow as long as learning rate x
    curvature stays below `LARGEST_REDUCED_STEP`. At full size the paper's own numbers are returned.
    """
    reduction = matrix.description.reduction
    if reduction == 1:
        return learning_rate, steps
    flow = learning_rate * steps * reduction
    fewer = math.ceil(flow * start_curvature(matrix) / LARGEST_REDUCED_STEP)
    fewer = max(min(fewer, steps), min(FEWEST_STEPS, steps))
    return flow / fewer, fewer


def start_curvature(matrix: Matrix) -> float:
    """Upper estimate of the curvature of the sum loss at a half-normal start, in U or V alone.

    The largest eigenvalue of V_i V_i^T over the entries observed in row i is at most its trace, whose mean is
    (entries in the row) x r E[v^2] = (entries in the row) x mean(X) pi/2; the longest row or column bounds all.
    """
    if isinstance(matrix, Dense):
        longest = max(matrix.shape)
    else:
        longest = int(max(np.diff(matrix.indptr).max(), np.bincount(matrix.indices).max()))
    return longest * mean(matrix) * math.pi / 2


def _fiftieth(steps: int) -> int:
    return max(1, steps // 50)
