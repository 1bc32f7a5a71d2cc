"""The paper's two-stage sampling, and the risk over a sample with its derivatives (eqs. 3 and 7)."""

from dataclasses import dataclass

import numpy as np

from starnmf.arrays import Array
from starnmf.companions.inductive.activations import Activation
from starnmf.companions.inductive.population import Weights


@dataclass(frozen=True)
class Observations:
    """Features of the m observed pairs: x and y (m, d), or (t, m, d) of t samples."""

    x: Array
    y: Array


def draw_observations(n1: int, n2: int, m: int, d: int, random: np.random.Generator) -> Observations:
    """Draw n1 users and n2 items with standard normal features, then m of their pairs with replacement."""
    users, items = random.standard_normal((n1, d)), random.standard_normal((n2, d))
    return Observations(users[random.integers(n1, size=m)], items[random.integers(n2, size=m)])


def predictions(activation: Activation, at: Weights, seen: Observations) -> Array:
    """phi(U'x)' phi(V'y) of every pair: (m,), or (t, m) of t weights on t samples."""
    return np.asarray((activation.value(seen.x @ at.U) * activation.value(seen.y @ at.V)).sum(axis=-1))


def jacobian(activation: Activation, at: Weights, seen: Observations) -> Array:
    """Derivatives of the predictions by U and V: (m, 2, d, k), or (t, m, 2, d, k) of t weights on t samples."""
    left, right = seen.x @ at.U, seen.y @ at.V
    by_u = seen.x[..., np.newaxis] * (activation.first(left) * activation.value(right))[..., np.newaxis, :]
    by_v = seen.y[..., np.newaxis] * (activation.first(right) * activation.value(left))[..., np.newaxis, :]
    return np.stack([by_u, by_v], axis=-3)


def gradient(activation: Activation, at: Weights, truth: Weights, seen: Observations) -> Array:
    """The gradient of f_Omega, half the mean squared error: (2 d k,)."""
    left, right = seen.x @ at.U, seen.y @ at.V
    of_x, of_y = activation.value(left), activation.value(right)
    residual = (of_x * of_y).sum(axis=1) - predictions(activation, truth, seen)
    scaled = (residual / len(residual))[:, np.newaxis]
    by_u = seen.x.T @ (scaled * activation.first(left) * of_y)
    by_v = seen.y.T @ (scaled * activation.first(right) * of_x)
    return np.concatenate([by_u.T.ravel(), by_v.T.ravel()])


def empirical_hessian(activation: Activation, at: Weights, truth: Weights, seen: Observations) -> Array:
    """The Hessian of f_Omega (eq. 7): (2 d k, 2 d k)."""
    d, k = at.U.shape
    m = len(seen.x)
    J = jacobian(activation, at, seen).swapaxes(2, 3).reshape(m, -1)
    full = J.T @ J / m
    blocks = full.reshape(2, k, d, 2, k, d)
    residual = (predictions(activation, at, seen) - predictions(activation, truth, seen)) / m
    left, right = seen.x @ at.U, seen.y @ at.V
    for i in range(k):
        a, b = left[:, i], right[:, i]
        blocks[0, i, :, 0, i] += (seen.x.T * (residual * activation.second(a) * activation.value(b))) @ seen.x
        blocks[1, i, :, 1, i] += (seen.y.T * (residual * activation.second(b) * activation.value(a))) @ seen.y
        cross = (seen.x.T * (residual * activation.first(a) * activation.first(b))) @ seen.y
        blocks[0, i, :, 1, i] += cross
        blocks[1, i, :, 0, i] += cross.T
    return full
