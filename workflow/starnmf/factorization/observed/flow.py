"""The flow on observed entries only: no dense mask, nothing kept of an entry.

    E_ij = u_i . v_j - X_ij on the observed entries,    F_U = -E V^T,    F_V = -U^T E,

both at the same point. A row's gradient needs the row's entries only, and a column's the column's:
X is walked twice, by rows and by columns, and an error is used and dropped as soon as it is known.
Forming every error twice costs a third more operations than one walk that would add to both
gradients, but every sum then stays in registers (`simd`) and nothing is scattered into
memory.
"""

from typing import Any, Self

import numpy as np

from starnmf.arrays import Array, Booleans, FloatArray
from starnmf.factorization import elementwise
from starnmf.factorization.observed import measures
from starnmf.factorization.observed.batch import ObservedBatch
from starnmf.factorization.observed.data import ObservedData, zeros_in_whole_cache_lines
from starnmf.factorization.observed.stage import fall_of_rows, run_stages
from starnmf.factorization.simd import WIDTH
from starnmf.factorization.step_state import StepState

State = StepState[FloatArray]
"""Of U or of V^T: arrays (rows, padded rank, lanes)."""


class ObservedFlow(ObservedBatch):
    """k restarts side by side, each at a stage of its own step."""

    def __init__(self, data: ObservedData, U: FloatArray, VT: FloatArray, restarts: int) -> None:
        self.data, self.restarts = data, restarts
        self._states = [_at_start(U), _at_start(VT)]
        # As (rows, places of a row), without copies.
        self._flat = [tuple(array.reshape(len(array), -1) for array in state) for state in self._states]
        self._falls = [zeros_in_whole_cache_lines(factor.shape, factor.dtype) for factor in (U, VT)]

    @classmethod
    def start(cls, data: ObservedData, U: FloatArray, V: FloatArray) -> Self:
        """The batch of restarts U (k, n, r), V (k, r, m)."""
        return cls(data, data.side_by_side(U.transpose(1, 2, 0)), data.side_by_side(V.transpose(2, 1, 0)), len(U))

    @property
    def layout(self) -> tuple[tuple[Any, ...], tuple[bool, ...]]:
        """The layout as `observed.stage` wants it: as the types of two tuples."""
        vectors = self.data.padded_rank * self.data.lanes // WIDTH
        return tuple(np.zeros(self.data.lanes, self.data.dtype)), (True,) * vectors

    def stage(self, weights: Array, ending: Booleans) -> Array:
        """Evaluate all gradients, run a stage of every restart or end its step; see `flow.FlowBatch`."""
        of_places = self._in_places(weights.T)
        rows, columns = self._states
        sides = (self.data.rows, rows, columns), (self.data.columns, columns, rows)
        for (entries, here, others), falls in zip(sides, self._falls, strict=True):
            fall_of_rows(entries, here.Y, others.Y, falls, *self.layout)
        squares = []
        for falls, state in zip(self._falls, self._flat, strict=True):
            sums = run_stages(falls.reshape(len(falls), -1), state, of_places, bool(ending.any()))
            squares.append(sums.reshape(2, -1, self.data.lanes).sum(1)[:, : self.restarts])
        return np.stack(squares)[..., ending]

    def accept(self, restarts: list[int], lengths: Array) -> None:
        """Accept the steps, of the given lengths, of the named restarts."""
        of_places = self._lengths_in_places(restarts, lengths)
        for Y, Z, Y0, F0, _ in self._flat:
            elementwise.accept(Y, Z, Y0, F0, of_places)

    def start_steps(self, restarts: list[int], lengths: Array) -> None:
        """Run the first stage, of the given length, of a step of the named restarts."""
        of_places = self._lengths_in_places(restarts, lengths)
        for Y, Z, Y0, F0, E in self._flat:
            elementwise.start(Y, Z, Y0, F0, E, of_places)

    def point(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """Copies of U (n, r) and V^T (m, r) where the restart's step began."""
        U, VT = (state.Y0[:, : self.data.rank, restart].copy() for state in self._states)
        return U, VT

    def squared_error(self, U: Array, VT: Array) -> float:
        """Sum of squared errors over the observed entries."""
        matrix = self.data.matrix
        return float(measures.squared_error(matrix.indptr, matrix.indices, matrix.values, U, VT))

    def gradients(self, U: Array, VT: Array) -> tuple[Array, Array]:
        """Those of the sum loss: (n, r) and (m, r)."""
        matrix = self.data.matrix
        of_U, of_VT = measures.gradients(matrix.indptr, matrix.indices, matrix.values, U, VT)
        return of_U, of_VT

    def keep(self, restarts: list[int]) -> Self:
        """A batch of the named restarts alone."""
        kept = self.start(self.data, *(np.stack(factors) for factors in zip(*map(self.factors, restarts), strict=True)))
        kept.restore([array[restarts] for array in self.arrays()])
        return kept

    def arrays(self) -> list[FloatArray]:
        """All that the batch is, restart by restart (k, ...)."""
        return [array.transpose(2, 0, 1)[: self.restarts] for state in self._states for array in state]

    def restore(self, arrays: list[FloatArray]) -> None:
        """Set the state to what `arrays` returned."""
        own = (array for state in self._states for array in state)
        for array, saved in zip(own, arrays, strict=True):
            array[..., : self.restarts] = saved.transpose(1, 2, 0)

    def _in_places(self, numbers: Array) -> FloatArray:
        """Numbers (..., k) of the restarts in all their places of a row (..., places); 0 where there is no restart."""
        of_lanes = np.zeros((*numbers.shape[:-1], self.data.lanes), self.data.dtype)
        of_lanes[..., : self.restarts] = numbers
        return np.tile(of_lanes, self.data.padded_rank)

    def _lengths_in_places(self, restarts: list[int], lengths: Array) -> FloatArray:
        """The lengths of the named restarts in all their places of a row, and NaN in those of the others."""
        of_restarts = np.full(self.restarts, np.nan)
        of_restarts[restarts] = lengths
        return self._in_places(of_restarts)


def _at_start(factor: FloatArray) -> State:
    """As if a step had just ended at the start, so that its gradient is evaluated first."""
    return State(factor, np.zeros_like(factor), factor.copy(), np.zeros_like(factor), np.zeros_like(factor))
