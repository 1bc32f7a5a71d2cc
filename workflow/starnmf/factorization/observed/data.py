"""The observed entries as the CPU walks them, and how restarts lie side by side."""

import numpy as np
import numpy.typing as npt

from starnmf.arrays import FloatArray, Integers
from starnmf.factorization.simd import AHEAD, CACHE_LINE, WIDTH
from starnmf.matrix import Observed

LARGEST_ROW = 5
"""Vectors of a row up to which restarts are put side by side: point, sums and entry then fit 16 of 32 registers."""


CompressedRows = tuple[Integers, npt.NDArray[np.int32], FloatArray]
"""Entries row by row: indptr (rows + 1), indices and values, both longer by `AHEAD`."""


class ObservedData:
    """The observed entries by rows and by columns, shared by all batches of `lanes` restarts side by side.

    How many that are depends on the rank and `largest_row` alone, so that a restart's bits do not depend on the others.
    """

    def __init__(self, matrix: Observed, dtype: str, largest_row: int = LARGEST_ROW) -> None:
        self.matrix, self.dtype, self.rank = matrix, np.dtype(dtype), matrix.description.rank
        self.entries = matrix.values.size
        self.lanes = most_lanes(self.rank, largest_row)
        self.padded_rank = padded_rank(self.rank, self.lanes)
        self.rows, self.columns = self._compressed(matrix), self._compressed(matrix.transposed())

    def side_by_side(self, factor: FloatArray) -> FloatArray:
        """Restarts (rows, r, k) as (rows, padded rank, lanes); lanes without a restart are 0 and stay so."""
        rows, rank, restarts = factor.shape
        padded = zeros_in_whole_cache_lines((rows, self.padded_rank, self.lanes), self.dtype)
        padded[:, :rank, :restarts] = factor
        return padded

    def _compressed(self, matrix: Observed) -> CompressedRows:
        values = np.append(matrix.values, np.zeros(AHEAD)).astype(self.dtype)
        return matrix.indptr, np.append(matrix.indices, np.zeros(AHEAD, np.int32)), values


def padded_rank(rank: int, lanes: int) -> int:
    """The rank, filled up so that rows are whole vectors; what is added is 0 and stays so."""
    ranks_of_a_vector = WIDTH // lanes
    return -(-rank // ranks_of_a_vector) * ranks_of_a_vector


def most_lanes(rank: int, largest_row: int) -> int:
    """The most restarts side by side whose rows have at most so many vectors; one, if none have."""
    lanes = WIDTH
    while lanes > 1 and padded_rank(rank, lanes) * lanes > largest_row * WIDTH:
        lanes //= 2
    return lanes


def zeros_in_whole_cache_lines(shape: tuple[int, ...], dtype: npt.DTypeLike) -> FloatArray:
    """Zeros that begin where a cache line does, so that no vector lies across two."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    # numpy asks for huge pages in `empty`, not in `zeros`; rows are met in no order, which small pages make slow.
    memory = np.empty(size + CACHE_LINE, np.uint8)
    memory.fill(0)
    start = -memory.ctypes.data % CACHE_LINE
    return memory[start : start + size].view(dtype).reshape(shape)
