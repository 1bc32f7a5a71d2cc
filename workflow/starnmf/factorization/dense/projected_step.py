"""The projected step of a dense factor on a CPU, as vector code: the product with the Gram and the move in one go.

BLAS is made for large products; a Gram is as small as the rank. Columns do not meet, so a block of them is taken at a
time, whose rows all stay in the nearest cache, and several rows of it at once, so that what was loaded of the block
serves as many sums as fit the registers (`vector_code`).
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from starnmf.factorization.compiled import compiled
from starnmf.factorization.vector_code import WIDTH, VectorCode, Vectors
from starnmf.matrix import FloatArray

ROWS, VECTORS = 6, 2
"""Rows, and vectors of each, that step at once: sums enough to hide how long each takes, few enough for registers."""

BLOCK = VECTORS * WIDTH
"""Columns of a block."""


def descend_rows(factor: FloatArray, onward: FloatArray, gram: FloatArray) -> None:
    """F <- max(0, F + (onward - G F)) of each restart; F and onward (k, r, columns), G (k, r, r). Overwrites onward."""
    number = factor.dtype.type(0)
    _descend(factor, onward, gram, (number,) * min(ROWS, factor.shape[1]), (number,))


@intrinsic
def _step_rows(typing_context, F, F_line, onward, onward_line, gram, gram_line, block, rank, rows):  # type: ignore[no-untyped-def]
    """Onward <- max(0, F + (onward - sum over b of gram[., b] block[b])) of some rows, over `BLOCK` columns.

    The addresses F, onward and gram are those of the first of these rows, `block` that of the factor's first; lines are
    bytes from row to row. Only the type of the tuple `rows` counts: a number of the factor's type for each row.
    """

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: tuple[ir.Value, ...]) -> Any:
        F, F_line, onward, onward_line, gram, gram_line, block, rank, _ = arguments
        code = VectorCode(builder, rows.dtype, WIDTH)

        def row_of(base: ir.Value, line: ir.Value, row: int) -> ir.Value:
            return code.line_at(base, ir.Constant(line.type, row), line)

        def term(b: ir.Value, sums: Vectors) -> Vectors:
            other = code.load_line(code.line_at(block, b, F_line), VECTORS)
            longer = []
            for row in range(rows.count):
                weight = code.element(row_of(gram, gram_line, row), b, code.size)
                weights = code.everywhere(code.load(code.number, weight))
                of_row = sums[row * VECTORS : (row + 1) * VECTORS]
                longer += [code.add_product(total, weights, part) for total, part in zip(of_row, other, strict=True)]
            return longer

        back = code.sums_over(rank, rows.count * VECTORS, term)
        for row in range(rows.count):
            here = code.load_line(row_of(F, F_line, row), VECTORS)
            there = code.load_line(row_of(onward, onward_line, row), VECTORS)
            of_row = back[row * VECTORS : (row + 1) * VECTORS]
            # The difference first, which is small where the two are not.
            moves = [code.subtract(one, other) for one, other in zip(there, of_row, strict=True)]
            moved = [code.non_negative(code.add(x, move)) for x, move in zip(here, moves, strict=True)]
            code.store(moved, row_of(onward, onward_line, row))
        return context.get_dummy_value()

    return types.void(*[types.uintp, types.intp] * 3, types.uintp, types.intp, rows), generate


@intrinsic
def _copy_row(typing_context, source, target, number):  # type: ignore[no-untyped-def]
    """Target <- source, `BLOCK` columns of the type of `number`."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: tuple[ir.Value, ...]) -> Any:
        code = VectorCode(builder, number, WIDTH)
        code.store(code.load_line(arguments[0], VECTORS), arguments[1])
        return context.get_dummy_value()

    return types.void(types.uintp, types.uintp, number), generate


@compiled
def _descend(F, onward, G, rows, single):  # type: ignore[no-untyped-def]
    restarts, rank, columns = F.shape
    size = F.itemsize
    whole = columns - columns % BLOCK
    rest, rest_onward = np.zeros((rank, BLOCK), F.dtype), np.zeros((rank, BLOCK), F.dtype)
    for k in range(restarts):
        f, p = F.ctypes.data + k * F.strides[0], onward.ctypes.data + k * onward.strides[0]
        g = G.ctypes.data + k * G.strides[0]
        for first in range(0, whole * size, BLOCK * size):
            _descend_block(f + first, F.strides[1], p + first, onward.strides[1], g, rank, size, rows, single)
        if whole < columns:
            rest[:, : columns - whole] = F[k, :, whole:]
            rest_onward[:, : columns - whole] = onward[k, :, whole:]
            line = BLOCK * size
            _descend_block(rest.ctypes.data, line, rest_onward.ctypes.data, line, g, rank, size, rows, single)
            F[k, :, whole:] = rest[:, : columns - whole]


@compiled
def _descend_block(F, F_line, onward, onward_line, G, rank, size, rows, single):  # type: ignore[no-untyped-def]
    """The step of the `BLOCK` columns at the address F, taken in `onward`: rows ask for one another's old values."""
    G_line = rank * size
    together = rank - rank % len(rows)
    for a in range(0, together, len(rows)):
        f, p, g = F + a * F_line, onward + a * onward_line, G + a * G_line
        _step_rows(f, F_line, p, onward_line, g, G_line, F, rank, rows)  # type: ignore[call-arg]
    for a in range(together, rank):
        f, p, g = F + a * F_line, onward + a * onward_line, G + a * G_line
        _step_rows(f, F_line, p, onward_line, g, G_line, F, rank, single)  # type: ignore[call-arg]
    for a in range(rank):
        _copy_row(onward + a * onward_line, F + a * F_line, single[0])  # type: ignore[call-arg]
