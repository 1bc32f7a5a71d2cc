"""The gradient of the loss, and its cosine with a direction."""

from collections.abc import Sequence

import numpy as np

from starnmf.arrays import Array, FloatArray
from starnmf.blocks import map_blocks, one_thread_per_block
from starnmf.curvature.segments import Point
from starnmf.factorization.observed.measures import gradients, projected
from starnmf.matrix import Dense, Matrix, Observed


def gradient(X: Array | Observed, point: Point) -> tuple[Array, Array]:
    """Gradient of the loss, 1/2 mean (U V - X)^2 over observed entries, by U (n, r) and by V (r, m).

    `X` is a whole matrix (n, m) in float64, or the observed entries of one.
    """
    U, V = (np.ascontiguousarray(factor, dtype=np.float64) for factor in point)
    if isinstance(X, Observed):
        by_U, by_Vt = gradients(X.indptr, X.indices, X.values, U, np.ascontiguousarray(V.T))
        return by_U / len(X.values), by_Vt.T / len(X.values)
    return (U @ (V @ V.T) - X @ V.T) / X.size, ((U.T @ U) @ V - U.T @ X) / X.size


def downhill_cosines(
    matrix: Matrix, points: Sequence[Point], direction: Point, threads: int = 1
) -> tuple[Array, Array]:
    """Cosines between -gradient and `direction` at each point, U and V together, and those of the projected gradient.

    The projected gradient leaves out what would make entries at 0 negative. NaN where gradient or direction is zero.
    """
    X = matrix.X.astype(np.float64) if isinstance(matrix, Dense) else matrix

    def cosines(point: Point) -> tuple[float, float]:
        raw = gradient(X, point)
        projected_gradient = [projected(factor, slope) for factor, slope in zip(point, raw, strict=True)]
        return _downhill_cosine(raw, direction), _downhill_cosine(projected_gradient, direction)

    with one_thread_per_block():
        of_gradient, of_projected = np.array(map_blocks(cosines, points, threads)).reshape(-1, 2).T
        return of_gradient, of_projected


def _downhill_cosine(slope: Sequence[FloatArray], direction: Sequence[FloatArray]) -> float:
    uphill, towards = (np.concatenate([part.ravel() for part in parts]) for parts in (slope, direction))
    with np.errstate(invalid="ignore"):
        return float(-(uphill @ towards) / (np.linalg.norm(uphill) * np.linalg.norm(towards)))
