"""The optimizers written as plainly as can be: one restart, a dense mask, float64."""

import numpy as np

from starnmf.factorization.regimes import LEAST_CURVATURE


def gradients(X, mask, U, V):
    E = np.where(mask, U @ V - X, 0)
    return E @ V.T, U.T @ E


def descend(X, mask, U, V, eta, steps):
    for _ in range(steps):
        U_gradient, V_gradient = gradients(X, mask, U, V)
        U, V = np.maximum(0, U - eta * U_gradient), np.maximum(0, V - eta * V_gradient)
    return U, V


def sweep_rows(X, mask, U, V, sweeps):
    """Least squares in one coordinate after another, from what is left of X."""
    U = U.copy()
    for i, observed in enumerate(mask):
        for a in list(range(U.shape[1])) * sweeps:
            v = V[a, observed]
            rest = X[i, observed] - U[i] @ V[:, observed]
            U[i, a] = max(0, U[i, a] + rest @ v / max(v @ v, LEAST_CURVATURE))
    return U


def sweep(X, mask, U, V, steps, sweeps):
    for _ in range(steps):
        U = sweep_rows(X, mask, U, V, sweeps)
        V = sweep_rows(X.T, mask.T, V.T, U.T, sweeps).T
    return U, V


def inverse_trace(mask, V):
    """The step of every row: 1 / sum |v_j|^2 over its entries."""
    trace = mask @ (V**2).sum(0)
    return np.divide(1, trace, out=np.zeros_like(trace), where=trace > 0)[:, None]


def extrapolated(X, mask, U, V, before, beta, step):
    """The new U and the restart test of its step from the extrapolated point."""
    Y = U + beta * (U - before)
    new = np.maximum(0, Y - step(mask, V) * gradients(X, mask, Y, V)[0])
    return new, ((Y - new) * (new - U)).sum()


def accelerate(X, mask, U, V, steps, step=inverse_trace):
    """Factors after accelerated steps, and how often the momentum fell back."""
    U_before, V_before, t, resets = U, V, 1.0, 0
    for _ in range(steps):
        following = (1 + np.sqrt(1 + 4 * t**2)) / 2
        beta = (t - 1) / following
        new_U, U_test = extrapolated(X, mask, U, V, U_before, beta, step)
        U, U_before = new_U, U
        new_VT, V_test = extrapolated(X.T, mask.T, V.T, U.T, V_before.T, beta, step)
        V, V_before = new_VT.T, V
        uphill = U_test + V_test > 0
        t, resets = (1.0 if uphill else following), resets + uphill
    return U, V, resets
