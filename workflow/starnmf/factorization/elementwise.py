"""What is done to restarts between the steps of the flow on a CPU, in one pass over the entries.

All arrays are (rows, columns): of one restart or, with a length for each column, of restarts side by side. Columns
whose length is NaN stay as they are. F is minus the gradient.
"""

import numba
import numpy as np

# One product and sum may become one instruction; sums may be taken in any order, the same one in every run.
_jit_sums = numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz", "reassoc"}, error_model="numpy")


@_jit_sums
def accept(Y, Z, Y0, F0, lengths):  # type: ignore[no-untyped-def]
    """Y0 <- Y and F0 <- Z, minus the gradient there, after steps of these lengths (columns,).

    An entry that was held at 0 and whose F has turned positive leaves the bound at the time where
    F, linear in between, is 0: by the end of the step it has come h F^2 / (2 (F - F0)) far.
    """
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            y, f, y0, f0, length = Y[i, j], Z[i, j], Y0[i, j], F0[i, j], lengths[j]
            leaves = (y == 0) & (f > 0) & (y0 == 0) & (f0 <= 0)
            rise = f - f0 if leaves else f * 0 + 1
            end = length * f * f / (rise + rise) if leaves else y
            Y0[i, j] = y0 if np.isnan(length) else end
            F0[i, j] = f0 if np.isnan(length) else f


@_jit_sums
def start(Y, Z, Y0, F0, E, lengths):  # type: ignore[no-untyped-def]
    """Y <- max(0, Y0 + length F0), Z <- Y0 and E <- 0, with the lengths (columns,) of first stages."""
    zero = Y.dtype.type(0)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            y0, goes_on = Y0[i, j], np.isnan(lengths[j])
            moved = y0 + lengths[j] * F0[i, j]
            moved = zero if moved < 0 else moved
            Y[i, j] = Y[i, j] if goes_on else moved
            Z[i, j] = Z[i, j] if goes_on else y0
            E[i, j] = E[i, j] if goes_on else zero
