"""Distributions of single entries, with their exact mean and variance."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from starnmf.arrays import Array

CLIPPED_AT = 1.0


@dataclass(frozen=True)
class Distribution:
    """A distribution that the entries of factors are drawn from, each on its own."""

    name: str
    mean: float
    """The paper's mu."""
    variance: float
    """The paper's sigma^2."""
    draw: Callable[[np.random.Generator, tuple[int, ...]], Array]

    @property
    def mean_term(self) -> float:
        """mu^2 / sigma^2: what the entries' mean brings to the expectations, in their unit n m r sigma^4."""
        return self.mean**2 / self.variance


def _moments_of_clipped_half_normal() -> tuple[float, float]:
    """Mean and variance of min(|Z|, c), by integrating z phi(z) and z^2 phi(z) from 0 to c."""
    c = CLIPPED_AT
    density, below = math.exp(-c * c / 2) / math.sqrt(2 * math.pi), math.erf(c / math.sqrt(2))
    mean = math.sqrt(2 / math.pi) - 2 * density + c * (1 - below)
    return mean, below - 2 * c * density + c * c * (1 - below) - mean**2


HALF_NORMAL = Distribution(
    "half-normal", math.sqrt(2 / math.pi), 1 - 2 / math.pi, lambda random, shape: np.abs(random.standard_normal(shape))
)
UNIFORM = Distribution("uniform", 1 / 2, 1 / 12, lambda random, shape: random.random(shape))
EXPONENTIAL = Distribution("exponential", 1.0, 1.0, lambda random, shape: random.standard_exponential(shape))
CLIPPED = Distribution(
    "clipped half-normal",
    *_moments_of_clipped_half_normal(),
    lambda random, shape: np.minimum(np.abs(random.standard_normal(shape)), CLIPPED_AT),
)

NON_NEGATIVE = (HALF_NORMAL, UNIFORM, EXPONENTIAL, CLIPPED)
"""Assumption 1 holds for all but the exponential, whose tails are too heavy; expectations do not ask for it."""

CENTRED = Distribution("normal", 0.0, 1.0, lambda random, shape: random.standard_normal(shape))
"""The control: entries of both signs without a mean, which Assumption 1 forbids."""


def beta(b: float, mean_term: float) -> Distribution:
    """The Beta(a, b) law with a given mu^2 / sigma^2: the smaller, the more of its entries are near 0."""
    # mu^2 / sigma^2 = a (a + b + 1) / b.
    a = (((b + 1) ** 2 + 4 * b * mean_term) ** 0.5 - (b + 1)) / 2
    mean = a / (a + b)

    def draw(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
        # By the inverse of its distribution function, where that is a power.
        return random.random(shape) ** (1 / a) if b == 1 else random.beta(a, b, shape)

    return Distribution(f"Beta({a:.3g}, {b:g})", mean, mean * (1 - mean) / (a + b + 1), draw)
