"""What is done to one line of an observed matrix in one go, as functions for compiled code (see `vector_code`).

They take addresses: of the line's own factors u, of all lines V of the other factor, of the line's first index (int32)
and first value. Two tuples stand for the layout, and only their types count: `lanes` has a number of the factors' type
for every restart side by side, `vectors` an element for every vector of a line. E = u . v - X is the error of an entry.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

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
        code = VectorCode(builder, lanes.dtype, lanes.count, vectors.count)
        here = code.load_line(u)
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
        code = VectorCode(builder, lanes.dtype, lanes.count, vectors.count)
        momentum, here = code.load(code.vector, beta), code.load_line(u)
        carried = [code.subtract(x, earlier) for x, earlier in zip(here, code.load_line(before), strict=True)]
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


def _sums_over_entries(
    code: VectorCode, point: Vectors, V: ir.Value, indices: ir.Value, values: ir.Value, count: ir.Value
) -> tuple[Vectors, ir.Value]:
    """Sum E v of a point, and the vector sum of v^2, over the entries of a line."""
    builder, size = code.builder, code.size
    before, entries, after = builder.block, *(builder.append_basic_block(name) for name in ("entries", "after"))
    none = ir.Constant(ADDRESS, 0)
    builder.cbranch(builder.icmp_signed(">", count, none), entries, after)

    builder.position_at_end(entries)
    entry = builder.phi(ADDRESS)
    sums = [builder.phi(code.vector) for _ in range(code.count + 1)]
    index = code.element(indices, entry, 4)
    code.fetch(code.line_met(V, code.beyond(index, 4 * AHEAD)))
    v = code.load_line(code.line_met(V, index))
    value = code.everywhere(code.load(code.number, code.element(values, entry, size)))
    error = code.subtract(code.over_ranks(code.sum_of_products(point, v)), value)
    longer = [code.add_product(total, error, part) for total, part in zip(sums[:-1], v, strict=True)]
    longer.append(code.add(sums[-1], code.sum_of_products(v, v)))
    following = builder.add(entry, ir.Constant(ADDRESS, 1))
    entry.add_incoming(none, before)
    entry.add_incoming(following, entries)
    for total, next_total in zip(sums, longer, strict=True):
        total.add_incoming(code.zero, before)
        total.add_incoming(next_total, entries)
    builder.cbranch(builder.icmp_signed("<", following, count), entries, after)

    builder.position_at_end(after)
    results = [builder.phi(code.vector) for _ in sums]
    for result, total in zip(results, longer, strict=True):
        result.add_incoming(code.zero, before)
        result.add_incoming(total, entries)
    return results[:-1], results[-1]
