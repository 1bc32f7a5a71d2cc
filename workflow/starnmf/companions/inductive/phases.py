"""How often the weights are recovered, over users, observations, activation and start.

The published version of the paper starts at (1 - a) W* + a W with Gaussian W, a = 0.1 or 1, and calls a trial
successful when the error on fresh features is below 0.001 of the values. Here, too, but the descent is not
gradient descent, whose contraction 1 - M_l / M_u a step is between 0.996 and 0.99998: it is that of Levenberg and
Marquardt (1944, 1963), which seeks the same zeros of the same risk. All trials of a cell are one batch.
"""

from itertools import product

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.blocks import map_blocks
from starnmf.companions.inductive.activations import RELU, SIGMOID, TANH, Activation
from starnmf.companions.inductive.population import Weights
from starnmf.companions.inductive.sampling import Observations, draw_observations, jacobian, predictions
from starnmf.seeds import generator

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


def measure_phases(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Recoveries for every cell, for a ReLU with the first row of U fixed: the columns of `tables.PHASES`."""
    cells = list(product((SIGMOID, TANH, RELU), STARTS, USERS, OBSERVED))
    return pd.DataFrame(map_blocks(lambda cell: _row(*cell, trials, seed), cells, threads))


def _row(activation: Activation, start: str, users: int, observed: int, trials: int, seed: int) -> dict[str, object]:
    address = (seed, "inductive", "phases")
    drawn = [problem(users, observed, generator(*address, users, observed, trial)) for trial in range(trials)]
    truth, noise, x, y = (np.stack(part) for part in zip(*drawn, strict=True))
    seen = Observations(x, y)
    a = STARTS[start]
    W = (1 - a) * truth + a * noise
    if activation.homogeneous:
        W[:, 0, 0] = truth[:, 0, 0]
    found = fit(activation, W, seen, predictions(activation, weights(truth), seen))
    errors = relative_errors(activation, found, truth, generator(*address, "fresh"))
    return {
        "activation": activation.name,
        "start": start,
        "d": D,
        "k": K,
        "users": users,
        "observed": observed,
        "optimizer": OPTIMIZER,
        "trials": trials,
        "recovered": int((errors <= RECOVERED).sum()),
        "median_error": float(np.median(errors)),
    }


def problem(users: int, observed: int, random: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """The truth and the noise of its start (2, d, k), and the features of the observed pairs (m, d) each."""
    truth, noise = random.standard_normal((2, 2, D, K)) / np.sqrt(D)
    seen = draw_observations(users, users, observed, D, random)
    return truth, noise, seen.x, seen.y


def weights(W: Array) -> Weights:
    """U and V of weights W (t, 2, d, k)."""
    return Weights(W[:, 0], W[:, 1])


def fit(activation: Activation, start: Array, seen: Observations, observed: Array) -> Array:
    """Weights (t, 2, d, k) after descents of t problems, each damped by its own success; the rows a ReLU fixes stay."""
    W, trials = start.copy(), len(start)
    free = np.ones(W.shape[1:], dtype=bool)
    free[0, 0] = not activation.homogeneous
    residual = predictions(activation, weights(W), seen) - observed
    loss = np.square(residual).sum(axis=1)
    target = np.finfo(float).eps * np.square(observed).sum(axis=1)
    damping = np.full(trials, DAMPING)
    for _ in range(ITERATIONS):
        active = np.flatnonzero((loss > target) & (damping < 1e12))
        if not active.size:
            break
        part, tried = Observations(seen.x[active], seen.y[active]), W[active]
        J = jacobian(activation, weights(tried), part)[:, :, free]
        gram = J.transpose(0, 2, 1) @ J
        scale = np.einsum("tpp->t", gram) / gram.shape[1]
        damped = gram + (damping[active] * scale)[:, np.newaxis, np.newaxis] * np.eye(gram.shape[1])
        slope = np.einsum("tmp,tm->tp", J, residual[active])
        tried[:, free] -= np.linalg.solve(damped, slope[:, :, np.newaxis])[:, :, 0]
        left = predictions(activation, weights(tried), part) - observed[active]
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
