"""Projected gradient descent on observed entries only: no dense mask, nothing kept of an entry.

    E_ij = u_i . v_j - X_ij on the observed entries,    U <- max(0, U - eta E V^T),    V <- max(0, V - eta U^T E),

both updates from the factors as they were before the step. A row's new factors need the row's entries only, and a
column's the column's: X is walked twice, by rows and by columns, and an error is used and dropped as soon as it is
known. Forming every error twice costs a third more operations than one walk that would add to both gradients, but
every sum then stays in registers (`vector_code`) and nothing is scattered into memory.
"""

import numpy as np
import numpy.typing as npt

from starnmf.factorization.compiled import compiled
from starnmf.factorization.observed.data import ObservedData, zeros_in_whole_cache_lines
from starnmf.factorization.observed.lines import step_along_gradient
from starnmf.factorization.observed.stack import ObservedStack
from starnmf.matrix import FloatArray


class ObservedGradientDescent(ObservedStack):
    """k restarts, each with its own step size."""

    def __init__(self, data: ObservedData, U: FloatArray, VT: FloatArray, restarts: int) -> None:
        super().__init__(data, U, VT, restarts)
        self._new_U, self._new_VT = (zeros_in_whole_cache_lines(factor.shape, factor.dtype) for factor in (U, VT))

    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Take `steps` steps with the given step size (k,) of each restart."""
        rows, columns = self.data.rows, self.data.columns
        eta, layout = self.in_lanes(step_sizes), self.layout
        for _ in range(steps):
            _step(rows.indptr, rows.indices, rows.values, self.U, self.VT, eta, self._new_U, *layout)
            _step(columns.indptr, columns.indices, columns.values, self.VT, self.U, eta, self._new_VT, *layout)
            self.U, self.VT, self._new_U, self._new_VT = self._new_U, self._new_VT, self.U, self.VT


@compiled
def _step(indptr, indices, values, U, VT, eta, new, lanes, vectors):  # type: ignore[no-untyped-def]
    """One projected step of every line of U, written to `new`."""
    line = U.itemsize * U.shape[1] * U.shape[2]
    for i in range(len(U)):
        first = indptr[i]
        index, value = indices.ctypes.data + 4 * first, values.ctypes.data + values.itemsize * first
        u, new_u = U.ctypes.data + i * line, new.ctypes.data + i * line
        step_along_gradient(  # type: ignore[call-arg]
            u, VT.ctypes.data, index, value, indptr[i + 1] - first, eta.ctypes.data, new_u, lanes, vectors
        )
