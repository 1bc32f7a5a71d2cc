"""The observed entries as the CPU walks them, and how restarts lie side by side."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starnmf.factorization.vector_code import AHEAD, CACHE_LINE, WIDTH
from starnmf.matrix import FloatArray, Observed

LARGEST_LINE = 5
"""Vectors of a line up to which restarts are put side by side: point, sums and entry then fit 16 of
32 registers."""


@dataclass(frozen=True)
class Lines:
    """Entries line by line: `indptr` int64 (lines + 1), `indices` int32 and `values`, both longer
    by `AHEAD`.
    """

    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]
    values: FloatArray


class ObservedData:
    """The observed entries by rows and by columns, shared by all batches of `lanes` restarts side
    by side.
    """

    def __init__(self, matrix: Observed, dtype: str) -> None:
        self.matrix, self.dtype, self.rank = matrix, np.dtype(dtype), matrix.description.rank
        self.lanes = lanes_in_registers(self.rank)
        self.padded_rank = padded_rank(self.rank, self.lanes)
        row, column, values = matrix.row_of_entry, matrix.indices, matrix.values
        by_column = np.lexsort((row, column))
        column_indptr = np.append(0, np.cumsum(np.bincount(column, minlength=matrix.shape[1])))
        self.rows = self._lines(matrix.indptr, column, values)
        self.columns = self._lines(column_indptr, row[by_column], values[by_column])

    def side_by_side(self, factor: FloatArray) -> FloatArray:
        """Restarts (lines, r, k) as (lines, padded rank, lanes); lanes without a restart are 0 and
        stay so.
        """
        lines, rank, restarts = factor.shape
        padded = zeros_in_whole_cache_lines((lines, self.padded_rank, self.lanes), self.dtype)
        padded[:, :rank, :restarts] = factor
        return padded

    def _lines(self, indptr: npt.NDArray[Any], indices: npt.NDArray[Any], values: FloatArray) -> Lines:
        return Lines(
            indptr.astype(np.int64),
            np.append(indices, np.zeros(AHEAD)).astype(np.int32),
            np.append(values, np.zeros(AHEAD)).astype(self.dtype),
        )


def padded_rank(rank: int, lanes: int) -> int:
    """The rank, filled up so that lines are whole vectors; what is added is 0 and stays so."""
    ranks_of_a_vector = WIDTH // lanes
    return -(-rank // ranks_of_a_vector) * ranks_of_a_vector


def lanes_in_registers(rank: int) -> int:
    """The most restarts side by side whose lines fit in registers."""
    lanes = WIDTH
    while lanes > 1 and padded_rank(rank, lanes) * lanes > LARGEST_LINE * WIDTH:
        lanes //= 2
    return lanes


def zeros_in_whole_cache_lines(shape: tuple[int, ...], dtype: npt.DTypeLike) -> FloatArray:
    """Zeros that begin where a cache line does, so that no vector lies across two."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    # numpy asks for huge pages in `empty`, not in `zeros`; lines are met in no order, which small pages make slow.
    memory = np.empty(size + CACHE_LINE, np.uint8)
    memory.fill(0)
    start = -memory.ctypes.data % CACHE_LINE
    return memory[start : start + size].view(dtype).reshape(shape)
