"""Grams of a dense factor's rows on a CPU, as vector code: a tile of rows meets a tile of others at once.

BLAS is made for large products, and a loop over single pairs loads two rows for every product. A tile loads each of its
rows once for as many sums as fit the registers (`vector_code`).
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from starnmf.factorization.compiled import compiled
from starnmf.factorization.vector_code import WIDTH, VectorCode, Vectors
from starnmf.matrix import FloatArray

TILE = 4
"""Rows of a tile: its products with another one are 16 sums, which fit the registers with the rows they come from."""


def add_gram(rows: FloatArray, gram: FloatArray) -> None:
    """Gram (k, r, r) += products of every two rows (k, r, length) of each restart."""
    number = rows.dtype.type(0)
    _add_gram(rows, gram, (number,) * min(TILE, rows.shape[1]), (number,))


@intrinsic
def _add_products(typing_context, rows, others, line, vectors, gram, gram_line, tile, other_tile):  # type: ignore[no-untyped-def]
    """Gram += products of every row of one tile with every row of another, over so many vectors of columns.

    The addresses are those of the tiles' first rows, `line` bytes from row to row, and of their place in the Gram. Only
    the types of the tuples `tile` and `other_tile` count: a number of the rows' type for each row.
    """

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: tuple[ir.Value, ...]) -> Any:
        rows, others, line, vectors, gram, gram_line, *_ = arguments
        code = VectorCode(builder, tile.dtype, 1)
        one, other = (
            [code.line_at(first, ir.Constant(line.type, row), line) for row in range(count)]
            for first, count in ((rows, tile.count), (others, other_tile.count))
        )

        def term(at: ir.Value, sums: Vectors) -> Vectors:
            left, right = (
                [code.load(code.vector, code.element(row, at, code.vector_size)) for row in of_tile]
                for of_tile in (one, other)
            )
            pairs = [(x, y) for x in left for y in right]
            return [code.add_product(total, *pair) for total, pair in zip(sums, pairs, strict=True)]

        for at, total in enumerate(code.sums_over(vectors, tile.count * other_tile.count, term)):
            row, column = divmod(at, other_tile.count)
            place = code.line_at(gram, ir.Constant(gram_line.type, row), gram_line)
            code.add_to_number(code.beyond(place, column * code.size), code.over_ranks(total))
        return context.get_dummy_value()

    return types.void(types.uintp, types.uintp, *[types.intp] * 2, types.uintp, types.intp, tile, other_tile), generate


@compiled
def _add_gram(rows, gram, tile, single):  # type: ignore[no-untyped-def]
    restarts, rank, length = rows.shape
    vectors, line, to_line, size = length // WIDTH, rows.strides[1], gram.strides[1], gram.itemsize
    together = rank - rank % len(tile)
    for k in range(restarts):
        _add_last_columns(rows[k, :, vectors * WIDTH :], gram[k])
        first, to = rows.ctypes.data + k * rows.strides[0], gram.ctypes.data + k * gram.strides[0]
        for b in range(0, together, len(tile)):
            other, place = first + b * line, to + b * size
            for a in range(b, together, len(tile)):
                _add_products(first + a * line, other, line, vectors, place + a * to_line, to_line, tile, tile)  # type: ignore[call-arg]
            for a in range(together, rank):
                _add_products(first + a * line, other, line, vectors, place + a * to_line, to_line, single, tile)  # type: ignore[call-arg]
        for b in range(together, rank):
            other, place = first + b * line, to + b * size
            for a in range(b, rank):
                _add_products(first + a * line, other, line, vectors, place + a * to_line, to_line, single, single)  # type: ignore[call-arg]
    for k in range(restarts):
        for a in range(rank):
            gram[k, :a, a] = gram[k, a, :a]


@compiled
def _add_last_columns(rows, gram):  # type: ignore[no-untyped-def]
    """Add the products, on and below the diagonal, of columns too few for a vector."""
    rank, columns = rows.shape
    for a in range(rank):
        for b in range(a + 1):
            for place in range(columns):
                gram[a, b] += rows[a, place] * rows[b, place]
