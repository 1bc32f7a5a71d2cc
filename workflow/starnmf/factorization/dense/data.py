"""A fully observed matrix on its device, cut into chunks that stay in cache while they are worked on."""

import torch
from torch import Tensor

from starnmf.arrays import FloatArray
from starnmf.blocks import even_blocks
from starnmf.matrix import Dense

BATCH_WIDTH = 500
"""Rows k r of a batch at which a CPU's matrix product is near its peak; more only cost cache."""

FEWEST_BATCHES = 2
"""Batches that restarts are spread over before a batch grows, so that threads have work."""

SMALL_PRODUCT = 2**20
"""Multiplications of a product with X below which calls take most of the time, and batches are not made smaller."""

CHUNK = 2**21
"""Entries of X in a chunk on a CPU: 8 MB in float32, so that a chunk's factors are still in cache when they move."""

NARROWEST = 700
"""Columns of a chunk below which its matrix products lose speed."""


class DenseData:
    """X on the device, its shorter side first, cut into chunks of columns (short side, width) that
    all batches share.
    """

    def __init__(self, matrix: Dense, dtype: torch.dtype, device: torch.device) -> None:
        n, m = matrix.shape
        self.rank = matrix.description.rank
        self.transposed = n > m
        self.entries = n * m
        self.dtype, self.device = dtype, device
        X = matrix.X.T if self.transposed else matrix.X
        width = max(CHUNK // max(len(X), BATCH_WIDTH), NARROWEST) if device.type == "cpu" else X.shape[1]
        self._columns = even_blocks(X.shape[1], width)
        self.chunks = self.in_chunks(X)
        # A product is fastest with both matrices in their own order; a GPU does not mind.
        on_cpu = device.type == "cpu"
        self.transposed_chunks = [chunk.T.contiguous() if on_cpu else chunk.T for chunk in self.chunks]
        self.half_square = 0.5 * sum(float(chunk.double().square().sum()) for chunk in self.chunks)

    def largest_batch(self, restarts: int) -> int:
        """Of so many restarts, those that make one batch on a CPU."""
        small = SMALL_PRODUCT // (self.entries * self.rank)
        return max(1, min(BATCH_WIDTH // self.rank, max(restarts // FEWEST_BATCHES, small)))

    def in_chunks(self, rows: FloatArray) -> list[Tensor]:
        """Rows as long as the long side, cut like X."""
        return [self.on_device(rows[..., columns]) for columns in self._columns]

    def on_device(self, values: FloatArray) -> Tensor:
        """A copy on the device."""
        return torch.from_numpy(values.copy(order="C")).to(self.device, self.dtype)
