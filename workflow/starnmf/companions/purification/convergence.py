"""Purification without noise, in expectation: the coupled potential, and its end without the ReLU (section 5).

Without noise and with N = 0 the decoding is phi_alpha((Sigma + E)^-1 x*), whatever the left inverse and the true
features are: Sigma and E are followed by themselves, without sampling error. Errors are those of canonical unit
vectors, for which they are largest.
"""

from dataclasses import asdict, dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from starnmf.blocks import map_blocks, one_thread_per_block
from starnmf.companions.purification.algorithm import THRESHOLD, Decoding, Purification
from starnmf.companions.purification.expectation import ENUMERATED, follow, scaling_for
from starnmf.companions.purification.model import WARM_START, StartKind, bernoulli, off_diagonal
from starnmf.companions.purification.position import normalized_error, split
from starnmf.companions.purification.recurrences import BETA, allowed
from starnmf.seeds import generator

Array = npt.NDArray[np.float64]

SIZES = ((10, 1.0), (100, 0.5))
"""n features, of which s are in a data point on average (A2'); the larger ones in closed form."""

STEP_SIZE = WARM_START / 6
"""eta of the proof (section 5.2)."""

ITERATIONS = 1200
RECORDED = 20
"""Iterations between rows."""

ROUNDED = 1e-10
"""Potentials below are rounding errors, and say nothing of the next one."""

STARTS: tuple[StartKind, ...] = ("signed", "positive", "negative", "rotating")
DECODINGS: tuple[tuple[Decoding, float], ...] = (("relu", THRESHOLD), ("relu", 0.0), ("linear", 0.0))


@dataclass(frozen=True)
class Run:
    """One start under one decoding."""

    n: int
    s: float
    decoding: Decoding
    threshold: float
    start: StartKind
    trial: int


@dataclass(frozen=True)
class Step:
    """One iteration's position, as the proof of Theorem 1 looks at it."""

    positive: float
    negative: float
    smallest_diagonal: float
    error: float


def measure_convergence(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Positions along Purification from `trials` starts of every kind under every decoding.

    Columns n, s, decoding, threshold, step_size, scaling, start, warm_start, trial, iteration; positive and negative,
    the parts of the potential; smallest_diagonal, of Sigma; error |A^ - A*|_1. Of all iterations since the row before:
    contraction, the largest ratio of the potential positive + `BETA` negative to the one before; excess_positive and
    excess_negative, by how much, in units of eta and the potential, the parts exceed what section 5.2 allows.
    """
    runs = [
        Run(n, s, decoding, threshold, start, trial)
        for (n, s), (decoding, threshold), start in product(SIZES, DECODINGS, STARTS)
        for trial in range(trials)
        if n <= ENUMERATED or threshold
    ]
    with one_thread_per_block():
        found = map_blocks(lambda run: _rows(run, seed), runs, threads)
    return pd.DataFrame([row for rows in found for row in rows])


def _rows(run: Run, seed: int) -> list[dict[str, object]]:
    random = generator(seed, "purification", "start", run.start, run.n, run.trial)
    E = off_diagonal(run.start, run.n, WARM_START, random)
    weights = bernoulli(np.full(run.n, run.s / run.n))
    scaling = scaling_for(weights, run.threshold)
    parameters = Purification(run.threshold, STEP_SIZE, scaling, run.decoding)
    steps = [_step(within) for within in follow(np.eye(run.n) + E, weights, parameters, ITERATIONS)]
    return [
        {
            "n": run.n,
            "s": run.s,
            "decoding": run.decoding,
            "threshold": run.threshold,
            "step_size": STEP_SIZE,
            "scaling": scaling,
            "start": run.start,
            "warm_start": WARM_START,
            "trial": run.trial,
            "iteration": iteration,
            **asdict(steps[iteration]),
            **_recurrences(steps[max(iteration - RECORDED, 0) : iteration + 1]),
        }
        for iteration in range(0, ITERATIONS + 1, RECORDED)
    ]


def _step(within: Array) -> Step:
    truth = np.eye(len(within))
    at = split(within, np.zeros_like(within))
    return Step(at.positive, at.negative, float(at.diagonal.min()), normalized_error(within, truth))


def _recurrences(steps: list[Step]) -> dict[str, float]:
    """How the potential moved over consecutive iterations; NaN where it has come to rest, and for a first one."""
    a, b = (np.array([getattr(step, part) for step in steps]) for part in ("positive", "negative"))
    potential = a + BETA * b
    allowed_a, allowed_b = allowed(a, b, STEP_SIZE)
    moved = potential[:-1] > ROUNDED
    before = potential[:-1][moved]
    of = {
        "contraction": potential[1:][moved] / before,
        "excess_positive": (a[1:] - allowed_a[:-1])[moved] / (STEP_SIZE * before),
        "excess_negative": (b[1:] - allowed_b[:-1])[moved] / (STEP_SIZE * before),
    }
    return {name: float(values.max()) if len(values) else float("nan") for name, values in of.items()}
