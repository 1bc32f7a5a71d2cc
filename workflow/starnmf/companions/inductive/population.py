"""The Hessian of the population risk (eqs. 8 and 17), for any weights, by quadrature in the plane.

Every block of it is an expectation over x times one over y, and each of those depends on x through two directions
alone. So no sampling is needed: a rule in polar coordinates whose arcs end where a ReLU has its kinks. Weights U, V
and the truth's are (d, k) with d >= 2; the Hessian's rows and columns are u_1, ..., u_k, v_1, ..., v_k.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from starnmf.arrays import Array
from starnmf.companions.inductive.activations import Activation, Function, half_line

RADII = 64
ARC = 64
"""Nodes of the rule along the radius and along each of the four arcs."""


@dataclass(frozen=True)
class Moments:
    """E[w], E[w x] and E[w x x'] of a weight w(x) for standard normal x: a number, (d,) and (d, d)."""

    zeroth: float
    first: Array
    second: Array


@dataclass(frozen=True)
class Weights:
    """The columns u_i of U and v_i of V: (d, k) each."""

    U: Array
    V: Array

    @property
    def flat(self) -> Array:
        """u_1, ..., u_k, v_1, ..., v_k one after the other: (2 d k,)."""
        return np.concatenate([self.U.T.ravel(), self.V.T.ravel()])

    @classmethod
    def from_flat(cls, flat: Array, d: int, k: int) -> "Weights":
        """The weights (d, k) with this `flat`."""
        U, V = flat.reshape(2, k, d)
        return cls(U.T, V.T)


def orthonormal(d: int, k: int, random: np.random.Generator) -> Array:
    """Random orthonormal columns (d, k)."""
    return np.asarray(np.linalg.qr(random.standard_normal((d, k)))[0])


def plane_moments(f: Function, u: Array, g: Function, w: Array) -> Moments:
    """The moments of f(u'x) g(w'x), for directions u and w (d,)."""
    basis, coordinates = np.linalg.qr(np.stack([u, w], axis=1))
    points, density = _rule(*coordinates.T)
    weight = density * f(points @ coordinates[:, 0]) * g(points @ coordinates[:, 1])
    zeroth = float(weight.sum())
    in_plane = (points.T * weight) @ points - zeroth * np.eye(2)
    second = basis @ in_plane @ basis.T + zeroth * np.eye(len(u))
    return Moments(zeroth, basis @ (points.T @ weight), second)


def hessian_at_truth(activation: Activation, truth: Weights) -> Array:
    """The population Hessian where U = U*, V = V*: (2 d k, 2 d k), positive semidefinite (eq. 9).

    It is the expectation of the outer product of the prediction's gradient with itself, H of eq. (18).
    """
    d, k = truth.U.shape
    blocks = np.zeros((2, k, d, 2, k, d))
    phi, first = activation.value, activation.first
    for i in range(k):
        for j in range(k):
            for side, one, other in ((0, truth.U, truth.V), (1, truth.V, truth.U)):
                level = plane_moments(phi, other[:, i], phi, other[:, j]).zeroth
                blocks[side, i, :, side, j] = level * plane_moments(first, one[:, i], first, one[:, j]).second
            along_x = plane_moments(first, truth.U[:, i], phi, truth.U[:, j]).first
            along_y = plane_moments(first, truth.V[:, j], phi, truth.V[:, i]).first
            blocks[0, i, :, 1, j] = np.outer(along_x, along_y)
            blocks[1, j, :, 0, i] = np.outer(along_y, along_x)
    return blocks.reshape(2 * k * d, 2 * k * d)


def population_hessian(activation: Activation, at: Weights, truth: Weights) -> Array:
    """The population Hessian of eq. (17) at any weights; for a ReLU without the kink's own part, as in the paper."""
    d, k = at.U.shape
    curved = hessian_at_truth(activation, at)
    blocks = curved.reshape(2, k, d, 2, k, d)
    phi, first, second = activation.value, activation.first, activation.second
    for i in range(k):
        u, v = at.U[:, i], at.V[:, i]
        for sign, other in ((1.0, at), (-1.0, truth)):
            for j in range(k):
                s, t = other.U[:, j], other.V[:, j]
                mixed_x, mixed_y = plane_moments(phi, s, first, u), plane_moments(phi, t, first, v)
                cross = sign * np.outer(mixed_x.first, mixed_y.first)
                blocks[0, i, :, 1, i] += cross
                blocks[1, i, :, 0, i] += cross.T
                for side, one, others, across, across_other in ((0, u, s, v, t), (1, v, t, u, s)):
                    share = plane_moments(phi, across_other, phi, across).zeroth
                    blocks[side, i, :, side, i] += sign * share * plane_moments(phi, others, second, one).second
    return curved


def without_first_row(hessian: Array, d: int, k: int) -> Array:
    """The Hessian of eq. (13), where the first row of U is fixed: without its k rows and columns."""
    free = np.ones((2, k, d), dtype=bool)
    free[0, :, 0] = False
    return np.asarray(hessian[np.ix_(free.ravel(), free.ravel())])


def _rule(u: Array, w: Array) -> tuple[Array, Array]:
    """Points (n, 2) and their weights under the normal density; arcs end where u'x or w'x changes sign."""
    kinks = [np.arctan2(normal[1], normal[0]) + np.pi / 2 for normal in (u, w)]
    ends = np.sort(np.mod([angle + turn for angle in kinks for turn in (0, np.pi)], 2 * np.pi))
    lengths = np.diff(ends, append=ends[0] + 2 * np.pi)
    nodes, arc_weights, radii, radial = _unit_rule()
    angles = (ends[:, np.newaxis] + lengths[:, np.newaxis] * nodes).ravel()
    around = (lengths[:, np.newaxis] * arc_weights).ravel()
    points = radii[:, np.newaxis, np.newaxis] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return points.reshape(-1, 2), np.outer(radial, around).ravel()


@lru_cache(maxsize=1)
def _unit_rule() -> tuple[Array, Array, Array, Array]:
    """Nodes and weights on an arc of length 1, and on radii with r exp(-r^2 / 2) / (2 pi)."""
    nodes, weights = np.polynomial.legendre.leggauss(ARC)
    radii, along = half_line(RADII)
    return (nodes + 1) / 2, weights / 2, radii, along * radii * np.exp(-(radii**2) / 2) / (2 * np.pi)
