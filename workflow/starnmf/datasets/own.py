"""Anybody's own matrix, from its file to the matrix that every later stage takes."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from starnmf.checksums import digest
from starnmf.datasets.own_files import Entries, Options, read_own
from starnmf.datasets.rank import suggest_rank
from starnmf.matrix import Dense, Description, Matrix, check_rank, observed_from_entries, scaled_to_unit_variance

SUGGESTED = 1
"""Rank of a matrix until one is suggested."""


def own_matrix(
    name: str, path: Path, key: str | None, options: Options, rank: int | None, seed: int, expanded_limit: int
) -> Matrix:
    """The matrix in a file under a name of its own, scaled to variance 1 over its observed entries.

    Rows and columns without observed entries are dropped. Without a rank one is suggested, with its reason on stderr.
    Raises `InputError` on files and numbers that cannot be used (`read_own`, `scaled_to_unit_variance`).
    """
    found = read_own(path, key, options, expanded_limit)
    description = Description(name, rank or SUGGESTED, "own", {path.name: digest(path)}, seed=seed)
    matrix: Matrix
    if isinstance(found, Entries):
        observed = observed_from_entries(found.rows, found.columns, found.values, found.shape, description)
        matrix = observed.select(*(np.arange(side) for side in found.shape))
    else:
        matrix = Dense(np.ascontiguousarray(found, dtype=np.float32), description)
    if rank is None:
        suggested, reason = suggest_rank(matrix)
        print(f"{name}: rank {suggested} is suggested: {reason}. rank=... sets another", file=sys.stderr)
        matrix = replace(matrix, description=replace(description, rank=suggested))
    check_rank(matrix)
    return scaled_to_unit_variance(matrix)
