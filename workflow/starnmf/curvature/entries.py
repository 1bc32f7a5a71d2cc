"""Compiled loops over observed entries, which never fill in a matrix: inner products of residuals, and the gradient.

All of them release the interpreter lock. Entries are visited in the order given, so sums have the same bits every time.
"""

import numba
import numpy as np
import numpy.typing as npt
import scipy.linalg.cython_blas  # noqa: F401  the BLAS behind np.dot below: loaded now, so that its threads can be limited

from starnmf.arrays import Array, FloatArray, Integers

# Entries whose products are summed together: their (q, k) blocks stay in the second-level cache.
GROUP = 8

# a * b + c may be contracted into one instruction; nothing else differs from IEEE arithmetic.
compiled = numba.njit(nogil=True, cache=True, fastmath={"contract"})


@compiled
def control_products(
    rows: Integers,
    columns: npt.NDArray[np.int32],
    values: npt.NDArray[np.float32],
    U_o: FloatArray,
    V_o: FloatArray,
    U_p: FloatArray,
    V_p: FloatArray,
) -> tuple[Array, Array, Array]:
    """Inner products of the control residuals of k optima and q points over the given entries.

    `rows`, `columns`, `values` (entries,); factors with the optimum or point as last axis: `U_o` (n, r, k), `V_o`
    (m, r, k), `U_p` (n, r, q), `V_p` (m, r, q). Returns AA (k,), CC (q,) and AB, AC, BB, BC as (4, q, k).

    Twice the entry of B + X is U_p[i] . V_o[j] + V_p[j] . U_o[i] for every pair: one product of length 2 r, (q, 2 r)
    with (2 r, k). It takes most of the time: 4 q k r operations for each entry.
    """
    r, k = U_o.shape[1:]
    q = U_p.shape[2]
    AA, CC, pairs = np.zeros(k), np.zeros(q), np.zeros((4, q, k))
    left, right = np.empty((2 * r, q)), np.empty((2 * r, k))
    x, A, C, B = np.zeros(GROUP), np.zeros((GROUP, k)), np.zeros((GROUP, q)), np.zeros((GROUP, q, k))
    row = -1
    for start in range(0, len(values), GROUP):
        stop = min(start + GROUP, len(values))
        for entry in range(start, stop):
            if rows[entry] != row:
                row = rows[entry]
                left[:r], right[r:] = U_p[row], U_o[row]
            left[r:], right[:r] = V_p[columns[entry]], V_o[columns[entry]]
            slot = entry - start
            x[slot] = values[entry]
            _residuals(left[:r], left[r:], x[slot], C[slot], CC)
            _residuals(right[:r], right[r:], x[slot], A[slot], AA)
            np.dot(left.T, right, B[slot])
        for slot in range(stop - start, GROUP):
            x[slot], A[slot], B[slot], C[slot] = 0, 0, 0, 0
        _add_pairs(x, A, B, C, pairs)
    return AA, CC, pairs


@compiled
def _residuals(factor: Array, other: Array, value: float, residuals: Array, squares: Array) -> None:
    """One entry of U V - X for many factors (r, factors) at once; adds the squares to `squares`."""
    residuals[:] = -value
    for a in range(factor.shape[0]):
        for each in range(factor.shape[1]):
            residuals[each] += factor[a, each] * other[a, each]
    for each in range(factor.shape[1]):
        squares[each] += residuals[each] * residuals[each]


@compiled
def _add_pairs(x: Array, A: Array, twice_B: Array, C: Array, pairs: Array) -> None:
    """Add a group's A B, A C, B B, B C to `pairs` (4, q, k); the group is innermost, so sums stay in registers.

    A C has a loop of its own: with four sums in one loop the compiler does not use SIMD instructions.
    """
    _, q, k = pairs.shape
    for p in range(q):
        for o in range(k):
            AB, BB, BC = 0.0, 0.0, 0.0
            for slot in range(GROUP):
                b = 0.5 * twice_B[slot, p, o] - x[slot]
                AB += A[slot, o] * b
                BB += b * b
                BC += b * C[slot, p]
            pairs[0, p, o] += AB
            pairs[2, p, o] += BB
            pairs[3, p, o] += BC
        for o in range(k):
            AC = 0.0
            for slot in range(GROUP):
                AC += A[slot, o] * C[slot, p]
            pairs[1, p, o] += AC


@compiled
def difference_products(
    indptr: Integers,
    columns: npt.NDArray[np.int32],
    values: npt.NDArray[np.float32],
    U: Array,
    Vt: Array,
    dU: Array,
    dVt: Array,
) -> Array:
    """<W0,W0>, <W0,W1>, <W0,W2>, <W1,W1>, <W1,W2>, <W2,W2> (6,) along one segment, from its start and difference.

    Compressed rows; `U`, `dU` (n, r) and, transposed, `Vt`, `dVt` (m, r).
    """
    products = np.zeros(6)
    for i in range(len(indptr) - 1):
        for entry in range(indptr[i], indptr[i + 1]):
            j = columns[entry]
            W0, W1, W2 = -np.float64(values[entry]), 0.0, 0.0
            for a in range(U.shape[1]):
                W0 += U[i, a] * Vt[j, a]
                W1 += dU[i, a] * Vt[j, a] + U[i, a] * dVt[j, a]
                W2 += dU[i, a] * dVt[j, a]
            products[0] += W0 * W0
            products[1] += W0 * W1
            products[2] += W0 * W2
            products[3] += W1 * W1
            products[4] += W1 * W2
            products[5] += W2 * W2
    return products
