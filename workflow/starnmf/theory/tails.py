"""Equation 5 and Facts 1 and 2: how rare large deviations of the proof's polynomials are.

m = n and r = sqrt(n), n a square, half-normal entries less their mean. A deviation by t is one of t r n^2 in units of
sigma^4, or sigma^3 for a polynomial of degree 3. Every size and every t has instances of its own, so that all counts
are independent.
"""

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.blocks import even_blocks, map_blocks
from starnmf.seeds import generator
from starnmf.statistics import share_columns
from starnmf.theory.distributions import HALF_NORMAL
from starnmf.theory.planted import draw_instances

SIZES = (4, 9, 16, 25, 36, 49, 64)

DEVIATIONS = {
    "equation-5": (1.6, 2.4, 3.6),
    "fact-1": (0.06, 0.1, 0.16),
    "fact-2": (0.2, 0.3, 0.45),
}
"""By quantity, the t whose probabilities are measured at every size."""

SWEPT_SIZE = 4
"""The size at which more t are tried: there deviations are largest in units of r n^2."""

SWEPT_DEVIATIONS = {
    "equation-5": (4.0, 5.3, 7.0, 9.2, 12.1, 16.0, 21.1, 27.9, 36.8, 48.5, 64.0),
    "fact-1": (1.0, 1.15, 1.32, 1.52, 1.74, 2.0, 2.3, 2.64, 3.03, 3.48, 4.0),
    "fact-2": (1.0, 1.23, 1.52, 1.87, 2.3, 2.83, 3.48, 4.29, 5.28, 6.5, 8.0),
}
"""Those t, in equal ratios: at 1 or above, where the bound is exp(-c sqrt(t) n), and for equation 5, whose quantity is
not negative, from its mean on, where all deviations are upwards."""

EXPECTED = {"equation-5": 4.0, "fact-1": 0.0, "fact-2": 0.0}
"""The means of the quantities in units of r n^2 sigma^4, or sigma^3: Fact 5, and 0 by independence."""

BATCH = 2**17
"""Entries of U (instances x n x r) that are drawn at once."""


def measure_tails(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Probabilities of deviations at every size and t: the columns of `tables.TAILS`."""
    of_sizes = [(n, place, False) for n in SIZES for place in range(3)]
    of_deviations = [(SWEPT_SIZE, place, True) for place in range(len(SWEPT_DEVIATIONS["fact-1"]))]
    parts = map_blocks(lambda case: _measure(*case, trials, seed), of_sizes + of_deviations, threads)
    return pd.DataFrame([row for part in parts for row in part])


def _measure(n: int, place: int, swept: bool, trials: int, seed: int) -> list[dict[str, object]]:
    """A row for every quantity."""
    sweep, r = "t" if swept else "n", round(n**0.5)
    random = np.random.Generator(np.random.SFC64(generator(seed, "tails", sweep, n, place).integers(2**63)))
    batches = even_blocks(trials, max(1, BATCH // (n * r)))
    values = [_polynomials(random, batch.stop - batch.start, n, r) for batch in batches]
    rows: list[dict[str, object]] = []
    for quantity, deviations in (SWEPT_DEVIATIONS if swept else DEVIATIONS).items():
        t = deviations[place]
        sample = np.concatenate([value[quantity] for value in values])
        hits = int((np.abs(sample - EXPECTED[quantity]) > t).sum())
        rows.append(
            {"quantity": quantity, "sweep": sweep, "n": n, "m": n, "r": r, "t": t, "trials": trials,
             **share_columns("exceeds", hits, trials)}
        )  # fmt: skip
    return rows


def _polynomials(random: np.random.Generator, trials: int, n: int, r: int) -> dict[str, Array]:
    """The quantities over r n^2 sigma^d, d their degree.

    Of equation 5, |W2|^2 = |(U1 - U2)(V1 - V2)|^2. Of Fact 1, Tr V1' U1' U2 V2, and of Fact 2, Tr 1 U1' U1 V1 with the
    r x n matrix of ones turned to fit, all factors centred.
    """
    instances = draw_instances(HALF_NORMAL, random, trials, n, n, r)
    U1, U2 = instances.U1 - HALF_NORMAL.mean, instances.U2 - HALF_NORMAL.mean
    V1, V2 = instances.V1 - HALF_NORMAL.mean, instances.V2 - HALF_NORMAL.mean
    D, E = U1 - U2, V1 - V2
    entries, sigma = r * n * n, HALF_NORMAL.variance**0.5
    return {
        "equation-5": _trace(D, D, E, E) / (entries * sigma**4),
        "fact-1": _trace(U1, U2, V1, V2) / (entries * sigma**4),
        "fact-2": np.einsum("ti,tik,tk->t", U1.sum(axis=2), U1, V1.sum(axis=2)) / (entries * sigma**3),
    }


def _trace(A: Array, B: Array, C: Array, D: Array) -> Array:
    """<A C, B D> of stacks of matrices."""
    return np.asarray(((A.swapaxes(1, 2) @ B) * (C @ D.swapaxes(1, 2))).sum(axis=(1, 2)))
