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
from starnmf.factorization.compiled import compiled
from starnmf.factorization.observed import measures
from starnmf.factorization.observed.batch import ObservedBatch
from starnmf.factorization.observed.data import ObservedData, zeros_in_whole_cache_lines
from starnmf.factorization.observed.row_stage import MEASURES, run_stage
from starnmf.factorization.simd import WIDTH
from starnmf.factorization.step_state import StepState

State = StepState[FloatArray]
"""Of U or of V^T: arrays (rows, padded rank, lanes)."""


class ObservedFlow(ObservedBatch):
    """k restarts side by side, each at a stage of its own step."""

    def __init__(self, data: ObservedData, U: FloatArray, VT: FloatArray, restarts: int) -> None:
        self.data, self.restarts = data, restarts
        self._states = [_at_start(U), _at_start(VT)]
        self._new = [zeros_in_whole_cache_lines(factor.shape, factor.dtype) for factor in (U, VT)]

    @classmethod
    def start(cls, data: ObservedData, U: FloatArray, V: FloatArray) -> Self:
        """The batch of restarts U (k, n, r), V (k, r, m)."""
        return cls(data, data.side_by_side(U.transpose(1, 2, 0)), data.side_by_side(V.transpose(2, 1, 0)), len(U))

    @property
    def layout(self) -> tuple[tuple[Any, ...], tuple[bool, ...]]:
        """The layout as `observed.row_stage` wants it: as the types of two tuples."""
        vectors = self.data.padded_rank * self.data.lanes // WIDTH
        return tuple(np.zeros(self.data.lanes, self.data.dtype)), (True,) * vectors

    def in_lanes(self, numbers: Array) -> FloatArray:
        """A number (k,) of each restart in all its places of a vector."""
        once = np.zeros(self.data.lanes, self.data.dtype)
        once[: self.restarts] = numbers
        return np.tile(once, WIDTH // self.data.lanes)

    def stage(self, weights: Array, ending: Booleans) -> Array:
        """Evaluate all gradients, run a stage of every restart or end its step; see `flow.FlowBatch`."""
        in_lanes = np.stack([self.in_lanes(of_restarts) for of_restarts in weights.T])
        rows, columns = self._states
        sides = (self.data.rows, rows, columns.Y), (self.data.columns, columns, rows.Y)
        squares = []
        for (entries, state, others), new in zip(sides, self._new, strict=True):
            sums = _run_stages(entries, tuple(state), others, in_lanes, new, bool(ending.any()), *self.layout)
            squares.append(sums.reshape(MEASURES, -1, self.data.lanes).sum(1)[:, : self.restarts])
        for place, state in enumerate(self._states):
            self._states[place], self._new[place] = state._replace(Y=self._new[place]), state.Y
            if weights[:, 11].any():
                Y, *_, E = _in_vectors(self._states[place])
                elementwise.keep_lanes(E, Y, in_lanes[11])
        return np.stack(squares)[..., ending]

    def accept(self, restarts: list[int], lengths: Array) -> None:
        """The steps of the named restarts, of the given lengths, count."""
        for state in self._states:
            elementwise.accept_lanes(*_in_vectors(state)[:4], *self._lanes_of(restarts, lengths))

    def start_steps(self, restarts: list[int], lengths: Array) -> None:
        """Run the first stage, of the given length, of a step of the named restarts."""
        for state in self._states:
            elementwise.start_lanes(*_in_vectors(state), *self._lanes_of(restarts, lengths))

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
        """Be what `arrays` told."""
        own = (array for state in self._states for array in state)
        for array, saved in zip(own, arrays, strict=True):
            array[..., : self.restarts] = saved.transpose(1, 2, 0)

    def _lanes_of(self, restarts: list[int], lengths: Array) -> tuple[Any, ...]:
        """Which places of a vector are those of the named restarts, and the length for each."""
        of_restarts = np.zeros(self.restarts)
        of_restarts[restarts] = lengths
        named = np.isin(np.arange(WIDTH) % self.data.lanes, restarts)
        return named, self.in_lanes(of_restarts)


def _in_vectors(state: State) -> list[FloatArray]:
    """Y, Z, Y0, F0 and E as (vectors, places of a vector), without copies."""
    return [array.reshape(-1, WIDTH) for array in state]


def _at_start(factor: FloatArray) -> State:
    """As if a step had just ended at the start, so that its gradient is evaluated first."""
    before, start, fall, error = (zeros_in_whole_cache_lines(factor.shape, factor.dtype) for _ in range(4))
    start[:] = factor
    return State(factor, before, start, fall, error)


@compiled
def _run_stages(entries, state, others, weights, new, measuring, lanes, vectors):  # type: ignore[no-untyped-def]
    indptr, indices, values = entries
    Y, Z, Y0, F0, E = state
    row_bytes = Y.itemsize * Y.shape[1] * Y.shape[2]
    measures = np.zeros((MEASURES, WIDTH), Y.dtype)
    sums = np.zeros((MEASURES, WIDTH))
    for i in range(len(Y)):
        first, at = indptr[i], i * row_bytes
        count, u, v = indptr[i + 1] - first, Y.ctypes.data + at, others.ctypes.data
        index, value = indices.ctypes.data + 4 * first, values.ctypes.data + values.itemsize * first
        z, u0, f0, e = Z.ctypes.data + at, Y0.ctypes.data + at, F0.ctypes.data + at, E.ctypes.data + at
        to = new.ctypes.data + at
        w, to_measures = weights.ctypes.data, measures.ctypes.data
        if measuring:
            run_stage(u, v, index, value, count, z, u0, f0, e, w, to, to_measures, lanes, vectors, (True,))  # type: ignore[call-arg]
            for place in range(WIDTH):  # type: ignore[unreachable]
                sums[0, place] += measures[0, place]
                sums[1, place] += measures[1, place]
        else:
            run_stage(u, v, index, value, count, z, u0, f0, e, w, to, to_measures, lanes, vectors, ())  # type: ignore[call-arg]
    return sums
