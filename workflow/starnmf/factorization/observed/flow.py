"""The flow on observed entries only: no dense mask, nothing kept of an entry.

    E_ij = u_i . v_j - X_ij on the observed entries,    F_U = -E V^T,    F_V = -U^T E,

both at the same point. A row's gradient needs the row's entries only, and a column's the column's:
X is walked twice, by rows and by columns, and an error is used and dropped as soon as it is known.
Forming every error twice costs a third more operations than one walk that would add to both
gradients, but every sum then stays in registers (`vector_code`) and nothing is scattered into
memory.
"""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starnmf.factorization import elementwise
from starnmf.factorization.compiled import compiled
from starnmf.factorization.observed.batch import ObservedBatch
from starnmf.factorization.observed.data import Lines, ObservedData, zeros_in_whole_cache_lines
from starnmf.factorization.observed.lines import MEASURES, WEIGHTS, run_measuring_stage, run_stage
from starnmf.factorization.vector_code import WIDTH
from starnmf.matrix import FloatArray

Array = npt.NDArray[np.float64]

TINY = np.finfo(np.float64).tiny


@dataclass
class State:
    """What the flow keeps of U or of V^T, (rows, padded rank, lanes) each; names as in
    `dense.arithmetic.State`.
    """

    Y: FloatArray
    Z: FloatArray
    Y0: FloatArray
    F0: FloatArray

    def in_vectors(self) -> list[FloatArray]:
        """Y, Z, Y0 and F0 as (vectors, places of a vector), without copies."""
        return [array.reshape(-1, WIDTH) for array in (self.Y, self.Z, self.Y0, self.F0)]


class ObservedFlow(ObservedBatch):
    """k restarts, each at a stage of its own step."""

    def __init__(self, data: ObservedData, U: FloatArray, VT: FloatArray, restarts: int) -> None:
        super().__init__(data, U, VT, restarts)
        self._states = [_at_start(U), _at_start(VT)]
        self._new = [zeros_in_whole_cache_lines(factor.shape, factor.dtype) for factor in (U, VT)]

    def stage(self, weights: Array, ending: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
        """Evaluate all gradients, run a stage of every restart or end its step; see
        `flow.FlowBatch`.
        """
        in_lanes = np.stack([self.in_lanes(weights[:, place]) for place in range(WEIGHTS)])
        measuring = bool(ending.any())
        rows, columns = self._states
        measured = [
            self._run(self.data.rows, rows, columns.Y, in_lanes, self._new[0], measuring),
            self._run(self.data.columns, columns, rows.Y, in_lanes, self._new[1], measuring),
        ]
        for place, state in enumerate(self._states):
            state.Y, self._new[place] = self._new[place], state.Y
        of_rows, of_columns = (error / np.maximum(size, TINY) for error, size, _ in measured)
        return np.sqrt(of_rows + of_columns)[ending], (measured[0][2] + measured[1][2])[ending]

    def accept(self, restarts: list[int], lengths: Array) -> None:
        """The steps of the named restarts, of the given lengths, count."""
        for state in self._states:
            elementwise.accept_lanes(*state.in_vectors(), *self._lanes_of(restarts, lengths))

    def start_steps(self, restarts: list[int], lengths: Array) -> None:
        """Run the first stage, of the given length, of a step of the named restarts."""
        for state in self._states:
            elementwise.start_lanes(*state.in_vectors(), *self._lanes_of(restarts, lengths))

    def point(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V^T (m, r) where the restart's step began."""
        U, VT = (state.Y0[:, : self.data.rank, restart].copy() for state in self._states)
        return U, VT

    def keep(self, restarts: list[int]) -> Self:
        """A batch of the named restarts alone."""
        kept = super().keep(restarts)
        kept.restore([array[restarts] for array in self.arrays()])
        return kept

    def arrays(self) -> list[FloatArray]:
        """All that the batch is, restart by restart (k, ...)."""
        return [
            getattr(state, item.name).transpose(2, 0, 1)[: self.restarts]
            for state in self._states
            for item in fields(State)
        ]

    def restore(self, arrays: list[FloatArray]) -> None:
        """Be what `arrays` told."""
        own = ((state, item.name) for state in self._states for item in fields(State))
        for (state, name), saved in zip(own, arrays, strict=True):
            getattr(state, name)[..., : self.restarts] = saved.transpose(1, 2, 0)

    def _run(
        self, lines: Lines, state: State, others: FloatArray, weights: FloatArray, new: FloatArray, measuring: bool
    ) -> tuple[Array, Array, Array]:
        """Run the stage of every row or column; returns squared error, squared size and largest
        trace (k,).
        """
        entries = lines.indptr, lines.indices, lines.values
        arrays = state.Y, state.Z, state.Y0, state.F0
        sums, traces = _run_stages(entries, arrays, others, weights, new, measuring, *self.layout)
        error, size = sums.reshape(2, -1, self.data.lanes).sum(1)[:, : self.restarts]
        return error, size, traces[: self.restarts]

    def _lanes_of(self, restarts: list[int], lengths: Array) -> tuple[Any, ...]:
        """Which places of a vector are those of the named restarts, and the length for each."""
        of_restarts = np.zeros(self.restarts)
        of_restarts[restarts] = lengths
        named = np.isin(np.arange(WIDTH) % self.data.lanes, restarts)
        return named, self.in_lanes(of_restarts)


def _at_start(factor: FloatArray) -> State:
    """As if a step had just ended at the start, so that its gradient is evaluated first."""
    before, start, fall = (zeros_in_whole_cache_lines(factor.shape, factor.dtype) for _ in range(3))
    start[:] = factor
    return State(factor, before, start, fall)


@compiled
def _run_stages(entries, state, others, weights, new, measuring, lanes, vectors):  # type: ignore[no-untyped-def]
    indptr, indices, values = entries
    Y, Z, Y0, F0 = state
    line = Y.itemsize * Y.shape[1] * Y.shape[2]
    measures = np.zeros((MEASURES, WIDTH), Y.dtype)
    sums, traces = np.zeros((2, WIDTH)), np.zeros(WIDTH)
    for i in range(len(Y)):
        first, at = indptr[i], i * line
        count, u, v = indptr[i + 1] - first, Y.ctypes.data + at, others.ctypes.data
        index, value = indices.ctypes.data + 4 * first, values.ctypes.data + values.itemsize * first
        z, u0, f0, to = Z.ctypes.data + at, Y0.ctypes.data + at, F0.ctypes.data + at, new.ctypes.data + at
        w, to_measures = weights.ctypes.data, measures.ctypes.data
        if measuring:
            run_measuring_stage(u, v, index, value, count, z, u0, f0, w, to, to_measures, lanes, vectors)  # type: ignore[call-arg]
            for place in range(WIDTH):  # type: ignore[unreachable]
                sums[0, place] += measures[0, place]
                sums[1, place] += measures[1, place]
                traces[place] = max(traces[place], measures[2, place])
        else:
            run_stage(u, v, index, value, count, z, u0, f0, w, to, to_measures, lanes, vectors)  # type: ignore[call-arg]
    return sums, traces
