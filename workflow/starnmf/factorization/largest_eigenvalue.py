"""The largest eigenvalue of the Hessian of a loss of which only gradients are available."""

from collections.abc import Callable

import numpy as np

from starnmf.arrays import Array

PRODUCTS = 6
"""Products with the Hessian. On MovieLens-1M the estimate is then 5 % too large, and with 4 or more
never more than 0.3 % too small."""

DIFFERENCE = 1e-6
"""Length of the difference of gradients that stands for a product, relative to the point."""


def largest_eigenvalue(gradient: Callable[[Array, Array], tuple[Array, Array]], U: Array, V: Array) -> float:
    """Estimate the largest eigenvalue of the Hessian at (U, V) from above.

    A few steps of the Lanczos iteration, begun with equal entries: for factors that are not
    negative the eigenvector is close to one that is not negative either. To the largest Ritz value
    its residual is added (Zhou and Li, Linear Algebra Appl. 435, 2011).

    Parameters
    ----------
    gradient
        The two gradients of the loss at a point, in float64.
    U, V
        The point, in any shapes.

    Returns
    -------
    float
    """
    point = np.concatenate([U.ravel(), V.ravel()])

    def slope(at: Array) -> Array:
        parts = gradient(at[: U.size].reshape(U.shape), at[U.size :].reshape(V.shape))
        return np.concatenate([part.ravel() for part in parts])

    here, length = slope(point), DIFFERENCE * float(np.linalg.norm(point))
    before, vector, beta = np.zeros_like(point), np.full_like(point, point.size**-0.5), 0.0
    diagonal: list[float] = []
    beside: list[float] = []
    while True:
        product = (slope(point + length * vector) - here) / length - beta * before
        diagonal.append(float(product @ vector))
        product -= diagonal[-1] * vector
        beta = float(np.linalg.norm(product))
        values, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
        residual = beta * abs(vectors[-1, -1])
        # Where the vectors met span all that can be reached, rounding alone is left.
        if len(diagonal) == PRODUCTS or residual <= DIFFERENCE * values[-1]:
            return float(values[-1] + residual)
        beside.append(beta)
        before, vector = vector, product / beta
