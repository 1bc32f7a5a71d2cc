"""A batch of restarts on observed entries, side by side: where they are, and what is measured there
in float64.
"""

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starnmf.factorization.observed.data import ObservedData
from starnmf.factorization.observed.measures import gradients, largest_traces, squared_error
from starnmf.factorization.vector_code import WIDTH
from starnmf.matrix import FloatArray


class ObservedBatch:
    """k restarts: U (n, padded rank, lanes) and V^T (m, padded rank, lanes)."""

    def __init__(self, data: ObservedData, U: FloatArray, VT: FloatArray, restarts: int) -> None:
        self.data, self.U, self.VT, self.restarts = data, U, VT, restarts

    @classmethod
    def start(cls, data: ObservedData, U: FloatArray, V: FloatArray) -> Self:
        """The batch of restarts U (k, n, r), V (k, r, m)."""
        return cls(data, data.side_by_side(U.transpose(1, 2, 0)), data.side_by_side(V.transpose(2, 1, 0)), len(U))

    @property
    def layout(self) -> tuple[tuple[Any, ...], tuple[bool, ...]]:
        """The layout as `observed_lines` wants it: as the types of two tuples."""
        vectors = self.data.padded_rank * self.data.lanes // WIDTH
        return tuple(np.zeros(self.data.lanes, self.data.dtype)), (True,) * vectors

    def in_lanes(self, numbers: npt.NDArray[np.float64]) -> FloatArray:
        """A number (k,) of each restart in all its places of a vector."""
        lanes = np.zeros(self.data.lanes, self.data.dtype)
        lanes[: self.restarts] = numbers
        return np.tile(lanes, WIDTH // self.data.lanes)

    def point(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V^T (m, r) of one restart."""
        U, VT = (factor[:, : self.data.rank, restart].copy() for factor in (self.U, self.VT))
        return U, VT

    def loss(self, restart: int) -> float:
        """1/2 mean squared error over the observed entries, in float64."""
        matrix, (U, VT) = self.data.matrix, self._point64(restart)
        return float(0.5 * squared_error(matrix.indptr, matrix.indices, matrix.values, U, VT) / matrix.values.size)

    def curvature(self, restart: int) -> float:
        """Upper bound of L_U + L_V.

        L_U is the largest eigenvalue of sum_j v_j v_j^T over the entries observed in a row, at most
        its trace.
        """
        matrix = self.data.matrix
        return float(sum(largest_traces(matrix.indptr, matrix.indices, *self._point64(restart))))

    def projected_gradient(self, restart: int) -> float:
        """Frobenius norm of the projected gradient of the mean loss, in float64."""
        matrix, factors = self.data.matrix, self._point64(restart)
        slopes = gradients(matrix.indptr, matrix.indices, matrix.values, *factors)
        projected = sum(
            np.square(np.where(factor > 0, slope, np.minimum(slope, 0))).sum()
            for factor, slope in zip(factors, slopes, strict=True)
        )
        return float(np.sqrt(projected)) / matrix.values.size

    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V (r, m) of one restart."""
        U, VT = self.point(restart)
        return U, VT.T.copy(order="C")

    def keep(self, restarts: list[int]) -> Self:
        """A batch of the named restarts alone."""
        U, VT = (self.data.side_by_side(factor[:, : self.data.rank, restarts]) for factor in (self.U, self.VT))
        return type(self)(self.data, U, VT, len(restarts))

    def _point64(self, restart: int) -> tuple[FloatArray, FloatArray]:
        U, VT = (factor.astype(np.float64, order="C") for factor in self.point(restart))
        return U, VT
