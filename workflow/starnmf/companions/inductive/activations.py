"""Activation functions phi with their first two derivatives, and their moments under a standard normal z (eq. 10)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Array = npt.NDArray[np.float64]
Function = Callable[[Array], Array]

NODES = 200
"""Of the quadrature on each half-line."""

END = 10.0
"""Where the half-lines are cut: the normal density there is below 1e-22."""


@dataclass(frozen=True)
class Activation:
    """phi, phi' and phi'', each elementwise."""

    name: str
    value: Function
    first: Function
    second: Function

    @property
    def homogeneous(self) -> bool:
        """Whether phi(c z) = c phi(z) for c > 0: u_i may be scaled against v_i, unless the first row of U is fixed."""
        return self.name == "relu"


@dataclass(frozen=True)
class Constants:
    """alpha_ij = E[phi(z)^i z^j], beta_ij = E[phi'(z)^i z^j] and gamma = E[phi(z) phi'(z) z] of eq. (10)."""

    alpha10: float
    alpha11: float
    alpha20: float
    beta10: float
    beta11: float
    beta12: float
    beta20: float
    beta22: float
    gamma: float

    @property
    def off_diagonal(self) -> float:
        """The first term of rho: the smallest curvature among off-diagonal entries."""
        return self.alpha20 * self.beta20 - (self.alpha10 * self.beta10) ** 2 - (self.beta10 * self.alpha11) ** 2

    @property
    def diagonal(self) -> float:
        """The second term of rho: the smallest curvature among diagonal entries."""
        return self.alpha20 * self.beta22 - (self.alpha10 * self.beta12) ** 2 - self.gamma**2

    @property
    def rho(self) -> float:
        """The bound of Lemma C.1."""
        return min(self.off_diagonal, self.diagonal)


def half_line() -> tuple[Array, Array]:
    """Nodes in (0, `END`) and weights of a Gauss-Legendre rule: (`NODES`,) each."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return END * (nodes + 1) / 2, END * weights / 2


def constants(activation: Activation) -> Constants:
    """The constants by quadrature on both half-lines, so that a kink at 0 does no harm."""
    nodes, weights = half_line()
    z = np.concatenate([-nodes[::-1], nodes])
    density = np.concatenate([weights[::-1], weights]) * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    value, first = activation.value(z), activation.first(z)
    return Constants(
        alpha10=float(density @ value),
        alpha11=float(density @ (value * z)),
        alpha20=float(density @ value**2),
        beta10=float(density @ first),
        beta11=float(density @ (first * z)),
        beta12=float(density @ (first * z**2)),
        beta20=float(density @ first**2),
        beta22=float(density @ (first * z) ** 2),
        gamma=float(density @ (value * first * z)),
    )


def _sigmoid_first(z: Array) -> Array:
    return np.asarray(special.expit(z) * special.expit(-z))


def _sigmoid_second(z: Array) -> Array:
    return np.asarray(-_sigmoid_first(z) * np.tanh(z / 2))


def _tanh_first(z: Array) -> Array:
    return np.asarray(1 - np.tanh(z) ** 2)


def _tanh_second(z: Array) -> Array:
    return -2 * np.tanh(z) * _tanh_first(z)


def _erf_first(z: Array) -> Array:
    return np.asarray(2 / np.sqrt(np.pi) * np.exp(-(z**2)))


def _erf_second(z: Array) -> Array:
    return -2 * z * _erf_first(z)


def _relu(z: Array) -> Array:
    return np.maximum(z, 0)


def _relu_first(z: Array) -> Array:
    return (z > 0).astype(np.float64)


SIGMOID = Activation("sigmoid", special.expit, _sigmoid_first, _sigmoid_second)
TANH = Activation("tanh", np.tanh, _tanh_first, _tanh_second)
ERF = Activation("erf", special.erf, _erf_first, _erf_second)
RELU = Activation("relu", _relu, _relu_first, np.zeros_like)
"""Its second derivative is 0 almost everywhere, as in the paper's Hessian."""

ACTIVATIONS = {one.name: one for one in (SIGMOID, TANH, ERF, RELU)}
SMOOTH = (SIGMOID, TANH, ERF)
SMOOTH_NAMES = tuple(one.name for one in SMOOTH)
