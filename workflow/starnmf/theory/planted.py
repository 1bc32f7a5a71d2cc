"""The planted model of section 3, many instances side by side.

Every instance is one segment between two random points, with two data matrices:

* `random-random`: X = U* V*, drawn independently of both ends;
* `random-planted`: X = U1 V1, so that the segment leads from a random point to the planted solution.

lambda = 0 is the point (U2, V2) and lambda = 1 the point (U1, V1), as in the paper.
"""

from dataclasses import dataclass

import numpy as np

from starnmf.arrays import Array
from starnmf.curvature.quartic import Quartic, quartic_of_differences
from starnmf.theory.distributions import Distribution

KINDS = ("random-random", "random-planted")


@dataclass(frozen=True)
class Instances:
    """t instances: factors U (t, n, r), V (t, r, m) of both ends and of the planted solution of `random-random`."""

    U1: Array
    V1: Array
    U2: Array
    V2: Array
    U_star: Array
    V_star: Array

    def some(self, trials: slice) -> "Instances":
        """Some of the instances."""
        factors = (self.U1, self.V1, self.U2, self.V2, self.U_star, self.V_star)
        return Instances(*(factor[trials] for factor in factors))


@dataclass(frozen=True)
class Differences:
    """W0, W1 and W2 of t instances, each (t, n, m), with the W0 of `random-random`."""

    W0_random: Array
    W1: Array
    W2: Array

    @property
    def W0_planted(self) -> Array:
        """W0 of `random-planted`: where the segment ends, at lambda = 1, W0 + W1 + W2 = 0."""
        return -(self.W1 + self.W2)

    def residual(self, at: float) -> Array:
        """X(lambda) - X of `random-random`."""
        return self.W0_random + at * self.W1 + at**2 * self.W2

    def first_derivative(self, at: float) -> Array:
        """X'(lambda)."""
        return self.W1 + 2 * at * self.W2

    @property
    def second_derivative(self) -> Array:
        """X''(lambda), the same everywhere."""
        return 2 * self.W2


def draw_instances(
    distribution: Distribution, random: np.random.Generator, trials: int, n: int, m: int, r: int
) -> Instances:
    """Factors with independent entries."""
    U, V = (distribution.draw(random, (3, trials, *shape)) for shape in ((n, r), (r, m)))
    return Instances(U[0], V[0], U[1], V[1], U[2], V[2])


def differences(instances: Instances) -> Differences:
    """W0 = U2 V2 - X, W1 = (U1 - U2) V2 + U2 (V1 - V2), W2 = (U1 - U2)(V1 - V2)."""
    U2, V2, dU, dV = instances.U2, instances.V2, instances.U1 - instances.U2, instances.V1 - instances.V2
    return Differences(
        W0_random=_sum_of_products(U2, V2, instances.U_star, -instances.V_star),
        W1=_sum_of_products(dU, V2, U2, dV),
        W2=dU @ dV,
    )


def quartics(segments: Differences, kind: str) -> Quartic:
    """The mean loss along all segments, of one of `KINDS`."""
    W0 = segments.W0_random if kind == "random-random" else segments.W0_planted
    W1, W2 = segments.W1, segments.W2
    inner = (inner_products(*pair) for pair in ((W0, W0), (W0, W1), (W0, W2), (W1, W1), (W1, W2), (W2, W2)))
    return quartic_of_differences(W1[0].size, *inner)


def _sum_of_products(A: Array, B: Array, C: Array, D: Array) -> Array:
    """A B + C D in one product."""
    return np.asarray(np.concatenate([A, C], axis=2) @ np.concatenate([B, D], axis=1))


def inner_products(left: Array, right: Array) -> Array:
    """<A, B> of t pairs of matrices (t, n, m)."""
    return np.asarray(np.einsum("tij,tij->t", left, right))
