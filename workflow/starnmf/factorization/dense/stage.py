"""The flow's arithmetic over a dense factor on a CPU, as SIMD kernels (`vector_code`).

F = P - G Y is minus the gradient, P the product of X with the other factor and G the other factor's
Gram. BLAS is made for large products; a Gram is as small as the rank. Columns do not meet, so a
block of them is taken at a time, whose rows all stay in the nearest cache, and several rows of it
at once, so that what was loaded of the block serves as many sums as fit the registers.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from starnmf.factorization.compiled import compiled
from starnmf.factorization.elementwise import error_and_size
from starnmf.factorization.vector_code import WIDTH, VectorCode, Vectors
from starnmf.matrix import FloatArray

ROWS, VECTORS = 6, 2
"""Rows, and vectors of each, that are worked on at once: sums enough to hide how long each takes,
few enough for registers."""

BLOCK = VECTORS * WIDTH
"""Columns of a block."""


def run_stages(
    P: FloatArray,
    G: FloatArray,
    state: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray],
    weights: FloatArray,
    ending: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """Run a stage of every restart in place, or the last evaluation of those whose step is
    `ending`.

    P (k, r, columns), overwritten, and G (k, r, r); `state` is Y, Z, Y0, F0, E (k, r, columns).
    A stage takes its weights (k, 11 or more) of Y, Z, Y0, F and F0 in the new Y, and in the new Z. The last
    evaluation writes F to Z; returned are, for those restarts, the sums (k, 2) of squares of the
    error estimate, with the eleventh weight, and of Y.
    """
    sums = np.zeros((len(P), 2))
    number = P.dtype.type(0)
    _run(P, G, *state, weights, ending, sums, (number,) * min(ROWS, P.shape[1]), (number,))
    return sums


def _with_gradient(
    code: VectorCode, block: tuple[ir.Value, ...], rank: ir.Value, P: ir.Value, gram: ir.Value, rows: int
) -> list[Vectors]:
    """F = P - G Y of some rows of a block; addresses of the block's first row and line, and of the
    rows' P and Gram.
    """
    Y, line, P_line, gram_line = block

    def term(b: ir.Value, sums: Vectors) -> Vectors:
        other = code.load_line(code.line_at(Y, b, line), VECTORS)
        longer = []
        for row in range(rows):
            weight = code.element(code.line_at(gram, ir.Constant(line.type, row), gram_line), b, code.size)
            weights = code.everywhere(code.load(code.number, weight))
            of_row = sums[row * VECTORS : (row + 1) * VECTORS]
            longer += [code.add_product(total, weights, part) for total, part in zip(of_row, other, strict=True)]
        return longer

    back = code.sums_over(rank, rows * VECTORS, term)
    falls = []
    for row in range(rows):
        onward = code.load_line(code.line_at(P, ir.Constant(line.type, row), P_line), VECTORS)
        of_row = back[row * VECTORS : (row + 1) * VECTORS]
        falls.append([code.subtract(one, other) for one, other in zip(onward, of_row, strict=True)])
    return falls


@intrinsic
def _stage_rows(typing_context, P, P_line, gram, gram_line, block, first, line, Z, Y0, F0, weights, rank, rows):  # type: ignore[no-untyped-def]
    """The stage of some rows over `BLOCK` columns: the new Y goes to P, the new Z in place.

    P, gram, first, Z, Y0 and F0 are addresses of the first of these rows, `block` that of the
    factor's first; lines are bytes from row to row, `line` that of Y, Z, Y0 and F0. Only the type
    of the tuple `rows` counts: a number for each row.
    """

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: tuple[ir.Value, ...]) -> Any:
        P, P_line, gram, gram_line, block, first, line, Z, Y0, F0, weights, rank, _ = arguments
        code = VectorCode(builder, rows.dtype, WIDTH)
        falls = _with_gradient(code, (block, line, P_line, gram_line), rank, P, gram, rows.count)
        weight = [code.everywhere(code.load(code.number, code.beyond(weights, code.size * at))) for at in range(10)]
        for row, fall in enumerate(falls):
            at = ir.Constant(line.type, row)
            here, before, start, start_fall = (
                code.load_line(code.line_at(base, at, line), VECTORS) for base in (first, Z, Y0, F0)
            )
            terms = list(zip(here, before, start, fall, start_fall, strict=True))
            moved = [code.weighted_sum(weight[:5], parts) for parts in terms]
            new = [code.bounded(*parts) for parts in zip(moved, start, start_fall, strict=True)]
            code.store([code.weighted_sum(weight[5:], parts) for parts in terms], code.line_at(Z, at, line))
            code.store(new, code.line_at(P, at, P_line))
        return context.get_dummy_value()

    addresses, sizes = types.uintp, types.intp
    return types.void(*[addresses, sizes] * 2, addresses, addresses, sizes, *[addresses] * 4, sizes, rows), generate


@intrinsic
def _gradient_rows(typing_context, P, P_line, gram, gram_line, block, line, rank, rows):  # type: ignore[no-untyped-def]
    """P <- P - G Y of some rows over `BLOCK` columns; arguments as in `_stage_rows`."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: tuple[ir.Value, ...]) -> Any:
        P, P_line, gram, gram_line, block, line, rank, _ = arguments
        code = VectorCode(builder, rows.dtype, WIDTH)
        falls = _with_gradient(code, (block, line, P_line, gram_line), rank, P, gram, rows.count)
        for row, fall in enumerate(falls):
            code.store(fall, code.line_at(P, ir.Constant(line.type, row), P_line))
        return context.get_dummy_value()

    return types.void(*[types.uintp, types.intp] * 3, types.intp, rows), generate


@intrinsic
def _copy_row(typing_context, source, target, number):  # type: ignore[no-untyped-def]
    """Target <- source, `BLOCK` columns of the type of `number`."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: tuple[ir.Value, ...]) -> Any:
        code = VectorCode(builder, number, WIDTH)
        code.store(code.load_line(arguments[0], VECTORS), arguments[1])
        return context.get_dummy_value()

    return types.void(types.uintp, types.uintp, number), generate


@compiled
def _run(P, G, Y, Z, Y0, F0, E, weights, ending, sums, rows, single):  # type: ignore[no-untyped-def]
    for k in range(len(P)):
        if ending[k]:
            _run_restart(P[k], G[k], Y[k], Y[k], Y[k], Y[k], weights[k, :0], rows, single)
            sums[k, 0], sums[k, 1] = error_and_size(P[k], Y[k], Z[k], Y0[k], E[k], weights[k, 10])
            Z[k] = P[k]
        else:
            _run_restart(P[k], G[k], Y[k], Z[k], Y0[k], F0[k], weights[k, :10], rows, single)


@compiled
def _run_restart(P, G, Y, Z, Y0, F0, weights, rows, single):  # type: ignore[no-untyped-def]
    """A stage, or without weights P <- P - G Y."""
    rank, columns = Y.shape
    size, line = Y.itemsize, Y.strides[0]
    whole = columns - columns % BLOCK
    p, g, w, count = P.ctypes.data, G.ctypes.data, weights.ctypes.data, len(weights)
    y, z, y0, f0 = Y.ctypes.data, Z.ctypes.data, Y0.ctypes.data, F0.ctypes.data
    for at in range(0, whole * size, BLOCK * size):
        states = (y + at, z + at, y0 + at, f0 + at)
        _run_block(p + at, line, g, states, line, w, count, rank, size, rows, single)
    if whole < columns:
        # Columns too few for a block are worked on in one of their own, filled up with zeros.
        rest = np.zeros((5, rank, BLOCK), Y.dtype)
        left = columns - whole
        rest[0, :, :left], rest[1, :, :left], rest[2, :, :left] = P[:, whole:], Y[:, whole:], Z[:, whole:]
        rest[3, :, :left], rest[4, :, :left] = Y0[:, whole:], F0[:, whole:]
        p, length, line = rest.ctypes.data, rest.strides[0], rest.strides[1]
        states = (p + length, p + 2 * length, p + 3 * length, p + 4 * length)
        _run_block(p, line, g, states, line, w, count, rank, size, rows, single)
        P[:, whole:] = rest[0, :, :left]
        if count > 0:
            Y[:, whole:], Z[:, whole:] = rest[1, :, :left], rest[2, :, :left]


@compiled
def _run_block(P, P_line, G, states, line, weights, count, rank, size, rows, single):  # type: ignore[no-untyped-def]
    """The stage, or without weights the gradient, of `BLOCK` columns; rows ask for one another's
    old values.
    """
    Y, Z, Y0, F0 = states
    G_line = rank * size
    together = rank - rank % len(rows)
    for a in range(0, together, len(rows)):
        p, g, at = P + a * P_line, G + a * G_line, a * line
        if count > 0:
            _stage_rows(p, P_line, g, G_line, Y, Y + at, line, Z + at, Y0 + at, F0 + at, weights, rank, rows)  # type: ignore[call-arg]
        else:
            _gradient_rows(p, P_line, g, G_line, Y, line, rank, rows)  # type: ignore[call-arg]
    for a in range(together, rank):
        p, g, at = P + a * P_line, G + a * G_line, a * line
        if count > 0:
            _stage_rows(p, P_line, g, G_line, Y, Y + at, line, Z + at, Y0 + at, F0 + at, weights, rank, single)  # type: ignore[call-arg]
        else:
            _gradient_rows(p, P_line, g, G_line, Y, line, rank, single)  # type: ignore[call-arg]
    if count > 0:
        for a in range(rank):
            _copy_row(P + a * P_line, Y + a * line, single[0])  # type: ignore[call-arg]
