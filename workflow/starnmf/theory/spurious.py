"""How often descent ends above the planted solution, in a minimum that is one for certain.

Random X = U* V* of a small size has a factorization with loss 0 by construction. Descents from random starts that end
above it are told apart by `theory.certificate`. arXiv 2505.03717 says of non-negative recovery that there are spurious
second-order points for every RIP constant above 0 and every true rank above 1.
"""

from collections import Counter
from itertools import product

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.blocks import map_blocks
from starnmf.seeds import generator
from starnmf.statistics import share_columns
from starnmf.theory.certificate import Kind, Problem, descend, kind_of
from starnmf.theory.distributions import HALF_NORMAL, Distribution, beta

SIDE = 16
"""Rows and columns of X."""

LAWS = (HALF_NORMAL, beta(1, 0.6))
TRUE_RANKS = (1, 2, 3)
MORE_RANKS = (0, 1)
"""Ranks of the factorization beyond the true one."""

SHARES = (1.0, 0.6)
"""Shares of entries that are observed; with 0.6 there are 154, for 87 degrees of freedom of rank 3."""

PLANTED = 1e-10
"""Loss below which the planted solution, or another exact one, was found; X has variance 1."""

TRIALS_PER_INSTANCE, MOST_INSTANCES = 2000, 1000
"""Trials of the run for each instance, and the most instances of a case."""


def measure_spurious(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Count what descents end in, for every law, true rank, rank and share observed: the columns of `tables.SPURIOUS`.

    Every instance has one start, so that instances are independent.
    """
    instances = min(-(-trials // TRIALS_PER_INSTANCE), MOST_INSTANCES)
    cases = [
        (law, true, true + more, share) for law, true, more, share in product(LAWS, TRUE_RANKS, MORE_RANKS, SHARES)
    ]
    return pd.DataFrame(map_blocks(lambda case: _row(*case, instances, seed), cases, threads))


def _row(law: Distribution, true_rank: int, rank: int, observed: float, instances: int, seed: int) -> dict[str, object]:
    address = (seed, "spurious", law.name, true_rank, rank, observed)
    ends = [
        _end(*draw_problem(law, true_rank, rank, observed, generator(*address, trial))) for trial in range(instances)
    ]
    losses = np.array([loss for kind, loss in ends if kind == Kind.MINIMUM])
    kinds = Counter(kind for kind, _ in ends)
    return {
        "law": law.name,
        "true_rank": true_rank,
        "rank": rank,
        "observed": observed,
        "n": SIDE,
        "m": SIDE,
        "trials": instances,
        **share_columns("spurious", len(losses), instances),
        "saddles": kinds[Kind.SADDLE],
        "planted": kinds[None],
        "undecided": kinds[Kind.DEGENERATE] + kinds[Kind.NOT_STATIONARY],
        "spurious_loss": float(np.median(losses)) if len(losses) else np.nan,
    }


def _end(problem: Problem, start: Array) -> tuple[Kind | None, float]:
    """What a descent ends in, None for an exact solution, and its loss."""
    x = descend(problem, start)
    loss = problem.loss_and_gradient(x)[0]
    return (None if loss < PLANTED else kind_of(problem, x)), loss


def draw_problem(
    law: Distribution, true_rank: int, rank: int, observed: float, random: np.random.Generator
) -> tuple[Problem, Array]:
    """A planted problem of variance 1 over its observed entries, and a half-normal start with the mean of X."""
    X = law.draw(random, (SIDE, true_rank)) @ law.draw(random, (true_rank, SIDE))
    mask = random.random(X.shape) < observed
    X = X / X[mask].std()
    start = np.sqrt(X[mask].mean() / rank * np.pi / 2) * np.abs(random.standard_normal(2 * SIDE * rank))
    return Problem(X, mask, rank), start
