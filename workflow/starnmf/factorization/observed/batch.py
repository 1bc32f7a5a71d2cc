"""What is measured of restarts on observed entries, in float64, whatever device they are on."""

from typing import Any

import numpy as np

from starnmf.arrays import Array, FloatArray
from starnmf.factorization.largest_eigenvalue import largest_eigenvalue
from starnmf.factorization.observed.measures import projected


class ObservedBatch:
    """k restarts, of which a subclass tells where they are, and errors and gradients at any point."""

    data: Any
    """The observed entries; `entries` is their number."""

    def point(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """Copies of U (n, r) and V^T (m, r) where the restart's step began."""
        raise NotImplementedError

    def squared_error(self, U: Array, VT: Array) -> float:
        """Sum of squared errors over the observed entries."""
        raise NotImplementedError

    def gradients(self, U: Array, VT: Array) -> tuple[Array, Array]:
        """Those of the sum loss: (n, r) and (m, r)."""
        raise NotImplementedError

    def loss(self, restart: int) -> float:
        """1/2 mean squared error over the observed entries."""
        return float(0.5 * self.squared_error(*self._point64(restart)) / self.data.entries)

    def largest_eigenvalue(self, restart: int) -> float:
        """Of the Hessian of the sum loss, estimated from gradients."""
        return largest_eigenvalue(self.gradients, *self._point64(restart))

    def projected_gradient(self, restart: int) -> float:
        """Frobenius norm of the projected gradient of the mean loss."""
        factors = self._point64(restart)
        squares = sum(
            np.square(projected(factor, slope)).sum()
            for factor, slope in zip(factors, self.gradients(*factors), strict=True)
        )
        return float(np.sqrt(squares) / self.data.entries)

    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and V (r, m) of one restart."""
        U, VT = self.point(restart)
        return U, VT.T.copy(order="C")

    def _point64(self, restart: int) -> tuple[Array, Array]:
        U, VT = (factor.astype(np.float64, order="C") for factor in self.point(restart))
        return U, VT
