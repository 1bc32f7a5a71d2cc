"""The mean of loss''(lambda) along both kinds of line, beside its exact expectation (an extra figure)."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from starnmf.blocks import one_thread_per_block
from starnmf.seeds import generator
from starnmf.theory.distributions import CENTRED, HALF_NORMAL, Distribution
from starnmf.theory.planted import KINDS, differences, draw_instances, quartics

Array = npt.NDArray[np.float64]

SHAPE = (100, 80, 10)
TRIALS = 400
BATCH = 50
LAMBDA = np.linspace(0, 1, 21)

EXACT_W0W2 = {"random-random": 1.0, "random-planted": 0.0}
"""E <W0, W2>, in units of n m r sigma^4."""

PRINTED_W0W2 = {"random-random": 1.0, "random-planted": 2.0}
"""What Facts 6 and 10 state."""


def measure_profile(seed: int) -> pd.DataFrame:
    """Mean loss'' over independent lines, in units of r sigma^4 per entry.

    Columns distribution, kind, n, m, r, trials, lambda, mean, standard_error, exact, printed (by the paper's facts).
    """
    with one_thread_per_block():
        tables = [_of_distribution(distribution, seed) for distribution in (HALF_NORMAL, CENTRED)]
    return pd.concat(tables, ignore_index=True)


def expected_curvature(at: Array, W0W2: float, mean_term: float) -> Array:
    """c + b l + a l^2 with a = 6 E|W2|^2, b = 6 E<W1, W2> and c = E|W1|^2 + 2 E<W0, W2>, in the same unit."""
    return np.asarray(6 + 4 * mean_term + 2 * W0W2 - 24 * at + 24 * at**2)


def _of_distribution(distribution: Distribution, seed: int) -> pd.DataFrame:
    n, m, r = SHAPE
    parts: dict[str, list[Array]] = {kind: [] for kind in KINDS}
    for batch in range(TRIALS // BATCH):
        random = generator(seed, "profile", distribution.name, batch)
        lines = differences(draw_instances(distribution, random, BATCH, n, m, r))
        for kind in KINDS:
            parts[kind].append(quartics(lines, kind).second_derivative(LAMBDA[:, np.newaxis]))
    tables = []
    for kind in KINDS:
        values = np.concatenate(parts[kind], axis=1) / (r * distribution.variance**2)
        tables.append(
            pd.DataFrame(
                {
                    "distribution": distribution.name,
                    "kind": kind,
                    "n": n,
                    "m": m,
                    "r": r,
                    "trials": TRIALS,
                    "lambda": LAMBDA,
                    "mean": values.mean(axis=1),
                    "standard_error": values.std(axis=1, ddof=1) / TRIALS**0.5,
                    "exact": expected_curvature(LAMBDA, EXACT_W0W2[kind], distribution.mean_term),
                    "printed": expected_curvature(LAMBDA, PRINTED_W0W2[kind], distribution.mean_term),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)
