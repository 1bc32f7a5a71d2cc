"""Losses and gradients, of the projected one too, of one restart on observed entries, in float64."""

import numba
import numpy as np

from starnmf.arrays import FloatArray

# Sums may be taken in any order, but it is the same one in every run.
_jit_sums = numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz", "reassoc"}, error_model="numpy")


def projected(factor: FloatArray, slope: FloatArray) -> FloatArray:
    """A gradient without what would make entries of the factor that are 0 negative."""
    return np.where(factor > 0, slope, np.minimum(slope, 0))


@_jit_sums
def squared_error(indptr, indices, values, U, VT):  # type: ignore[no-untyped-def]
    """Sum of squared errors."""
    square = 0.0
    for i in range(U.shape[0]):
        for entry in range(indptr[i], indptr[i + 1]):
            error = -values[entry]
            for a in range(U.shape[1]):
                error += U[i, a] * VT[indices[entry], a]
            square += error * error
    return square


@_jit_sums
def gradients(indptr, indices, values, U, VT):  # type: ignore[no-untyped-def]
    """E V^T (n, r) and E^T U (m, r)."""
    r = U.shape[1]
    U_gradient, VT_gradient = np.zeros_like(U), np.zeros_like(VT)
    for i in range(U.shape[0]):
        for entry in range(indptr[i], indptr[i + 1]):
            j = indices[entry]
            error = -values[entry]
            for a in range(r):
                error += U[i, a] * VT[j, a]
            for a in range(r):
                U_gradient[i, a] += error * VT[j, a]
                VT_gradient[j, a] += error * U[i, a]
    return U_gradient, VT_gradient
