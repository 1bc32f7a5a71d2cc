"""Low-rank matrix recovery: f(U) = |A(U U') - A(Z Z')|^2, its derivatives and its restricted isometry (slides 2 to 7).

Symmetric n x n matrices are written as vectors of length n (n + 1) / 2 that keep the Frobenius inner product; there A
is a matrix, and f depends on it through its kernel H = A'A alone. Directions V (n, r) are flattened row by row.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from starnmf.arrays import Array


@dataclass(frozen=True)
class Recovery:
    """One instance: what is measured, and of which ground truth."""

    measurements: Array
    """A_1, ..., A_m, symmetric: (m, n, n)."""
    Z: Array
    """The ground truth's factor: (n, r)."""

    @property
    def values(self) -> Array:
        """b = A(Z Z'): (m,)."""
        return np.asarray(np.einsum("kij,ia,ja->k", self.measurements, self.Z, self.Z))

    @property
    def kernel(self) -> Array:
        """H = A'A on vectors of symmetric matrices."""
        A = as_vectors(self.measurements)
        return np.asarray(A.T @ A)

    def loss(self, U: Array) -> float:
        """f at U (n, r)."""
        return float(np.square(np.einsum("kij,ia,ja->k", self.measurements, U, U) - self.values).sum())


def as_vectors(matrices: Array) -> Array:
    """Symmetric matrices (..., n, n) as vectors (..., n (n + 1) / 2) with the same inner product."""
    rows, columns, weights = _upper(matrices.shape[-1])
    return np.asarray(matrices[..., rows, columns] * weights)


def as_matrices(vectors: Array, n: int) -> Array:
    """The inverse of `as_vectors`."""
    rows, columns, weights = _upper(n)
    matrices = np.zeros((*vectors.shape[:-1], n, n))
    matrices[..., rows, columns] = matrices[..., columns, rows] = vectors / weights
    return matrices


def rip_constant(kernel: Array) -> float:
    """The smallest delta with (1 - delta) |M|^2 <= c |A(M)|^2 <= (1 + delta) |M|^2 for a scale c and all symmetric M.

    Where 2 r >= n these are all X of rank 2 r; elsewhere it is an upper bound of the rank-restricted constant.
    """
    eigenvalues = np.linalg.eigvalsh(kernel)
    return float((eigenvalues[-1] - eigenvalues[0]) / (eigenvalues[-1] + eigenvalues[0]))


def difference(X: Array, Z: Array) -> Array:
    """e = X X' - Z Z' as a vector."""
    return as_vectors(X @ X.T - Z @ Z.T)


def product_derivative(X: Array) -> Array:
    """The matrix of V -> X V' + V X': (n (n + 1) / 2, n r)."""
    n, r = X.shape
    directions = np.eye(n * r).reshape(n * r, n, r)
    products = directions @ X.T
    return as_vectors(products + products.transpose(0, 2, 1)).T


def gradient(kernel: Array, X: Array, Z: Array) -> Array:
    """The gradient of f at X: (n, r)."""
    return np.asarray(2 * product_derivative(X).T @ kernel @ difference(X, Z)).reshape(X.shape)


def hessian(kernel: Array, X: Array, Z: Array) -> Array:
    """The Hessian of f at X: (n r, n r)."""
    n, r = X.shape
    J = product_derivative(X)
    residual = as_matrices(kernel @ difference(X, Z), n)
    return np.asarray(2 * J.T @ kernel @ J + 4 * np.kron(residual, np.eye(r)))


@lru_cache(maxsize=16)
def _upper(n: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Array]:
    """Rows and columns of the upper triangle, and the weight of each entry in the vector."""
    rows, columns = np.triu_indices(n)
    return rows, columns, np.where(rows == columns, 1.0, np.sqrt(2.0))
