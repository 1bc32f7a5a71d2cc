"""The ReLU's Hessian with the first row of U fixed, against that row's smallest entry (Lemma D.3)."""

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.blocks import map_blocks
from starnmf.companions.inductive.activations import RELU
from starnmf.companions.inductive.population import Weights, hessian_at_truth, orthonormal, without_first_row
from starnmf.seeds import generator

DIMENSIONS = (2, 3, 4, 6)
SMALLEST = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
"""Values that the smallest entry of the first row is set to."""

RANDOM_PER_TRIAL = 5
"""Random unitary U* for every trial."""


def measure_first_row(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Smallest eigenvalues for random unitary U* and V* = I: the columns of `tables.FIRST_ROW`.

    U* is `random`, or turned so that the first entry of its first row is `set` to each of `SMALLEST`.
    """
    work: list[tuple[str, int, int, float | None]] = []
    for d in DIMENSIONS:
        work += [("random", d, draw, None) for draw in range(RANDOM_PER_TRIAL * trials)]
        work += [("set", d, draw, entry) for draw in range(trials) for entry in SMALLEST]
    return pd.DataFrame(map_blocks(lambda item: _row(*item, seed), work, threads))


def unitary_with_entry(d: int, entry: float, random: np.random.Generator) -> Array:
    """A unitary matrix (d, d) whose first row has `entry` first and others of one size, larger for small entries."""
    row = np.full(d, np.sqrt((1 - entry**2) / (d - 1)))
    row[0] = entry
    basis = np.linalg.qr(np.column_stack([row, random.standard_normal((d, d - 1))]))[0]
    return np.asarray(basis.T * np.sign(basis[:, 0] @ row))


def _row(kind: str, d: int, draw: int, entry: float | None, seed: int) -> dict[str, object]:
    random = generator(seed, "inductive", "first row", kind, d, draw)
    U = orthonormal(d, d, random) if entry is None else unitary_with_entry(d, entry, random)
    hessian = hessian_at_truth(RELU, Weights(U, np.eye(d)))
    return {
        "kind": kind,
        "d": d,
        "draw": draw,
        "smallest_entry": float(np.abs(U[0]).min()),
        "free_eigenvalue": float(np.linalg.eigvalsh(hessian)[0]),
        "fixed_eigenvalue": float(np.linalg.eigvalsh(without_first_row(hessian, d, d))[0]),
    }
