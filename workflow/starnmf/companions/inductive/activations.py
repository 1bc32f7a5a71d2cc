"""Activation functions phi with their first two derivatives, and their moments under a standard normal z (eq. 10)."""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from scipy import special

from starnmf.arrays import Array

Function = Callable[[Array], Array]

END = 10.0
"""Truncation of the half-lines: the normal density there is below 1e-22."""


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


def half_line(count: int) -> tuple[Array, Array]:
    """Nodes in (0, `END`) and weights of a Gauss-Legendre rule: (count,) each."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return END * (nodes + 1) / 2, END * weights / 2


def constants(activation: Activation) -> Constants:
    """The constants by quadrature with 200 nodes on each half-line, so that a kink at 0 does no harm."""
    nodes, weights = half_line(200)
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


SIGMOID = Activation(
    "sigmoid",
    special.expit,
    lambda z: special.expit(z) * special.expit(-z),
    lambda z: -special.expit(z) * special.expit(-z) * np.tanh(z / 2),
)
TANH = Activation("tanh", np.tanh, lambda z: 1 - np.tanh(z) ** 2, lambda z: -2 * np.tanh(z) * (1 - np.tanh(z) ** 2))
ERF = Activation(
    "erf",
    special.erf,
    lambda z: 2 / np.sqrt(np.pi) * np.exp(-(z**2)),
    lambda z: -2 * z * (2 / np.sqrt(np.pi) * np.exp(-(z**2))),
)
RELU = Activation("relu", lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(np.float64), np.zeros_like)
"""Its second derivative is 0 almost everywhere, as in the paper's Hessian."""

ACTIVATIONS = {one.name: one for one in (SIGMOID, TANH, ERF, RELU)}
SMOOTH = (SIGMOID, TANH, ERF)
SMOOTH_NAMES = tuple(one.name for one in SMOOTH)

RELU_CONSTANTS = ("alpha10", "alpha11", "alpha20", "beta10", "beta11", "beta20", "beta22", "gamma")
"""Those that the paper prints for ReLU."""

PRINTED = {
    ("sigmoid", "rho"): 0.000658,
    ("tanh", "rho"): 0.0095,
    ("sigmoid", "beta11"): 0.0,
    ("tanh", "beta11"): 0.0,
    **{("relu", name): 1 / 2 for name in RELU_CONSTANTS},
}
"""What the paper prints: Lemma C.1 and the text below it; the proof of Lemma D.3, which has beta11 twice and beta12 not
at all."""


def measure_constants() -> pd.DataFrame:
    """Every constant of every activation: the columns of `tables.CONSTANTS`."""
    names = [*(field.name for field in fields(Constants)), "off_diagonal", "diagonal", "rho"]
    return pd.DataFrame(
        [
            {
                "activation": activation.name,
                "constant": name,
                "value": getattr(constants(activation), name),
                "printed": PRINTED.get((activation.name, name), math.nan),
            }
            for activation in ACTIVATIONS.values()
            for name in names
        ]
    )
