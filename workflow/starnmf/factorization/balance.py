"""The balance of two factors: |u_a|^2 - |v_a|^2 for every rank a, which gradient descent keeps.

(U D, D^-1 V) has the product U V for every positive diagonal D, and so the same loss, but segments from random
points to it have another curvature. Gradient descent leaves no choice: along its flow, projected or not, u_a . dL/du_a
and v_a . dL/dv_a are equal, so that every balance stays what it was at the start (Du, Hu and Lee 2018). Optimizers that
move one factor at a time wander along D instead; of the optima with their product, this picks gradient descent's.
"""

import numpy as np

from starnmf.arrays import Array, FloatArray


def balance(U: FloatArray, V: FloatArray) -> Array:
    """|u_a|^2 - |v_a|^2 (..., r) of U (..., n, r) and V (..., r, m)."""
    return _squares(U, -2) - _squares(V, -1)


def rebalanced(U: FloatArray, V: FloatArray, target: Array) -> tuple[FloatArray, FloatArray]:
    """U D and D^-1 V of the given balance (r,), for U (..., n, r) and V (..., r, m).

    A rank with a zero factor stays as it is.
    """
    u, v = _squares(U, -2), _squares(V, -1)
    used = (u > 0) & (v > 0)
    u, v = np.where(used, u, 1), np.where(used, v, 1)
    # d^2 u - v / d^2 = target; of the two forms of the root the one that does not subtract.
    root = np.sqrt(target**2 + 4 * u * v)
    square = np.where(target > 0, (root + target) / (2 * u), 2 * v / np.where(target > 0, 1, root - target))
    D = np.where(used, np.sqrt(square), 1)
    return (U * D[..., np.newaxis, :]).astype(U.dtype), (V / D[..., np.newaxis]).astype(V.dtype)


def _squares(factor: FloatArray, axis: int) -> Array:
    squares: Array = np.square(factor, dtype=np.float64).sum(axis)
    return squares
