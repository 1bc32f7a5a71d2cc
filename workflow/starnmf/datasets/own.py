"""A user-supplied matrix, from its file to the matrix that every later stage takes."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from starnmf.arrays import Array
from starnmf.checksums import digest
from starnmf.datasets.own_files import Options, read_own
from starnmf.errors import InputError
from starnmf.matrix import Dense, Description, Matrix, matrix_of, observed_count, scaled_to_unit_variance
from starnmf.seeds import generator

SUGGESTED = 1
"""Rank of a matrix until one is suggested."""

LARGEST_SIDE = 3000
"""Most rows and columns that singular values are computed of; of larger matrices a random sample."""

OBSERVED_PER_PARAMETER = 10
LARGEST = 50


def own_matrix(
    name: str, path: Path, key: str | None, options: Options, rank: int | None, seed: int, expanded_limit: int
) -> Matrix:
    """The matrix in a file under a name of its own, scaled to variance 1 over its observed entries.

    Rows and columns without observed entries are dropped. Without a rank one is suggested, with its reason on stderr.
    Raises `InputError` on files and numbers that cannot be used (`read_own`, `scaled_to_unit_variance`).
    """
    description = Description(name, rank or SUGGESTED, "own", {path.name: digest(path)}, seed=seed)
    matrix = matrix_of(read_own(path, key, options, expanded_limit), description, drop_empty=True)
    if not observed_count(matrix):
        raise InputError(f"{path}: found no observed entry; expected some")
    if rank is None:
        suggested, reason = suggest_rank(matrix)
        print(f"{name}: rank {suggested} is suggested: {reason}. rank=... sets another", file=sys.stderr)
        matrix = replace(matrix, description=replace(description, rank=suggested))
    return scaled_to_unit_variance(matrix)


def suggest_rank(matrix: Matrix) -> tuple[int, str]:
    """A rank and its reason.

    Of a fully observed matrix: its singular values above the noise, by the optimal hard threshold of Gavish and Donoho
    (2014, unknown noise). Of a partly observed one: as many as leave ten entries per number in the factors. At least
    2, and at most 50 and the smaller side.
    """
    n, m = matrix.shape
    most = min(LARGEST, n, m)
    if isinstance(matrix, Dense):
        values = np.linalg.svd(_sample(matrix), compute_uv=False)
        beta = min(n, m) / max(n, m)
        threshold = (0.56 * beta**3 - 0.95 * beta**2 + 1.82 * beta + 1.43) * float(np.median(values))
        count = int((values > threshold).sum())
        reason = f"{count} singular values are above the noise (threshold {threshold:.3g}, Gavish and Donoho 2014)"
    else:
        observed = observed_count(matrix)
        count = observed // (OBSERVED_PER_PARAMETER * (n + m))
        each = observed / (count * (n + m)) if count else 0.0
        reason = f"{observed:,} observed entries determine {n + m} rows of {count} numbers, with {each:.0f} to each"
    rank = int(np.clip(count, 2, most))
    return rank, reason if rank == count else f"{reason}; taken is {rank}, of at most {most}"


def _sample(matrix: Dense) -> Array:
    """The matrix, or random rows and columns of a large one."""
    random = generator(0, matrix.description.dataset, "suggested rank")
    kept = [np.sort(random.choice(side, min(side, LARGEST_SIDE), replace=False)) for side in matrix.shape]
    return matrix.X[np.ix_(*kept)].astype(np.float64)
