"""What is done to one row or column of an observed matrix in one go, as a function for compiled
code (`simd`).

It takes addresses: of the row's own factors u, of all rows V of the other factor, of the row's
first index (int32) and first value. Of three tuples only the types count: `lanes` has a number of
the factors' type for every restart side by side, `vectors` an element for every vector of a row,
and `measuring` one where the row is measured. E = u . v - X is the error of an entry.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from starnmf.factorization.simd import ADDRESS, AHEAD, SimdCode, Vectors

WEIGHTS = 11
"""Vectors of weights of a stage: of Y, Z, Y0, F, F0 in the new Y, the same in the new Z, and of F
beside Z and E in the error."""

MEASURES = 2
"""Vectors that a measuring stage tells of a row: squared error and squared size."""


@intrinsic
def run_stage(  # type: ignore[no-untyped-def]
    typing_context, Y, others, indices, values, count, Z, Y0, F0, E, weights, new, measures, lanes, vectors, measuring
):
    """The stage of a row: F = -sum E v, the new Y to `new`, the new Z in place.

    At `weights` lie `WEIGHTS` vectors. Where measuring, which takes a quarter of its time, `MEASURES` vectors are
    written to `measures`.
    """

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: tuple[ir.Value, ...]) -> Any:
        _write_stage(SimdCode(builder, lanes.dtype, lanes.count), vectors.count, arguments, measuring.count > 0)
        return context.get_dummy_value()

    addresses = [types.uintp] * 4, [types.uintp] * 7
    return types.void(*addresses[0], types.intp, *addresses[1], lanes, vectors, measuring), generate


def _write_stage(code: SimdCode, vectors: int, arguments: tuple[ir.Value, ...], measuring: bool) -> None:
    Y, others, indices, values, count, Z, Y0, F0, E, weights, new, measures, *_ = arguments
    here = code.load_row(Y, vectors)
    gradient = _gradient(code, here, others, indices, values, count)
    fall = [code.subtract(code.zero, slope) for slope in gradient]
    before, start, start_fall = (code.load_row(address, vectors) for address in (Z, Y0, F0))
    weight = code.load_row(weights, WEIGHTS)
    terms = list(zip(here, before, start, fall, start_fall, strict=True))
    moved = [code.weighted_sum(weight[:5], parts) for parts in terms]
    code.store([code.bounded(*parts) for parts in zip(moved, start, start_fall, strict=True)], new)
    code.store([code.weighted_sum(weight[5:10], parts) for parts in terms], Z)
    if measuring:
        added = [code.add(*parts) for parts in zip(before, code.load_row(E, vectors), strict=True)]
        errors = [code.add_product(known, weight[10], f) for known, f in zip(added, fall, strict=True)]
        squares = [code.squares_off_bound(*parts) for parts in zip(errors, start, here, strict=True)]
        code.store([code.sum_of(squares), code.sum_of_products(here, here)], measures)


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
