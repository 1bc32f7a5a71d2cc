"""The flow's arithmetic over the rows or columns of an observed matrix on a CPU: gradients by SIMD code, one pass over
the entries of a factor for the rest.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from starnmf.factorization.compiled import compiled
from starnmf.factorization.simd import ADDRESS, AHEAD, SimdCode, Vectors

_jit = numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz"}, error_model="numpy")


@compiled
def fall_of_rows(entries, Y, others, F, lanes, vectors):  # type: ignore[no-untyped-def]
    """F <- minus the gradient at Y, all (rows, padded rank, lanes), with compressed rows of X and the other factor."""
    indptr, indices, values = entries
    row_bytes = Y.itemsize * Y.shape[1] * Y.shape[2]
    for i in range(len(Y)):
        first = indptr[i]
        fall_of_row(  # type: ignore[call-arg]
            Y.ctypes.data + i * row_bytes,
            others.ctypes.data,
            indices.ctypes.data + indices.itemsize * first,
            values.ctypes.data + values.itemsize * first,
            indptr[i + 1] - first,
            F.ctypes.data + i * row_bytes,
            lanes,
            vectors,
        )


@intrinsic
def fall_of_row(typing_context, point, others, indices, values, count, fall, lanes, vectors):  # type: ignore[no-untyped-def]
    """Minus the gradient of a row or column in one go (`simd`): -sum E v, E = u . v - X the error of an entry.

    All but `count`, the number of entries, are addresses: of the row's own factors u, of all rows of the other factor,
    of the row's first index (int32) and first value, and of the result. Of two tuples only the types count: `lanes` has
    a number of the factors' type for every restart side by side, and `vectors` an element for every vector of a row.
    """

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: tuple[ir.Value, ...]) -> Any:
        point, others, indices, values, count, fall, *_ = arguments
        code = SimdCode(builder, lanes.dtype, lanes.count)
        gradient = _gradient(code, code.load_row(point, vectors.count), others, indices, values, count)
        code.store([code.subtract(code.zero, slope) for slope in gradient], fall)
        return context.get_dummy_value()

    return types.void(*[types.uintp] * 4, types.intp, types.uintp, lanes, vectors), generate


def _gradient(
    code: SimdCode, point: Vectors, V: ir.Value, indices: ir.Value, values: ir.Value, count: ir.Value
) -> Vectors:
    """Sum of E v of a point over the entries of a row."""
    row_bytes = ir.Constant(ADDRESS, len(point) * code.vector_size)

    def entry(at: ir.Value, sums: Vectors) -> Vectors:
        index = code.element(indices, at, 4)
        code.fetch(code.other_row(V, code.beyond(index, 4 * AHEAD), row_bytes), len(point) * code.vector_size)
        v = code.load_row(code.other_row(V, index, row_bytes), len(point))
        value = code.everywhere(code.load(code.number, code.element(values, at, code.size)))
        error = code.subtract(code.over_ranks(code.sum_of_products(point, v)), value)
        return [code.add_product(total, error, part) for total, part in zip(sums, v, strict=True)]

    return code.sums_over(count, len(point), entry)


@_jit
def run_stages(F, state, w, measuring):  # type: ignore[no-untyped-def]
    """Run a stage of every restart in place; F and the arrays Y, Z, Y0, F0, E of `state` are (rows, places of a row).

    At every place of a row stand the weights w (12, places) of its restart: of Y, Z, Y0, F and F0 in the new Y, and in
    the new Z, that of F beside Z and E in the error estimate, and that of the new Y in E. Where `measuring`, returns
    the sums over rows (2, places) of the squares of the error estimate off the bound, and of Y before the stage.
    """
    Y, Z, Y0, F0, E = state
    zero = Y.dtype.type(0)
    sums = np.zeros((2, Y.shape[1]))
    keeping = np.any(w[11] != 0)
    for i in range(Y.shape[0]):
        if measuring:
            for j in range(Y.shape[1]):
                y = Y[i, j]
                e = Z[i, j] + E[i, j] + w[10, j] * F[i, j] if y > 0 and Y0[i, j] > 0 else zero
                sums[0, j] += np.float64(e) * np.float64(e)
                sums[1, j] += np.float64(y) * np.float64(y)
        for j in range(Y.shape[1]):
            y, z, y0, f, f0 = Y[i, j], Z[i, j], Y0[i, j], F[i, j], F0[i, j]
            moved = w[0, j] * y + w[1, j] * z + w[2, j] * y0 + w[3, j] * f + w[4, j] * f0
            Y[i, j] = zero if (y0 == 0 and f0 <= 0) or moved < 0 else moved
            Z[i, j] = w[5, j] * y + w[6, j] * z + w[7, j] * y0 + w[8, j] * f + w[9, j] * f0
        if keeping:
            for j in range(Y.shape[1]):
                E[i, j] += w[11, j] * Y[i, j]
    return sums
