"""Starts of restarts, as this package draws them."""

from starnmf.arrays import FloatArray
from starnmf.factorization.initialization import draw_starts
from starnmf.matrix import Matrix, attributes_of

Point = tuple[FloatArray, FloatArray]
"""U (n, r) and V (r, m)."""


def starts_of(matrix: Matrix, restarts: int) -> list[Point]:
    """Those of the first restarts."""
    U, V = draw_starts(attributes_of(matrix), "start", range(restarts))
    return list(zip(U, V, strict=True))
