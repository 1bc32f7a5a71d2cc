"""How often the weights are recovered, over users, observations, activation and start.

The published version of the paper starts at (1 - a) W* + a W with Gaussian W, a = 0.1 or 1, and calls a trial
successful when the error on fresh features is below 0.001 of the values. So it is here; but the descent is not
gradient descent, whose contraction 1 - M_l / M_u a step is between 0.996 and 0.99998 here: it is Levenberg's and
Marquardt's (1944, 1963), which looks for the same zeros of the same risk. All trials of a cell go together.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from starnmf.blocks import map_blocks, one_thread_per_block
from starnmf.companions.inductive.activations import RELU, SIGMOID, TANH, Activation
from starnmf.seeds import generator

Array = npt.NDArray[np.float64]

D, K = 10, 5
USERS = (10, 20, 40, 80, 160, 320)
"""As many items."""
OBSERVED = (50, 100, 150, 200, 400, 800, 1600)
STARTS = {"near": 0.1, "random": 1.0}
RECOVERED = 1e-3
"""Relative error on fresh features."""

FRESH = 200
"""Fresh users, and as many items."""

ITERATIONS = 150
DAMPING = 1e-2
"""The first one, in units of the mean of the diagonal of J'J / m."""

OPTIMIZER = "Levenberg-Marquardt"


@dataclass(frozen=True)
class Cell:
    """One cell of a diagram."""

    activation: Activation
    start: str
    users: int
    observed: int


def measure_phases(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Recoveries for every cell; a ReLU has the first row of U fixed.

    Columns activation, start, d, k, users, observed, optimizer, trials, recovered, median_error (relative, on fresh
    features).
    """
    work = [
        Cell(activation, start, users, observed)
        for activation in (SIGMOID, TANH, RELU)
        for start in STARTS
        for users in USERS
        for observed in OBSERVED
    ]
    with one_thread_per_block():
        rows = map_blocks(lambda cell: _row(cell, trials, seed), work, threads)
    return pd.DataFrame(rows)


def _row(cell: Cell, trials: int, seed: int) -> dict[str, object]:
    drawn = [
        _problem(cell, generator(seed, "inductive", "phases", cell.users, cell.observed, t)) for t in range(trials)
    ]
    truth, noise, x, y = (np.stack(part) for part in zip(*drawn, strict=True))
    a = STARTS[cell.start]
    start = (1 - a) * truth + a * noise
    if cell.activation.homogeneous:
        start[:, 0, 0] = truth[:, 0, 0]
    found = fit(cell.activation, start, x, y, values(cell.activation, truth, x, y))
    errors = relative_errors(cell.activation, found, truth, generator(seed, "inductive", "phases", "fresh"))
    return {
        "activation": cell.activation.name,
        "start": cell.start,
        "d": D,
        "k": K,
        "users": cell.users,
        "observed": cell.observed,
        "optimizer": OPTIMIZER,
        "trials": trials,
        "recovered": int((errors <= RECOVERED).sum()),
        "median_error": float(np.median(errors)),
    }


def _problem(cell: Cell, random: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """The truth and the noise of its start (2, d, k), and the features of the observed pairs (m, d) each."""
    truth, noise = random.standard_normal((2, 2, D, K)) / np.sqrt(D)
    users, items = random.standard_normal((2, cell.users, D))
    rows, columns = random.integers(cell.users, size=(2, cell.observed))
    return truth, noise, users[rows], items[columns]


def values(activation: Activation, W: Array, x: Array, y: Array) -> Array:
    """phi(U'x)' phi(V'y) of weights W (t, 2, d, k) at features x, y (t, m, d): (t, m)."""
    return np.asarray((activation.value(x @ W[:, 0]) * activation.value(y @ W[:, 1])).sum(axis=2))


def fit(activation: Activation, start: Array, x: Array, y: Array, observed: Array) -> Array:
    """Weights (t, 2, d, k) after descents of t problems, each damped by its own success; the rows a ReLU fixes stay."""
    W, trials = start.copy(), len(start)
    free = np.ones(W.shape[1:], dtype=bool)
    free[0, 0] = not activation.homogeneous
    residual = values(activation, W, x, y) - observed
    loss = np.square(residual).sum(axis=1)
    target = np.finfo(float).eps * np.square(observed).sum(axis=1)
    damping = np.full(trials, DAMPING)
    for _ in range(ITERATIONS):
        active = np.flatnonzero((loss > target) & (damping < 1e12))
        if not active.size:
            break
        J = _jacobian(activation, W[active], x[active], y[active])[:, :, free.ravel()]
        gram = J.transpose(0, 2, 1) @ J
        scale = np.einsum("tpp->t", gram) / gram.shape[1]
        damped = gram + (damping[active] * scale)[:, np.newaxis, np.newaxis] * np.eye(gram.shape[1])
        slope = np.einsum("tmp,tm->tp", J, residual[active])
        tried = W[active].copy()
        tried[:, free] -= np.linalg.solve(damped, slope[:, :, np.newaxis])[:, :, 0]
        left = values(activation, tried, x[active], y[active]) - observed[active]
        reached = np.square(left).sum(axis=1)
        better = reached < loss[active]
        taken = active[better]
        W[taken], residual[taken], loss[taken] = tried[better], left[better], reached[better]
        damping[active] = np.where(better, np.maximum(damping[active] / 5, 1e-14), damping[active] * 4)
    return W


def relative_errors(activation: Activation, W: Array, truth: Array, random: np.random.Generator) -> Array:
    """|phi(XU) phi(YV)' - phi(XU*) phi(YV*)'|_F over the norm of the latter, on fresh X and Y: (t,)."""
    X, Y = random.standard_normal((2, FRESH, D))
    found, wanted = (
        activation.value(X @ one[:, 0]) @ activation.value(Y @ one[:, 1]).transpose(0, 2, 1) for one in (W, truth)
    )
    return np.asarray(np.linalg.norm(found - wanted, axis=(1, 2)) / np.linalg.norm(wanted, axis=(1, 2)))


def _jacobian(activation: Activation, W: Array, x: Array, y: Array) -> Array:
    """Derivatives of `values` by the entries of W in their order: (t, m, 2 d k)."""
    left, right = x @ W[:, 0], y @ W[:, 1]
    by_u = x[:, :, :, np.newaxis] * (activation.first(left) * activation.value(right))[:, :, np.newaxis, :]
    by_v = y[:, :, :, np.newaxis] * (activation.first(right) * activation.value(left))[:, :, np.newaxis, :]
    shape = (*left.shape[:2], -1)
    return np.concatenate([by_u.reshape(shape), by_v.reshape(shape)], axis=2)
