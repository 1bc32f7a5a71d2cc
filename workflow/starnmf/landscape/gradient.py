"""The gradient of the loss, and how well going downhill agrees with going somewhere."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from starnmf.blocks import map_blocks, one_thread_per_block
from starnmf.landscape.entries import residual_gradient
from starnmf.landscape.one_line import Point
from starnmf.matrix import Dense, Matrix, Observed

Array = npt.NDArray[np.float64]


def gradient(X: Array | Observed, point: Point) -> tuple[Array, Array]:
    """Gradient of the loss, 1/2 mean (U V - X)^2 over observed entries, by U (n, r) and by V (r, m).

    `X` is a whole matrix (n, m) in float64, or the observed entries of one.
    """
    U, V = (np.ascontiguousarray(factor, dtype=np.float64) for factor in point)
    if isinstance(X, Observed):
        by_U, by_Vt = residual_gradient(X.indptr, X.indices, X.values, U, np.ascontiguousarray(V.T))
        return by_U / len(X.values), by_Vt.T / len(X.values)
    return (U @ (V @ V.T) - X @ V.T) / X.size, ((U.T @ U) @ V - U.T @ X) / X.size


def downhill_cosines(matrix: Matrix, points: Sequence[Point], direction: Point, threads: int = 1) -> Array:
    """Cosine between -gradient and `direction` at each point, U and V together; NaN where either is zero."""
    X = matrix.X.astype(np.float64) if isinstance(matrix, Dense) else matrix

    def cosine(point: Point) -> float:
        with np.errstate(invalid="ignore"):
            by_U, by_V = gradient(X, point)
            along = np.vdot(by_U, direction[0]) + np.vdot(by_V, direction[1])
            return float(-along / np.float64(_norm((by_U, by_V)) * _norm(direction)))

    with one_thread_per_block():
        return np.array(map_blocks(cosine, points, threads))


def _norm(point: Point) -> float:
    return float(np.hypot(np.linalg.norm(point[0]), np.linalg.norm(point[1])))
