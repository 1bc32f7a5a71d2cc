"""The inner step of the observed-entry pass, written as vector instructions: one restart in every lane.

With the same entry (row a, column a, r) of several restarts side by side in memory, all of them share the walk over the
observed entries, no sum runs across lanes, and each restart's arithmetic is the same however many lanes there are. The
compiler does not find this form by itself from scalar loops, so it is written down as LLVM vector code; numba turns it
into the instructions of whatever processor it runs on.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

POINTER = ir.IntType(64)
FUSED = ("contract", "nsz")
"""A product and a sum may become one fused instruction; nothing else is reordered."""


def entries_of_a_row(count: int) -> Callable[..., None]:
    """A function for compiled code that adds `count` observed entries of one row to the gradients of all lanes.

    `function(u, u_gradient, V, V_gradient, columns, values, r, lanes)` takes addresses: of the row's (r, lanes) factors
    and gradient, of all (m, r, lanes) column factors and gradients, and of the first of the entries' columns (int32)
    and values. `lanes` is a tuple with a number of the factors' type for every lane: only its type counts. With
    E = u . v - X for each entry and lane, u_gradient += E v and V_gradient += E u.
    """

    @intrinsic
    def add_entries(  # type: ignore[no-untyped-def]
        typing_context, u, u_gradient, V, V_gradient, columns, values, r, lanes
    ):
        signature = types.void(*[types.uintp] * 6, types.intp, lanes)
        number = ir.DoubleType() if lanes.dtype == types.float64 else ir.FloatType()
        return signature, _generator(count, ir.VectorType(number, lanes.count))

    function: Callable[..., None] = add_entries
    return function


def _generator(count: int, vector: ir.VectorType) -> Callable[..., Any]:
    number, size = vector.element, 8 if isinstance(vector.element, ir.DoubleType) else 4
    step = ir.Constant(POINTER, size * vector.count)

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        u, u_gradient, V, V_gradient, columns, values, r, _ = arguments

        def load(kind: ir.Type, base: ir.Value, offset: ir.Value) -> ir.Value:
            address = builder.inttoptr(builder.add(base, offset), kind.as_pointer())
            return builder.load(address, align=4, typ=kind)

        def store(value: ir.Value, base: ir.Value, offset: ir.Value) -> None:
            builder.store(value, builder.inttoptr(builder.add(base, offset), vector.as_pointer()), align=4)

        def add_product(total: ir.Value, left: ir.Value, right: ir.Value) -> ir.Value:
            return builder.fadd(total, builder.fmul(left, right, flags=FUSED), flags=FUSED)

        def in_every_lane(value: ir.Value) -> ir.Value:
            nothing, first = ir.Constant(vector, ir.Undefined), ir.Constant(ir.IntType(32), 0)
            everywhere = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
            return builder.shuffle_vector(builder.insert_element(nothing, value, first), nothing, everywhere)

        line = builder.mul(r, step)
        negative_values, v, v_gradient = [], [], []
        for entry in range(count):
            column = load(ir.IntType(32), columns, ir.Constant(POINTER, 4 * entry))
            value = load(number, values, ir.Constant(POINTER, size * entry))
            negative_values.append(in_every_lane(builder.fneg(value)))
            offset = builder.mul(builder.sext(column, POINTER), line)
            v.append(builder.add(V, offset))
            v_gradient.append(builder.add(V_gradient, offset))

        before = builder.block
        dot, update, after = (builder.append_basic_block(name) for name in ("dot", "update", "after"))
        zero = ir.Constant(POINTER, 0)

        builder.branch(dot)
        builder.position_at_end(dot)
        at = builder.phi(POINTER)
        partial = [builder.phi(vector) for _ in range(count)]
        u_part = load(vector, u, at)
        errors = [add_product(partial[entry], u_part, load(vector, v[entry], at)) for entry in range(count)]
        beyond = builder.add(at, step)
        at.add_incoming(zero, before)
        at.add_incoming(beyond, dot)
        for entry in range(count):
            partial[entry].add_incoming(negative_values[entry], before)
            partial[entry].add_incoming(errors[entry], dot)
        builder.cbranch(builder.icmp_signed("<", beyond, line), dot, update)

        builder.position_at_end(update)
        at = builder.phi(POINTER)
        u_part, total = load(vector, u, at), load(vector, u_gradient, at)
        for entry in range(count):
            total = add_product(total, errors[entry], load(vector, v[entry], at))
            gradient = add_product(load(vector, v_gradient[entry], at), errors[entry], u_part)
            store(gradient, v_gradient[entry], at)
        store(total, u_gradient, at)
        beyond = builder.add(at, step)
        at.add_incoming(zero, dot)
        at.add_incoming(beyond, update)
        builder.cbranch(builder.icmp_signed("<", beyond, line), update, after)

        builder.position_at_end(after)
        return context.get_dummy_value()

    return generate
