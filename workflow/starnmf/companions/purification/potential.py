"""Purification without noise, in expectation: the coupled potential, with and without the ReLU (section 5).

Without noise and with N = 0 the decoding is phi_alpha((Sigma + E)^-1 x*), whatever the left inverse and the true
features are: Sigma and E are followed by themselves, without sampling error. Errors are those of canonical unit
vectors, for which they are largest.

The bounds of section 5.2 on a = |E_+|_s and b = |E_-|_s after one iteration, without its small h, are

    a' <= (1 - 3/25 eta) a + 7 eta b,   b' <= (1 - 24/25 eta) b + 1/100 eta a,

which should couple: a' + beta b' <= (1 - 1/25 eta) (a + beta b) for some beta in (1, 8).
"""

from itertools import product

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.blocks import map_blocks
from starnmf.companions.purification import model
from starnmf.companions.purification.algorithm import THRESHOLD, Decoding, Purification
from starnmf.companions.purification.expectation import ENUMERATED, follow, scaling_for
from starnmf.companions.purification.model import WARM_START, StartKind
from starnmf.seeds import generator

SIZES = ((10, 1.0), (100, 0.5))
"""n features, of which s are in a data point on average (A2'); the larger ones in closed form."""

STEP_SIZE = WARM_START / 6
"""eta of the proof (section 5.2)."""

ITERATIONS = 1200
RECORDED = 20
"""Iterations between rows."""

ROUNDED = 1e-10
"""Potentials below are rounding errors."""

POSITIVE_DECAY, FROM_NEGATIVE = 3 / 25, 7
NEGATIVE_DECAY, FROM_POSITIVE = 24 / 25, 1 / 100
COUPLED_DECAY = 1 / 25
"""The printed factors of eta."""

BETA = 7.8
"""The weight of the negative part in the potential: within `coupling_weights`."""

STARTS: tuple[StartKind, ...] = ("signed", "positive", "negative", "rotating")
DECODINGS: tuple[tuple[Decoding, float], ...] = (("relu", THRESHOLD), ("relu", 0.0), ("linear", 0.0))


def measure_potential(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Positions along Purification from `trials` starts of every kind under every decoding.

    The columns of `tables.CONVERGENCE`; `contraction` and the excesses are over all iterations since the row before.
    """
    runs = [
        (n, s, decoding, threshold, start, trial)
        for (n, s), (decoding, threshold), start in product(SIZES, DECODINGS, STARTS)
        for trial in range(trials)
        if n <= ENUMERATED or threshold
    ]
    return pd.concat(map_blocks(lambda run: _rows(*run, seed), runs, threads), ignore_index=True)


def _rows(
    n: int, s: float, decoding: Decoding, threshold: float, start: StartKind, trial: int, seed: int
) -> pd.DataFrame:
    random = generator(seed, "purification", "start", start, n, trial)
    E = model.off_diagonal(start, n, WARM_START, random)
    weights = model.bernoulli(n, s / n)
    scaling = scaling_for(weights, threshold)
    parameters = Purification(threshold, STEP_SIZE, scaling, decoding)
    steps = pd.DataFrame(map(_step, follow(np.eye(n) + E, weights, parameters, ITERATIONS)))
    changes = recurrences(steps["positive"].to_numpy(), steps["negative"].to_numpy())
    recorded_at = -(-np.arange(1, len(steps)) // RECORDED) * RECORDED
    recorded = steps[::RECORDED].join(changes.groupby(recorded_at).max())
    run = {"n": n, "s": s, "decoding": decoding, "threshold": threshold, "start": start, "trial": trial}
    chosen = {"step_size": STEP_SIZE, "scaling": scaling, "warm_start": WARM_START}
    return recorded.assign(iteration=recorded.index, **run, **chosen)


def _step(within: Array) -> dict[str, float]:
    """One iteration's position, in the terms of the proof of Theorem 1."""
    E = model.without_diagonal(within)
    return {
        "positive": model.symmetrized_norm(np.maximum(E, 0)),
        "negative": model.symmetrized_norm(np.maximum(-E, 0)),
        "smallest_diagonal": float(np.diag(within).min()),
        "error": model.normalized_error(within, np.eye(len(within))),
    }


def recurrences(a: Array, b: Array) -> pd.DataFrame:
    """How the potential of parts a and b changes in every iteration; NaN once it has converged."""
    potential = a + BETA * b
    allowed_a = (1 - POSITIVE_DECAY * STEP_SIZE) * a + FROM_NEGATIVE * STEP_SIZE * b
    allowed_b = (1 - NEGATIVE_DECAY * STEP_SIZE) * b + FROM_POSITIVE * STEP_SIZE * a
    before = np.where(potential > ROUNDED, potential, np.nan)[:-1]
    return pd.DataFrame(
        {
            "contraction": potential[1:] / before,
            "excess_positive": (a[1:] - allowed_a[:-1]) / (STEP_SIZE * before),
            "excess_negative": (b[1:] - allowed_b[:-1]) / (STEP_SIZE * before),
        }
    )


def coupled_contraction(step_size: float) -> float:
    """The largest ratio of a + beta b to the one before."""
    return 1 - COUPLED_DECAY * step_size


def coupling_weights() -> tuple[float, float]:
    """The smallest and the largest beta for which the two recurrences give that of a + beta b.

    The terms of a require beta / 100 <= 3/25 - 1/25, those of b for 7 <= (24/25 - 1/25) beta.
    """
    return FROM_NEGATIVE / (NEGATIVE_DECAY - COUPLED_DECAY), (POSITIVE_DECAY - COUPLED_DECAY) / FROM_POSITIVE
