"""Vector instructions for one row of a matrix, several restarts at once.

A row is a row of X with its factors u, or a column with its v; the entries observed in it meet as
many rows of the other factor. Those of `lanes` restarts lie side by side, (row, rank, restart),
and a vector of 16 numbers takes `lanes` restarts of 16 / `lanes` ranks: u, the gradient and the
row met last all stay in registers. The other factor's rows are asked for long before they are
needed, which hides that they are scattered.

The compiler does not find this form by itself from scalar loops, so it is written down as LLVM
vector instructions; numba turns it into the instructions of whatever processor it runs on.
"""

from collections.abc import Callable

from llvmlite import ir
from numba import types

WIDTH = 16
"""Numbers in a vector: in float32 one cache line."""

CACHE_LINE = 64
"""Bytes."""

AHEAD = 16
"""Entries between the one at work and the one whose row is fetched; index arrays are longer by so many."""

ADDRESS, INDEX = ir.IntType(64), ir.IntType(32)

FUSED = ("contract", "nsz")
"""A product and a sum may become one fused instruction; nothing else is reordered."""

Vectors = list[ir.Value]


class SimdCode:
    """Writes SIMD code for numbers of one type, `lanes` restarts side by side."""

    def __init__(self, builder: ir.IRBuilder, number: types.Float, lanes: int) -> None:
        self.builder, self.lanes = builder, lanes
        self.number = ir.DoubleType() if number == types.float64 else ir.FloatType()
        self.size = number.bitwidth // 8
        self.vector = ir.VectorType(self.number, WIDTH)
        self.zero = ir.Constant(self.vector, [0.0] * WIDTH)
        self.vector_size = WIDTH * self.size

    def load(self, kind: ir.Type, address: ir.Value) -> ir.Value:
        """A value of the given kind from memory."""
        return self.builder.load(self.builder.inttoptr(address, kind.as_pointer()), align=4, typ=kind)

    def load_row(self, address: ir.Value, vectors: int) -> Vectors:
        """The vectors of a row."""
        return [self.load(self.vector, self.beyond(address, self.vector_size * at)) for at in range(vectors)]

    def store(self, vectors: Vectors, address: ir.Value) -> None:
        """Write vectors one after another."""
        for at, vector in enumerate(vectors):
            place = self.beyond(address, self.vector_size * at)
            self.builder.store(vector, self.builder.inttoptr(place, self.vector.as_pointer()), align=4)

    def beyond(self, address: ir.Value, offset: int) -> ir.Value:
        """The address so many bytes on."""
        return self.builder.add(address, ir.Constant(ADDRESS, offset))

    def element(self, base: ir.Value, index: ir.Value, size: int) -> ir.Value:
        """The address of an element of an array."""
        return self.builder.add(base, self.builder.mul(index, ir.Constant(ADDRESS, size)))

    def other_row(self, base: ir.Value, index_address: ir.Value, row_bytes: ir.Value) -> ir.Value:
        """The address of the row of the other factor that an entry's index names."""
        index = self.builder.sext(self.load(INDEX, index_address), ADDRESS)
        return self.builder.add(base, self.builder.mul(index, row_bytes))

    def fetch(self, address: ir.Value, size: int) -> None:
        """Ask for bytes that will be read soon."""
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, INDEX, INDEX, INDEX])
        prefetch = self.builder.module.globals.get("llvm.prefetch.p0")
        prefetch = prefetch or ir.Function(self.builder.module, kind, "llvm.prefetch.p0")
        to_read_from_the_nearest_cache = [ir.Constant(INDEX, flag) for flag in (0, 3, 1)]
        for offset in range(0, size, CACHE_LINE):
            place = self.builder.inttoptr(self.beyond(address, offset), byte)
            self.builder.call(prefetch, [place, *to_read_from_the_nearest_cache])

    def add(self, left: ir.Value, right: ir.Value) -> ir.Value:
        """Left + right."""
        return self.builder.fadd(left, right, flags=FUSED)

    def subtract(self, left: ir.Value, right: ir.Value) -> ir.Value:
        """Left - right."""
        return self.builder.fsub(left, right, flags=FUSED)

    def multiply(self, left: ir.Value, right: ir.Value) -> ir.Value:
        """Left x right."""
        return self.builder.fmul(left, right, flags=FUSED)

    def add_product(self, total: ir.Value, left: ir.Value, right: ir.Value) -> ir.Value:
        """Total + left x right."""
        return self.add(total, self.multiply(left, right))

    def sum_of_products(self, left: Vectors, right: Vectors) -> ir.Value:
        """Products of vectors of equal place, summed in two chains that the processor can run side by side."""
        chains: Vectors = []
        for at, (one, other) in enumerate(zip(left, right, strict=True)):
            if at < 2:
                chains.append(self.multiply(one, other))
            else:
                chains[at % 2] = self.add_product(chains[at % 2], one, other)
        return chains[0] if len(chains) == 1 else self.add(*chains)

    def over_ranks(self, vector: ir.Value) -> ir.Value:
        """Sum over the ranks in a vector, for each restart, in every place of that restart."""
        distance = self.lanes
        while distance < WIDTH:
            vector = self.add(vector, self._rearranged(vector, [place ^ distance for place in range(WIDTH)]))
            distance *= 2
        return vector

    def everywhere(self, value: ir.Value) -> ir.Value:
        """One number in every place of a vector."""
        first = self.builder.insert_element(ir.Constant(self.vector, ir.Undefined), value, ir.Constant(INDEX, 0))
        return self._rearranged(first, [0] * WIDTH)

    def non_negative(self, vector: ir.Value) -> ir.Value:
        """max(0, vector); NaN stays NaN."""
        return self.builder.select(self.builder.fcmp_ordered("<", vector, self.zero), self.zero, vector)

    def sums_over(self, count: ir.Value, sums: int, terms: Callable[[ir.Value, Vectors], Vectors]) -> Vectors:
        """So many vector sums over 0, 1, ..., count - 1; `terms` writes how the sums grow at a place."""
        builder, before = self.builder, self.builder.block
        loop, after = (builder.append_basic_block(name) for name in ("loop", "after"))
        first = ir.Constant(ADDRESS, 0)
        builder.cbranch(builder.icmp_signed(">", count, first), loop, after)

        builder.position_at_end(loop)
        at, totals = builder.phi(ADDRESS), [builder.phi(self.vector) for _ in range(sums)]
        longer = terms(at, list(totals))
        following = self.beyond(at, 1)
        for value, start, on in zip([at, *totals], [first, *[self.zero] * sums], [following, *longer], strict=True):
            value.add_incoming(start, before)
            value.add_incoming(on, loop)
        builder.cbranch(builder.icmp_signed("<", following, count), loop, after)

        builder.position_at_end(after)
        results = [builder.phi(self.vector) for _ in range(sums)]
        for result, total in zip(results, longer, strict=True):
            result.add_incoming(self.zero, before)
            result.add_incoming(total, loop)
        return list(results)

    def _rearranged(self, vector: ir.Value, places: list[int]) -> ir.Value:
        order = ir.Constant(ir.VectorType(INDEX, WIDTH), places)
        return self.builder.shuffle_vector(vector, ir.Constant(self.vector, ir.Undefined), order)
