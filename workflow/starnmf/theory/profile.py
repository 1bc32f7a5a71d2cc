"""The mean of loss''(lambda) along both kinds of segment, beside its exact expectation (an extra figure)."""

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.seeds import generator
from starnmf.theory.distributions import CENTRED, HALF_NORMAL, Distribution
from starnmf.theory.facts import FACT_ON_W0W2, STATED
from starnmf.theory.planted import KINDS, differences, draw_instances, quartics

SHAPE = {"n": 100, "m": 80, "r": 10}
TRIALS = 1000
BATCH = 50
LAMBDA = np.linspace(0, 1, 21)


def measure_profile(seed: int) -> pd.DataFrame:
    """Mean loss'' over independent segments, in units of r sigma^4 per entry: the columns of `tables.PROFILE`."""
    tables = [_of_distribution(distribution, seed) for distribution in (HALF_NORMAL, CENTRED)]
    return pd.concat(tables, ignore_index=True)


def expected_curvature(at: Array, W0W2: float, mean_term: float) -> Array:
    """c + b l + a l^2 with a = 6 E|W2|^2, b = 6 E<W1, W2> and c = E|W1|^2 + 2 E<W0, W2>, in the same unit."""
    return np.asarray(6 + 4 * mean_term + 2 * W0W2 - 24 * at + 24 * at**2)


def _of_distribution(distribution: Distribution, seed: int) -> pd.DataFrame:
    parts: dict[str, list[Array]] = {kind: [] for kind in KINDS}
    for batch in range(TRIALS // BATCH):
        random = generator(seed, "profile", distribution.name, batch)
        segments = differences(draw_instances(distribution, random, BATCH, **SHAPE))
        for kind in KINDS:
            parts[kind].append(quartics(segments, kind).second_derivative(LAMBDA[:, np.newaxis]))
    return pd.concat([_of_kind(distribution, kind, np.concatenate(parts[kind], axis=1)) for kind in KINDS])


def _of_kind(distribution: Distribution, kind: str, curvature: Array) -> pd.DataFrame:
    """The rows of one kind from its loss'' (lambda, trials)."""
    fact, q = STATED[FACT_ON_W0W2[kind]], distribution.mean_term
    values = curvature / (SHAPE["r"] * distribution.variance**2)
    return pd.DataFrame(
        {
            "distribution": distribution.name,
            "kind": kind,
            **SHAPE,
            "trials": TRIALS,
            "lambda": LAMBDA,
            "mean": values.mean(axis=1),
            "standard_error": values.std(axis=1, ddof=1) / TRIALS**0.5,
            "exact": expected_curvature(LAMBDA, fact.exact(q), q),
            "printed": expected_curvature(LAMBDA, fact.paper(q), q),
        }
    )
