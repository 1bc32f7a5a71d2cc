"""What is done to one line of an observed matrix in one go, as functions for compiled code (see `vector_code`).

They take addresses: of the line's own factors u, of all lines V of the other factor, of the line's first index (int32)
and first value. Two tuples stand for the layout, and only their types count: `lanes` has a number of the factors' type
for every restart side by side, `vectors` an element for every vector of a line. E = u . v - X is the error of an entry.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from starnmf.factorization.regimes import LEAST_CURVATURE
from starnmf.factorization.vector_code import ADDRESS, AHEAD, VectorCode, Vectors

Address, Count = types.uintp, types.intp
Arguments = tuple[ir.Value, ...]


@intrinsic
def step_along_gradient(  # type: ignore[no-untyped-def]
    typing_context, u, V, indices, values, count, eta, new, lanes, vectors
):
    """New <- max(0, u - eta sum E v), with a vector of step sizes at `eta`."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Arguments) -> Any:
        u, V, indices, values, count, eta, new, *_ = arguments
        code = VectorCode(builder, lanes.dtype, lanes.count)
        here = code.load_line(u, vectors.count)
        gradient, _ = _sums_over_entries(code, here, V, indices, values, count)
        step = code.load(code.vector, eta)
        moved = [code.subtract(x, code.multiply(step, slope)) for x, slope in zip(here, gradient, strict=True)]
        code.store([code.non_negative(x) for x in moved], new)
        return context.get_dummy_value()

    return types.void(*[Address] * 4, Count, Address, Address, lanes, vectors), generate


@intrinsic
def extrapolated_step(  # type: ignore[no-untyped-def]
    typing_context, u, V, indices, values, count, beta, before, against, lanes, vectors
):
    """Before <- max(0, y - sum E v / sum |v|^2) with the errors of y = u + beta (u - before).

    At `beta` lies a vector of momenta. To the vector at `against`, sum (y - new)(new - u) over the line is added: above
    0 over all lines, the momentum carried the restart against its descent (O'Donoghue and Candes 2015).
    """

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Arguments) -> Any:
        u, V, indices, values, count, beta, before, against, *_ = arguments
        code = VectorCode(builder, lanes.dtype, lanes.count)
        momentum, here = code.load(code.vector, beta), code.load_line(u, vectors.count)
        carried = [
            code.subtract(x, earlier) for x, earlier in zip(here, code.load_line(before, vectors.count), strict=True)
        ]
        point = [code.add_product(x, momentum, move) for x, move in zip(here, carried, strict=True)]
        gradient, squares = _sums_over_entries(code, point, V, indices, values, count)
        step = code.reciprocal_or_zero(code.over_ranks(squares))
        moved = [code.subtract(y, code.multiply(step, slope)) for y, slope in zip(point, gradient, strict=True)]
        new = [code.non_negative(y) for y in moved]
        back = [code.subtract(y, x) for y, x in zip(point, new, strict=True)]
        on = [code.subtract(x, earlier) for x, earlier in zip(new, here, strict=True)]
        total = code.add(code.load(code.vector, against), code.sum_of_products(back, on))
        code.store([total], against)
        code.store(new, before)
        return context.get_dummy_value()

    return types.void(*[Address] * 4, Count, *[Address] * 3, lanes, vectors), generate


@intrinsic
def entry_error(typing_context, u, V, index, value, error, rank, lanes):  # type: ignore[no-untyped-def]
    """Write E of one entry, for as many restarts as a vector has places and any rank."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Arguments) -> Any:
        u, V, index, value, error, rank, _ = arguments
        code = VectorCode(builder, lanes.dtype, lanes.count)
        line = builder.mul(rank, ir.Constant(ADDRESS, code.vector_size))
        v = code.line_met(V, index, line)
        none, before = ir.Constant(ADDRESS, 0), builder.block
        ranks, after = (builder.append_basic_block(name) for name in ("ranks", "after"))
        negative_value = code.everywhere(builder.fneg(code.load(code.number, value)))
        builder.branch(ranks)

        builder.position_at_end(ranks)
        at, total = builder.phi(ADDRESS), builder.phi(code.vector)
        longer = code.add_product(
            total, code.load(code.vector, builder.add(u, at)), code.load(code.vector, builder.add(v, at))
        )
        following = code.beyond(at, code.vector_size)
        at.add_incoming(none, before)
        at.add_incoming(following, ranks)
        total.add_incoming(negative_value, before)
        total.add_incoming(longer, ranks)
        builder.cbranch(builder.icmp_signed("<", following, line), ranks, after)

        builder.position_at_end(after)
        code.store([longer], error)
        return context.get_dummy_value()

    return types.void(*[Address] * 5, Count, lanes), generate


@intrinsic
def coordinate_step(  # type: ignore[no-untyped-def]
    typing_context, u, V, V_before, move, indices, errors, count, line_size, lanes
):
    """u <- max(0, u - sum E v / sum v^2) of one rank, once the errors know the last `move` of the rank before it.

    The curvature sum v^2 counts as `LEAST_CURVATURE` at least.
    """

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Arguments) -> Any:
        u, V, V_before, move, indices, errors, count, line_size, _ = arguments
        code = VectorCode(builder, lanes.dtype, lanes.count)
        last_move, here = code.load(code.vector, move), code.load(code.vector, u)

        def entry(at: ir.Value, sums: Vectors) -> Vectors:
            index, place = code.element(indices, at, 4), code.element(errors, at, code.vector_size)
            code.fetch(code.line_met(V, code.beyond(index, 4 * AHEAD), line_size), code.vector_size)
            v, v_before = (code.load(code.vector, code.line_met(base, index, line_size)) for base in (V, V_before))
            error = code.add_product(code.load(code.vector, place), last_move, v_before)
            code.store([error], place)
            return [code.add_product(sums[0], error, v), code.add_product(sums[1], v, v)]

        slope, curvature = code.sums_over(count, 2, entry)
        step = code.reciprocal_of_at_least(LEAST_CURVATURE, curvature)
        moved = code.non_negative(code.subtract(here, code.multiply(slope, step)))
        code.store([moved], u)
        code.store([code.subtract(moved, here)], move)
        return context.get_dummy_value()

    return types.void(*[Address] * 6, Count, Count, lanes), generate


def _sums_over_entries(
    code: VectorCode, point: Vectors, V: ir.Value, indices: ir.Value, values: ir.Value, count: ir.Value
) -> tuple[Vectors, ir.Value]:
    """Sum E v of a point, and the vector sum of v^2, over the entries of a line."""
    line_size = ir.Constant(ADDRESS, len(point) * code.vector_size)

    def entry(at: ir.Value, sums: Vectors) -> Vectors:
        index = code.element(indices, at, 4)
        code.fetch(code.line_met(V, code.beyond(index, 4 * AHEAD), line_size), len(point) * code.vector_size)
        v = code.load_line(code.line_met(V, index, line_size), len(point))
        value = code.everywhere(code.load(code.number, code.element(values, at, code.size)))
        error = code.subtract(code.over_ranks(code.sum_of_products(point, v)), value)
        gradient = [code.add_product(total, error, part) for total, part in zip(sums[:-1], v, strict=True)]
        return [*gradient, code.add(sums[-1], code.sum_of_products(v, v))]

    *gradient, squares = code.sums_over(count, len(point) + 1, entry)
    return gradient, squares
