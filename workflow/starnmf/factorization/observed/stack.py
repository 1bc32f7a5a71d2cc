"""Restarts on observed entries side by side: where they are, and what is measured there in float64."""

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starnmf.factorization.observed.data import ObservedData, lanes_in_registers
from starnmf.factorization.observed.measures import gradients, largest_traces, squared_error
from starnmf.factorization.vector_code import WIDTH
from starnmf.matrix import FloatArray


class ObservedStack(ABC):
    """k restarts in motion: U (n, padded rank, lanes) and V^T (m, padded rank, lanes)."""

    def __init__(self, data: ObservedData, U: FloatArray, VT: FloatArray, restarts: int) -> None:
        self.data, self.U, self.VT, self.restarts = data, U, VT, restarts

    @classmethod
    def start(cls, data: ObservedData, U: FloatArray, V: FloatArray) -> Self:
        """Restarts U (k, n, r), V (k, r, m) for descent."""
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

    @staticmethod
    def lanes(rank: int) -> int:
        """Restarts side by side."""
        return lanes_in_registers(rank)

    @abstractmethod
    def descend(self, step_sizes: npt.NDArray[np.float64], steps: int) -> None:
        """Take `steps` steps; gradient descent with the given step size (k,) of each restart."""

    def losses(self) -> npt.NDArray[np.float64]:
        """1/2 mean squared error over the observed entries of each restart (k,), in float64."""
        matrix = self.data.matrix
        factors = (self._of_restart(restart, np.float64) for restart in range(self.restarts))
        squares = [squared_error(matrix.indptr, matrix.indices, matrix.values, U, VT) for U, VT in factors]
        return 0.5 * np.array(squares) / matrix.values.size

    def curvatures(self) -> npt.NDArray[np.float64]:
        """Upper bound of L_U + L_V of each restart (k,).

        L_U is the largest eigenvalue of sum_j v_j v_j^T over the entries observed in a row, at most its trace.
        """
        matrix = self.data.matrix
        factors = (self._of_restart(restart, np.float64) for restart in range(self.restarts))
        return np.array([sum(largest_traces(matrix.indptr, matrix.indices, U, VT)) for U, VT in factors])

    def projected_gradients(self) -> npt.NDArray[np.float64]:
        """Frobenius norm of the projected gradient of the mean loss of each restart (k,), in float64."""
        return np.array([self._projected_gradient(restart) for restart in range(self.restarts)])

    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V (r, m) of one restart."""
        U, VT = self._of_restart(restart, self.data.dtype)
        return U, VT.T.copy(order="C")

    def keep(self, restarts: list[int]) -> Self:
        """The named restarts alone: the others have stopped."""
        U, VT = (self.data.side_by_side(factor[:, : self.data.rank, restarts]) for factor in (self.U, self.VT))
        return type(self)(self.data, U, VT, len(restarts))

    def _of_restart(self, restart: int, dtype: npt.DTypeLike) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V^T (m, r) of one restart."""
        U, VT = (factor[:, : self.data.rank, restart].astype(dtype, order="C") for factor in (self.U, self.VT))
        return U, VT

    def _projected_gradient(self, restart: int) -> float:
        matrix, factors = self.data.matrix, self._of_restart(restart, np.float64)
        slopes = gradients(matrix.indptr, matrix.indices, matrix.values, *factors)
        projected = sum(
            np.square(np.where(factor > 0, slope, np.minimum(slope, 0))).sum()
            for factor, slope in zip(factors, slopes, strict=True)
        )
        return float(np.sqrt(projected)) / matrix.values.size
