"""What is done to restarts between the steps of the flow on a CPU, in one pass over the entries.

All arrays are (rows, columns): of one restart or, in the functions on lanes, of restarts side by side.
F is minus the gradient.
"""

import numba

# One product and sum may become one instruction; sums may be taken in any order, the same one in every run.
_jit = numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz", "reassoc"}, error_model="numpy")


@_jit
def _end(y, f, y0, f0, length):  # type: ignore[no-untyped-def]
    """Where an entry is at the end of a step from y0, whose last stage is y: see `accept`."""
    leaves = (y == 0) & (f > 0) & (y0 == 0) & (f0 <= 0)
    rise = f - f0 if leaves else f * 0 + 1
    return length * f * f / (rise + rise) if leaves else y


@_jit
def accept(Y, Z, Y0, F0, length):  # type: ignore[no-untyped-def]
    """Y0 <- Y and F0 <- Z, minus the gradient there, after a step of this length.

    An entry that was held at 0 and whose F has turned positive leaves the bound at the time where
    F, linear in between, is 0: by the end of the step it has come h F^2 / (2 (F - F0)) far.
    """
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y0[i, j] = _end(Y[i, j], Z[i, j], Y0[i, j], F0[i, j], length)
            F0[i, j] = Z[i, j]


@_jit
def accept_lanes(Y, Z, Y0, F0, accepted, lengths):  # type: ignore[no-untyped-def]
    """`accept` in the columns that are `accepted`, each with its own length."""
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            end = _end(Y[i, j], Z[i, j], Y0[i, j], F0[i, j], lengths[j])
            Y0[i, j] = end if accepted[j] else Y0[i, j]
            F0[i, j] = Z[i, j] if accepted[j] else F0[i, j]


@_jit
def start(Y, Z, Y0, F0, E, length):  # type: ignore[no-untyped-def]
    """Y <- max(0, Y0 + length F0), Z <- Y0 and E <- 0."""
    zero = Y.dtype.type(0)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            y = Y0[i, j] + length * F0[i, j]
            Y[i, j] = zero if y < 0 else y
            Z[i, j] = Y0[i, j]
            E[i, j] = zero


@_jit
def start_lanes(Y, Z, Y0, F0, E, started, lengths):  # type: ignore[no-untyped-def]
    """`start` in the columns that are `started`, each with its own length."""
    zero = Y.dtype.type(0)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            y = Y0[i, j] + lengths[j] * F0[i, j]
            y = zero if y < 0 else y
            Y[i, j] = y if started[j] else Y[i, j]
            Z[i, j] = Y0[i, j] if started[j] else Z[i, j]
            E[i, j] = zero if started[j] else E[i, j]


@_jit
def keep_lanes(E, Y, kept):  # type: ignore[no-untyped-def]
    """E <- E + kept Y, each column with its own weight."""
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            E[i, j] += kept[j] * Y[i, j]
