"""The flow's arithmetic over a dense factor on a CPU: BLAS for products, one pass over the entries for the rest.

A whole evaluation is a few calls of compiled code: on small matrices a call takes longer than its arithmetic.
"""

import numba
import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  the BLAS behind np.dot below: loaded now, so that its threads can be limited

SMALL_RANK = 8
"""The largest rank for which a plain loop is faster than BLAS."""

_jit = numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz"}, error_model="numpy")
# Sums may be taken in any order, the same one in every run.
_jit_sums = numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz", "reassoc"}, error_model="numpy")


@_jit
def add_gram(rows, gram):  # type: ignore[no-untyped-def]
    """Gram (k, r, r) += products of every two rows (k, r, length) of each restart."""
    for k in range(len(rows)):
        gram[k] += np.dot(rows[k], rows[k].T)


@_jit
def run_stages(P, G, state, weights, ending, sums):  # type: ignore[no-untyped-def]
    """Run a stage of every restart in place, or the last evaluation of those whose step is
    `ending`.

    P (k, r, columns) is the product of X with the other factor, G (k, r, r) the other factor's
    Gram, and P - G Y, minus the gradient F, replaces P; `state` is Y, Z, Y0, F0, E (k, r, columns).
    A stage takes its weights (k, 12) of Y, Z, Y0, F and F0 in the new Y, and in the new Z, and adds
    the new Y to E with the last one. The last evaluation writes F to Z and adds to `sums` (k, 2), of
    those restarts, the squares of the error estimate, with the eleventh weight, and of Y.
    """
    Y, Z, Y0, F0, E = state
    for k in range(len(P)):
        F = P[k]
        _subtract_product(F, G[k], Y[k])
        if ending[k]:
            error, size = _error_and_size(F, Y[k], Z[k], Y0[k], E[k], weights[k, 10])
            sums[k, 0] += error
            sums[k, 1] += size
            Z[k] = F
        else:
            _run_stage(F, Y[k], Z[k], Y0[k], F0[k], weights[k])
            if weights[k, 11] != 0:
                E[k] += weights[k, 11] * Y[k]


@_jit_sums
def _error_and_size(F, Y, Z, Y0, E, weight):  # type: ignore[no-untyped-def]
    """Sums of squares of the error estimate Z + E + weight F off the bound, and of Y, in float64."""
    error, size = 0.0, 0.0
    zero = Y.dtype.type(0)
    for a in range(Y.shape[0]):
        of_row, size_of_row = 0.0, 0.0
        for j in range(Y.shape[1]):
            y = Y[a, j]
            size_of_row += np.float64(y) * np.float64(y)
            e = Z[a, j] + E[a, j] + weight * F[a, j] if y > 0 and Y0[a, j] > 0 else zero
            of_row += np.float64(e) * np.float64(e)
        error += of_row
        size += size_of_row
    return error, size


@_jit
def _subtract_product(F, G, Y):  # type: ignore[no-untyped-def]
    """F <- F - G Y; BLAS is made for products larger than those of small ranks."""
    rank, columns = Y.shape
    if rank > SMALL_RANK:
        F -= np.dot(G, Y)
        return
    for a in range(rank):
        for b in range(rank):
            for j in range(columns):
                F[a, j] -= G[a, b] * Y[b, j]


@_jit
def _run_stage(F, Y, Z, Y0, F0, w):  # type: ignore[no-untyped-def]
    """The new Y and Z of one restart, all arrays (r, columns); Y is held at 0 where a step starts there and F0 <= 0."""
    zero = Y.dtype.type(0)
    for a in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            y, z, y0, f, f0 = Y[a, j], Z[a, j], Y0[a, j], F[a, j], F0[a, j]
            moved = w[0] * y + w[1] * z + w[2] * y0 + w[3] * f + w[4] * f0
            Y[a, j] = zero if (y0 == 0 and f0 <= 0) or moved < 0 else moved
            Z[a, j] = w[5] * y + w[6] * z + w[7] * y0 + w[8] * f + w[9] * f0
