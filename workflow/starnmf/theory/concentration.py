"""Equation 5 and Lemma 1: how single terms of the proof scale with the size of the problem.

m = n and r = sqrt(n), half-normal entries.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.blocks import map_blocks
from starnmf.seeds import generator
from starnmf.theory.convexity import rank_of
from starnmf.theory.distributions import HALF_NORMAL
from starnmf.theory.planted import Instances, differences, draw_instances

SIZES = (16, 64, 256, 512, 1024, 2048)
TRIALS = 32
AT = (0.0, 0.5, 1.0)
ROWS = 32
"""Rows that are looked at together: whole matrices would not fit into a processor's cache."""


def measure_concentration(seed: int, threads: int) -> pd.DataFrame:
    """Terms of every instance: the columns of `tables.CONCENTRATION`.

    `W2W2` is |W2|^2 / (r n^2), whose spread equation 5 bounds. `residual`, `first`, `second` and `solution` are the
    largest absolute entries of X(lambda) - X, X'(lambda), X''(lambda) and of X itself over lambda = 0, 1/2, 1: Lemma 1
    bounds them by a constant times r^(2/3).
    """
    work = [(n, trial) for n in SIZES for trial in range(TRIALS)]
    return pd.concat(map_blocks(lambda item: _measure(*item, seed), work, threads), ignore_index=True)


def _measure(n: int, trial: int, seed: int) -> pd.DataFrame:
    r = rank_of(n)
    instances = draw_instances(HALF_NORMAL, generator(seed, "concentration", n, trial), 1, n, n, r)
    parts = [_terms(_rows(instances, slice(first, first + ROWS))) for first in range(0, n, ROWS)]
    values = {quantity: max(part[quantity] for part in parts) for quantity in parts[0]}
    values["W2W2"] = sum(part["W2W2"] for part in parts) / (r * n * n)
    return pd.DataFrame({"quantity": values.keys(), "n": n, "m": n, "r": r, "trial": trial, "value": values.values()})


def _rows(instances: Instances, rows: slice) -> Instances:
    """The same rows of all matrices."""
    U1, U2, U_star = (U[:, rows] for U in (instances.U1, instances.U2, instances.U_star))
    return replace(instances, U1=U1, U2=U2, U_star=U_star)


def _terms(instances: Instances) -> dict[str, float]:
    """|W2|^2, and the largest absolute entries."""
    segments = differences(instances)
    return {
        "W2W2": float(np.square(segments.W2).sum()),
        "residual": _largest(segments.residual),
        "first": _largest(segments.first_derivative),
        "second": float(np.abs(segments.second_derivative).max()),
        "solution": float((instances.U_star @ instances.V_star).max()),
    }


def _largest(matrix_at: Callable[[float], Array]) -> float:
    """The largest absolute entry over the places `AT`."""
    return max(float(np.abs(matrix_at(at)).max()) for at in AT)
