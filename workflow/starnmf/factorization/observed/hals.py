"""Hierarchical alternating least squares on observed entries: one coordinate after another to its exact minimum.

With everything else fixed, the loss in u_ia is a parabola: u_ia <- max(0, u_ia - sum E v_a / sum v_a^2) over the
entries of row i (Cichocki and Phan 2009; for missing entries Ho 2008). The errors of a line are kept up to date while
its coordinates are swept, so that a sweep costs about as much as a gradient.
"""

import numpy as np
import numpy.typing as npt

from starnmf.factorization.compiled import compiled
from starnmf.factorization.observed.data import Lines
from starnmf.factorization.observed.lines import coordinate_step, entry_error
from starnmf.factorization.observed.stack import ObservedStack
from starnmf.factorization.vector_code import WIDTH
from starnmf.matrix import FloatArray

SWEEPS = 2
"""Sweeps over a line's coordinates before the next line."""


class ObservedHals(ObservedStack):
    """k restarts, side by side one rank after another."""

    @staticmethod
    def lanes(rank: int) -> int:
        """A whole vector: a coordinate of every restart is moved at once."""
        return WIDTH

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Sweep all rows and then all columns, `steps` times."""
        for _ in range(steps):
            self._side(self.data.rows, self.U, self.VT)
            self._side(self.data.columns, self.VT, self.U)

    def _side(self, lines: Lines, U: FloatArray, VT: FloatArray) -> None:
        errors = np.empty((int(np.diff(lines.indptr).max()), WIDTH), U.dtype)
        _sweep(lines.indptr, lines.indices, lines.values, U, VT, errors, np.zeros(WIDTH, U.dtype), *self.layout[:1])


@compiled
def _sweep(indptr, indices, values, U, VT, errors, move, lanes):  # type: ignore[no-untyped-def]
    """Sweep the coordinates of every line of U in place."""
    rank = U.shape[1]
    vector = U.itemsize * len(lanes)
    for i in range(len(U)):
        u, V, error = U.ctypes.data + i * rank * vector, VT.ctypes.data, errors.ctypes.data
        first, count = indptr[i], indptr[i + 1] - indptr[i]
        index, value = indices.ctypes.data + 4 * first, values.ctypes.data + values.itemsize * first
        for at in range(count):
            entry_error(  # type: ignore[call-arg]
                u, V, index + 4 * at, value + values.itemsize * at, error + vector * at, rank, lanes
            )
        move[:] = 0
        for _ in range(SWEEPS):
            for a in range(rank):
                before = V + vector * ((a - 1) % rank)
                coordinate_step(  # type: ignore[call-arg]
                    u + vector * a, V + vector * a, before, move.ctypes.data, index, error, count, rank * vector, lanes
                )
