"""Starts of restarts, as this package draws them."""

from collections.abc import Mapping

from starnmf.arrays import FloatArray
from starnmf.factorization.initialization import draw_starts
from starnmf.matrix import Matrix, mean

Point = tuple[FloatArray, FloatArray]
"""U (n, r) and V (r, m)."""


def starts_of(matrix: Matrix, restarts: int) -> list[Point]:
    """Those of the first restarts."""
    U, V = draw_starts(attributes_of(matrix), "start", range(restarts))
    return list(zip(U, V, strict=True))


def attributes_of(matrix: Matrix) -> Mapping[str, str | int | float]:
    """What the address of a start depends on."""
    (n, m), description = matrix.shape, matrix.description
    return {
        "dataset": description.dataset,
        "rate": description.rate,
        "subsample": description.subsample,
        "seed": description.seed,
        "n": n,
        "m": m,
        "rank": description.rank,
        "mean": mean(matrix),
    }
