"""How the coordinates of restarts lie in memory, so that a warp's threads read whole lines of 128 bytes."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

VECTOR = 16
"""Bytes of the largest load of a thread."""

MOST_VECTORS = 15
"""Vectors of a row that a thread takes at most: those of an entry and of the sums then fit its registers as well."""


@dataclass(frozen=True)
class Layout:
    """Factors (k, rows, r) as (groups, rows, parts, restarts, coordinates): restarts are grouped, a
    row is cut into parts of a few coordinates, and the same part of all restarts of a group is one
    contiguous piece of memory. What is added to fill the last part and the last group is 0.
    """

    rank: int
    restarts: int
    """Of a group."""
    coordinates: int
    """Of a part: of each restart as many vectors as there are threads that share its row."""
    threads: int
    """Those that share a restart's row."""

    @classmethod
    def of(cls, rank: int, dtype: torch.dtype, restarts: int) -> "Layout":
        """The layout of a rank in groups of so many restarts; a restart's row is shared if it is too long for one."""
        vector = VECTOR // dtype.itemsize
        threads = 1
        while rank > threads * vector * MOST_VECTORS:
            threads *= 2
        return cls(rank, restarts, threads * vector, threads)

    @property
    def parts(self) -> int:
        """Parts of a row."""
        return -(-self.rank // self.coordinates)

    def grouped(self, factors: Tensor) -> Tensor:
        """Factors (k, rows, r) in this layout, as a copy."""
        k, rows, rank = factors.shape
        filled = pad(factors, (0, self.parts * self.coordinates - rank, 0, 0, 0, -k % self.restarts))
        return filled.view(-1, self.restarts, rows, self.parts, self.coordinates).permute(0, 2, 3, 1, 4).contiguous()

    def apart(self, array: Tensor) -> Tensor:
        """Factors (k, rows, r) of an array in this layout, with the restarts that were added."""
        groups, rows, parts, restarts, coordinates = array.shape
        return array.permute(0, 3, 1, 2, 4).reshape(groups * restarts, rows, parts * coordinates)[..., : self.rank]
