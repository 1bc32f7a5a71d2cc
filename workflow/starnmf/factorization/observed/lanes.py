"""What is done to restarts side by side between the steps of the flow, entry by entry.

All arrays are (vectors, places of a vector), and every place has the numbers of its restart. F is minus the gradient.
"""

import numba

# One product and sum may become one instruction; sums may be taken in any order, the same one in every run.
_jit = numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz", "reassoc"}, error_model="numpy")


@_jit
def accept(Y, Z, Y0, F0, accepted, lengths):  # type: ignore[no-untyped-def]
    """Y0 <- Y and F0 <- Z, minus the gradient there, in the places whose steps are `accepted`.

    An entry that was held at 0 and whose F has turned positive leaves the bound at the time where
    F, linear in between, is 0: by the end of the step it has come h F^2 / (2 (F - F0)) far.
    """
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            y, f, y0, f0 = Y[i, j], Z[i, j], Y0[i, j], F0[i, j]
            leaves = (y == 0) & (f > 0) & (y0 == 0) & (f0 <= 0)
            rise = f - f0 if leaves else f * 0 + 1
            end = lengths[j] * f * f / (rise + rise) if leaves else y
            Y0[i, j] = end if accepted[j] else y0
            F0[i, j] = f if accepted[j] else f0


@_jit
def start(Y, Z, Y0, F0, E, started, lengths):  # type: ignore[no-untyped-def]
    """Y <- max(0, Y0 + length F0), Z <- Y0 and E <- 0 in the places that are `started`."""
    zero = Y.dtype.type(0)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            y = Y0[i, j] + lengths[j] * F0[i, j]
            y = zero if y < 0 else y
            Y[i, j] = y if started[j] else Y[i, j]
            Z[i, j] = Y0[i, j] if started[j] else Z[i, j]
            E[i, j] = zero if started[j] else E[i, j]


@_jit
def keep(E, Y, kept):  # type: ignore[no-untyped-def]
    """E <- E + kept Y."""
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            E[i, j] += kept[j] * Y[i, j]
