"""Descent written as plainly as can be: one restart, a dense mask, float64."""

import numpy as np

from starnmf.matrix import Dense, Description, observed_from_entries, scaled_to_unit_variance


def planted(kind, n=60, m=50, r=3, step_factor=1.0, seed=1):
    """A planted matrix with noise, fully observed or observed at half of its entries."""
    random = np.random.default_rng(seed)
    X = random.gamma(1.0, size=(n, r)) @ random.gamma(1.0, size=(r, m)) + 0.1 * random.random((n, m))
    description = Description("toy", r, "own", {}, step_factor=step_factor)
    if kind == "dense":
        return scaled_to_unit_variance(Dense(X.astype(np.float32), description))
    rows, columns = np.nonzero(random.random((n, m)) < 0.5)
    return scaled_to_unit_variance(observed_from_entries(rows, columns, X[rows, columns], (n, m), description))


def filled(matrix):
    """The matrix in float64, 0 where nothing is observed, and its mask."""
    if isinstance(matrix, Dense):
        return matrix.X.astype(float), np.ones(matrix.shape, bool)
    X, mask = np.zeros(matrix.shape), np.zeros(matrix.shape, bool)
    X[matrix.row_of_entry, matrix.indices], mask[matrix.row_of_entry, matrix.indices] = matrix.values, True
    return X, mask


def gradients(X, mask, U, V):
    E = np.where(mask, U @ V - X, 0)
    return E @ V.T, U.T @ E


def loss(X, mask, U, V):
    return 0.5 * np.square((U @ V - X)[mask]).mean()


def descend(X, mask, U, V, eta, steps):
    for _ in range(steps):
        U_gradient, V_gradient = gradients(X, mask, U, V)
        U, V = np.maximum(0, U - eta * U_gradient), np.maximum(0, V - eta * V_gradient)
    return U, V


def sweep_rows(X, U, V, sweeps):
    """Least squares in one coordinate after another, from what is left of X."""
    U = U.copy()
    for i in range(len(U)):
        for a in list(range(U.shape[1])) * sweeps:
            curvature = V[a] @ V[a]
            if curvature > 0:
                U[i, a] = max(0, U[i, a] + (X[i] - U[i] @ V) @ V[a] / curvature)
    return U


def sweep(X, U, V, iterations, sweeps):
    for _ in range(iterations):
        U = sweep_rows(X, U, V, sweeps)
        V = sweep_rows(X.T, V.T, U.T, sweeps).T
    return U, V
