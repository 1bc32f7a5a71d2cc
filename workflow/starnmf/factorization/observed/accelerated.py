"""Accelerated alternating descent on observed entries: every line by its own step, the rows and then the columns.

With V fixed the loss is a sum over rows, each of curvature at most sum |v_j|^2 over its entries. Every row steps by the
inverse of that from a point carried on along its last move, then every column with the new rows fixed: accelerated
PALM (Bolte, Sabach and Teboulle 2014; Nesterov 1983), its momentum started anew where it hinders.
"""

from typing import Self

import numpy as np
import numpy.typing as npt

from starnmf.factorization.compiled import compiled
from starnmf.factorization.observed.data import Lines, ObservedData
from starnmf.factorization.observed.lines import extrapolated_step
from starnmf.factorization.observed.stack import ObservedStack
from starnmf.factorization.vector_code import WIDTH
from starnmf.matrix import FloatArray


class ObservedAccelerated(ObservedStack):
    """k restarts, with where they were one step ago and Nesterov's t (k,), from 1."""

    def __init__(self, data: ObservedData, U: FloatArray, VT: FloatArray, restarts: int) -> None:
        super().__init__(data, U, VT, restarts)
        self.U_before, self.VT_before = (data.side_by_side(factor[:, : data.rank, :restarts]) for factor in (U, VT))
        self.t = np.ones(restarts)

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Take `steps` steps of each restart; step sizes are found line by line."""
        for _ in range(steps):
            following = (1 + np.sqrt(1 + 4 * self.t**2)) / 2
            beta = self.in_lanes((self.t - 1) / following)
            against = self._side(self.data.rows, self.U, self.VT, beta, self.U_before)
            self.U, self.U_before = self.U_before, self.U
            against += self._side(self.data.columns, self.VT, self.U, beta, self.VT_before)
            self.VT, self.VT_before = self.VT_before, self.VT
            self.t = np.where(against > 0, 1.0, following)

    def keep(self, restarts: list[int]) -> Self:
        """The named restarts alone: the others have stopped."""
        kept = super().keep(restarts)
        kept.U_before, kept.VT_before = (
            self.data.side_by_side(before[:, : self.data.rank, restarts]) for before in (self.U_before, self.VT_before)
        )
        kept.t = self.t[restarts]
        return kept

    def _side(
        self, lines: Lines, U: FloatArray, VT: FloatArray, beta: FloatArray, before: FloatArray
    ) -> npt.NDArray[np.float64]:
        """Step every line, over what it was before; returns how far the momentum went against the descent (k,)."""
        against = np.zeros(WIDTH, U.dtype)
        _step(lines.indptr, lines.indices, lines.values, U, VT, beta, before, against, *self.layout)
        of_restarts: npt.NDArray[np.float64] = against.reshape(-1, self.data.lanes).sum(0, dtype=np.float64)
        return of_restarts[: self.restarts]


@compiled
def _step(indptr, indices, values, U, VT, beta, before, against, lanes, vectors):  # type: ignore[no-untyped-def]
    """One extrapolated step of every line of U, written to `before`."""
    line = U.itemsize * U.shape[1] * U.shape[2]
    for i in range(len(U)):
        first = indptr[i]
        index, value = indices.ctypes.data + 4 * first, values.ctypes.data + values.itemsize * first
        extrapolated_step(  # type: ignore[call-arg]
            U.ctypes.data + i * line,
            VT.ctypes.data,
            index,
            value,
            indptr[i + 1] - first,
            beta.ctypes.data,
            before.ctypes.data + i * line,
            against.ctypes.data,
            lanes,
            vectors,
        )
