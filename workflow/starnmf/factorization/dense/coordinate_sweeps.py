"""Coordinate sweeps over a dense factor on a CPU, as SIMD kernels.

Row a of a factor F goes to max(0, f_a + (p_a - sum_b G_ab f_b) / G_aa). Columns do not meet, so blocks of them are
swept one after another, whose rows all stay in the nearest cache and whose sums stay in registers (`simd`).
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from starnmf.factorization.compiled import compiled
from starnmf.factorization.simd import WIDTH, SimdCode, Vectors

VECTORS = 4
"""Vectors of a row in a block: enough sums at once to hide how long each takes."""

BLOCK = VECTORS * WIDTH
"""Columns of a block."""


@intrinsic
def row_step(typing_context, row, product, gram_row, block, stride, rank, inverse):  # type: ignore[no-untyped-def]
    """Row <- max(0, row + inverse (product - sum over b of gram_row[b] block[b])), over `BLOCK` columns.

    The first four are addresses; the `rank` rows of `block` are `stride` bytes apart.
    """

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: tuple[ir.Value, ...]) -> Any:
        row, product, gram_row, block, stride, rank, step = arguments
        code = SimdCode(builder, inverse, WIDTH)

        def term(b: ir.Value, sums: Vectors) -> Vectors:
            weight = code.everywhere(code.load(code.number, code.element(gram_row, b, code.size)))
            other = code.load_row(builder.add(block, builder.mul(b, stride)), VECTORS)
            return [code.add_product(total, weight, part) for total, part in zip(sums, other, strict=True)]

        back = code.sums_over(rank, VECTORS, term)
        here, products = code.load_row(row, VECTORS), code.load_row(product, VECTORS)
        step_size = code.everywhere(step)
        falls = (code.subtract(there, total) for there, total in zip(products, back, strict=True))
        moved = [code.add_product(x, step_size, fall) for x, fall in zip(here, falls, strict=True)]
        code.store([code.non_negative(x) for x in moved], row)
        return context.get_dummy_value()

    return types.void(*[types.uintp] * 4, types.intp, types.intp, inverse), generate


@compiled
def sweep_blocks(F, P, G, sweeps):  # type: ignore[no-untyped-def]
    """Every row of F (k, r, columns) to its minimum in turn, `sweeps` times, with P (k, r, columns) and G (k, r, r)."""
    restarts, rank, columns = F.shape
    whole = columns - columns % BLOCK
    rest, rest_product = np.zeros((rank, BLOCK), F.dtype), np.zeros((rank, BLOCK), F.dtype)
    for k in range(restarts):
        inverses = _inverses(G[k])
        for first in range(0, whole, BLOCK):
            _sweep_block(F[k, :, first:], P[k, :, first:], G[k], inverses, sweeps)
        if whole < columns:
            rest[:, : columns - whole] = F[k, :, whole:]
            rest_product[:, : columns - whole] = P[k, :, whole:]
            _sweep_block(rest, rest_product, G[k], inverses, sweeps)
            F[k, :, whole:] = rest[:, : columns - whole]


@compiled
def _sweep_block(F, P, G, inverses, sweeps):  # type: ignore[no-untyped-def]
    """Sweep the first `BLOCK` columns of F and P."""
    f, p, g = F.ctypes.data, P.ctypes.data, G.ctypes.data
    stride, p_stride, g_stride = F.strides[0], P.strides[0], G.strides[0]
    for _ in range(sweeps):
        for a in range(len(inverses)):
            if inverses[a] > 0:
                row_step(  # type: ignore[call-arg]
                    f + a * stride, p + a * p_stride, g + a * g_stride, f, stride, len(inverses), inverses[a]
                )


@compiled
def _inverses(G):  # type: ignore[no-untyped-def]
    """1 / G_aa, and 0 where the other factor does not use the rank: such a row stays as it is."""
    inverses = np.zeros(len(G), G.dtype)
    for a in range(len(G)):
        if G[a, a] > 0:
            inverses[a] = 1 / G[a, a]
    return inverses
