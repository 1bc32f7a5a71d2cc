"""A user-supplied matrix, from its file to the matrix that every later stage takes."""

import sys
from dataclasses import replace
from pathlib import Path

from starnmf.checksums import digest
from starnmf.datasets.own_files import Options, read_own
from starnmf.datasets.rank import suggest_rank
from starnmf.matrix import Description, Matrix, matrix_of, scaled_to_unit_variance

SUGGESTED = 1
"""Rank of a matrix until one is suggested."""


def own_matrix(
    name: str, path: Path, key: str | None, options: Options, rank: int | None, seed: int, expanded_limit: int
) -> Matrix:
    """The matrix in a file under a name of its own, scaled to variance 1 over its observed entries.

    Rows and columns without observed entries are dropped. Without a rank one is suggested, with its reason on stderr.
    Raises `InputError` on files and numbers that cannot be used (`read_own`, `scaled_to_unit_variance`).
    """
    description = Description(name, rank or SUGGESTED, "own", {path.name: digest(path)}, seed=seed)
    matrix = matrix_of(read_own(path, key, options, expanded_limit), description, drop_empty=True)
    if rank is None:
        suggested, reason = suggest_rank(matrix)
        print(f"{name}: rank {suggested} is suggested: {reason}. rank=... sets another", file=sys.stderr)
        matrix = replace(matrix, description=replace(description, rank=suggested))
    return scaled_to_unit_variance(matrix)
