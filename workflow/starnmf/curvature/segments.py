"""Single segments, such as those from the iterates of a descent to its end.

They are computed from the difference between the ends, because `all_pairs` subtracts inner products of the ends: this
is exact enough for ends far apart, but its rounding errors exceed the curvature between iterates that almost agree.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from starnmf.arrays import Array, FloatArray
from starnmf.blocks import map_blocks, one_thread_per_block
from starnmf.curvature.entries import difference_products
from starnmf.curvature.quartic import Quartic, quartic_of_differences
from starnmf.matrix import Dense, Matrix, Observed, observed_count

Point = tuple[FloatArray, FloatArray]
"""One factor pair: U (n, r) and V (r, m)."""

Segment = tuple[Point, Point]
"""The points at l = 0 and at l = 1."""


def quartics_of_segments(matrix: Matrix, segments: Sequence[Segment], threads: int = 1) -> Quartic:
    """The loss along each segment, as (segments,) quartics.

    Sums are float64. The result does not depend on the number of threads.
    """
    with one_thread_per_block():
        if isinstance(matrix, Dense):
            X = matrix.X.astype(np.float64)
            products = map_blocks(partial(_dense_products, X, float(np.vdot(X, X))), segments, threads)
        else:
            products = map_blocks(partial(_observed_products, matrix), segments, threads)
    return quartic_of_differences(observed_count(matrix), *np.stack(products, axis=-1))


def _dense_products(X: Array, XX: float, segment: Segment) -> Array:
    """The six inner products of W0, W1, W2: <A B, C D> = <A^T C, B D^T> and <X, A B> = <X B^T, A>."""
    U, V, dU, dV = _start_and_difference(segment)
    XVt, XdVt = X @ V.T, X @ dV.T
    UU, UdU, dUdU = U.T @ U, U.T @ dU, dU.T @ dU
    VV, VdV, dVdV = V @ V.T, V @ dV.T, dV @ dV.T
    return np.array(
        [
            XX - 2 * np.vdot(XVt, U) + np.vdot(UU, VV),
            np.vdot(U @ VV - XVt, dU) + np.vdot(U @ VdV - XdVt, U),
            np.vdot(U @ VdV - XdVt, dU),
            np.vdot(dUdU, VV) + 2 * np.vdot(UdU, VdV.T) + np.vdot(UU, dVdV),
            np.vdot(dUdU, VdV) + np.vdot(UdU, dVdV),
            np.vdot(dUdU, dVdV),
        ]
    )


def _observed_products(matrix: Observed, segment: Segment) -> Array:
    U, V, dU, dV = _start_and_difference(segment)
    Vt, dVt = np.ascontiguousarray(V.T), np.ascontiguousarray(dV.T)
    products: Array = difference_products(matrix.indptr, matrix.indices, matrix.values, U, Vt, dU, dVt)
    return products


def _start_and_difference(segment: Segment) -> tuple[Array, Array, Array, Array]:
    (U_start, V_start), (U_end, V_end) = segment
    U: Array = np.ascontiguousarray(U_start, dtype=np.float64)
    V: Array = np.ascontiguousarray(V_start, dtype=np.float64)
    return U, V, U_end - U, V_end - V
