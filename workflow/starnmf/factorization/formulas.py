"""Runge-Kutta formulas as stages over five arrays, the one form in which every kernel takes them.

A step of length h from Y0, with F = -gradient, is

    Y <- Y0 + first h F0,    Z <- Y0,    E <- 0,
    (Y, Z) <- (stage weights) (Y, Z, Y0, h F(Y), h F0),    E <- E + kept Y    for every stage,

after which Y is the new point and Z + E + `error` h F(Y) the error estimate. The gradient at the
new point is the next step's F0, so that a step costs one gradient for every stage and one more.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from starnmf.arrays import Array

DAMPING = 2 / 13
"""How far the stability polynomial stays below 1 between 0 and the end of its interval."""


@dataclass(frozen=True)
class Formula:
    """One Runge-Kutta method; see the top of this module."""

    first: float
    """Weight of h F0 in the first stage."""
    stages: Array
    """Weights (stages, 2, 5) of Y, Z, Y0, h F and h F0 in the new Y and the new Z."""
    kept: Array
    """Weights (stages,) of every stage's new Y in E."""
    error: float
    """Weight of h F at the new point in the error estimate."""
    error_order: int
    """Power of h that the error estimate falls with."""

    @property
    def gradients(self) -> int:
        """Gradients that a step costs."""
        return len(self.stages) + 1


GRADIENT_STEP = Formula(first=1.0, stages=np.empty((0, 2, 5)), kept=np.empty(0), error=0.0, error_order=1)
"""One step of gradient descent, whose error is not estimated."""

FEWEST_LEAPT = 5
"""Gradient steps that a leap takes at least: for fewer its conditions have no solution, and it would save nothing."""


@lru_cache(maxsize=4096)
def leap(steps: int) -> Formula:
    """The formula that goes where so many gradient steps of equal length go, to order four in h,
    for four gradients.

    There have to be `FEWEST_LEAPT` steps at least. The error estimate compares with a formula of
    order three, which uses the gradient at the new point too.
    """
    A, b = leap_tableau(steps)
    d = _embedded(A, b)
    a31, a32 = A[2, :2]
    a41, a42, a43 = A[3, :3]

    def through_stages(weights: Array, own: float) -> list[float]:
        """Weights of F0, F2, F3, F4 and `own` of Y0 as weights of Y = Y4, Z = Y3, Y0, F4 and F0."""
        w1, w2, w3, w4 = weights
        of_Y = w3 / a43
        of_Z = (w2 - of_Y * a42) / a32
        return [of_Y, of_Z, own - of_Y - of_Z, w4, w1 - of_Y * a41 - of_Z * a31]

    keep_Y = [1.0, 0.0, 0.0, 0.0, 0.0]
    of_Y3 = a42 / a32
    stages = [
        [[0.0, 0.0, 1.0, a32, a31], keep_Y],
        [[of_Y3, 0.0, 1 - of_Y3, a43, a41 - of_Y3 * a31], keep_Y],
        [through_stages(b, 1.0), through_stages(d[:4], 0.0)],
    ]
    return Formula(A[1, 0], np.array(stages), np.zeros(3), d[4], error_order=4)


def leap_tableau(steps: int) -> tuple[Array, Array]:
    """Coefficients (4, 4) and weights (4,) of the method of four stages that agrees with so many gradient steps.

    It agrees to order four and is, for many steps, Kutta's 3/8 rule. Sums over k < M of powers of
    k / M, M = `steps`, stand where the classical order conditions have the integrals 1/2, 1/3, ...
    (Hairer, Lubich and Wanner, Geometric Numerical Integration, section III.1). With abscissae evenly
    spaced up to (M - 1) / M the conditions are linear in what is left, and the one too many is met
    as well.
    """
    sums = _sums_of_gradient_steps(steps)
    _, c2, c3, c4 = c = (1 - 1 / steps) * np.arange(4) / 3
    b: Array = np.linalg.solve(np.stack([c**0, c, c**2, c**3]), sums[[0, 1, 2, 4]]).astype(np.float64)
    # p and q: sums of the third and of the fourth stage's weights times the abscissae before them.
    p, q = np.linalg.solve([[b[2], b[3]], [b[2] * c3, b[3] * c4]], sums[[3, 5]])
    a32 = p / c2
    a43 = (sums[6] - c2 * (b[2] * p + b[3] * q)) / (b[3] * c3 * (c3 - c2))
    a42 = (q - a43 * c3) / c2
    A = np.zeros((4, 4))
    A[1, 0], A[2, :2], A[3, :3] = c2, (c3 - a32, a32), (c4 - a42 - a43, a42, a43)
    return A, b


def _sums_of_gradient_steps(steps: int) -> Array:
    """Elementary weights of M gradient steps: of f, f'f, f''ff, f'f'f, f'''fff, f''(f, f'f), f'f''ff, f'f'f'f."""
    c = np.arange(steps) / steps
    before = (np.cumsum([c**0, c, c**2], axis=1) - [c**0, c, c**2]) / steps
    nested = (np.cumsum(before[1]) - before[1]) / steps
    terms = [c**0, c, c**2, before[1], c**3, c * before[1], before[2], nested]
    return np.array([term.mean() for term in terms])


def _embedded(A: Array, b: Array) -> Array:
    """Weights (5,) of a difference of order three; the fifth stage is the new point, the fourth's weight is 1/8."""
    A = np.block([[A, np.zeros((4, 1))], [b, np.zeros((1, 1))]])
    c = A.sum(1)
    # Given the fourth weight, three conditions and the one on the sum leave nothing free.
    conditions = np.stack([c**0, c, c**2, A @ c])
    others = [0, 1, 2, 4]
    d = np.full(5, 1 / 8)
    d[others] = np.linalg.solve(conditions[:, others], -conditions[:, 3] / 8)
    return d


@lru_cache(maxsize=4096)
def chebyshev(gradients: int) -> Formula:
    """The Runge-Kutta-Chebyshev formula of order two with so many gradients a step, two at least.

    It is stable for h rho up to `stable_up_to` (Sommeijer, Shampine and Verwer, J. Comput. Appl.
    Math. 88, 1998). Stages j >= 2 are of order two themselves, at times c_j h. From four gradients
    on the error estimate is a third difference of Y at four such times: in stiff components, where
    h F is many times what they move, it stays as small as they are. The published estimate,
    0.8 (Y0 - Y) + 0.4 h (F0 + F), does not, and serves only steps that have no four times.
    """
    s = gradients
    w0 = 1 + DAMPING / s**2
    T, dT, ddT, dddT = [1.0, w0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]
    for _ in range(2, s + 1):
        T.append(2 * w0 * T[-1] - T[-2])
        dddT.append(6 * ddT[-1] + 2 * w0 * dddT[-1] - dddT[-2])
        ddT.append(4 * dT[-1] + 2 * w0 * ddT[-1] - ddT[-2])
        dT.append(2 * T[-2] + 2 * w0 * dT[-1] - dT[-2])
    w1 = dT[s] / ddT[s]
    b = [ddT[max(j, 2)] / dT[max(j, 2)] ** 2 for j in range(s + 1)]
    stages = np.zeros((s - 1, 2, 5))
    stages[:, 1, 0] = 1
    for j in range(2, s + 1):
        mu, nu, mu_F = 2 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2], 2 * b[j] * w1 / b[j - 1]
        stages[j - 2, 0] = mu, nu, 1 - mu - nu, mu_F, -(1 - b[j - 1] * T[j - 1]) * mu_F
    if s < 4:
        stages[-1, 1] = -0.8 * stages[-1, 0] + [0, 0, 0.8, 0, 0.4]
        return Formula(b[1] * w1, stages, np.zeros(s - 1), error=0.4, error_order=3)
    # Stage j multiplies an eigenvector of eigenvalue z / h by 1 + c z + c^2 z^2 / 2 + d z^3 + ...
    c = np.array([0.0, *(b[j] * w1 * dT[j] for j in range(1, s + 1))])
    d = np.array([b[j] * w1**3 * dddT[j] / 6 for j in range(s + 1)])
    difference = _third_difference(c, d)
    stages[-1, 1] = [0, 0, difference[0], 0, 0]
    return Formula(b[1] * w1, stages, difference[2:], error=0.0, error_order=3)


def _third_difference(c: Array, d: Array) -> Array:
    """Weights (stages + 1,) of Y0 and of stages at times c whose sum is the step's error to order
    three.

    Four of them are not 0: at both ends and about a third and two thirds of the way. With cubic
    coefficients d, the last of which should be 1/6, a linear problem has the error (1/6 - d) z^3.
    """
    third = 2 + int(np.argmin(np.abs(c[2:-2] - 1 / 3)))
    two_thirds = third + 1 + int(np.argmin(np.abs(c[third + 1 : -1] - 2 / 3)))
    places = [0, third, two_thirds, len(c) - 1]
    conditions = np.stack([c**0, c, c**2, d])[:, places]
    weights = np.zeros(len(c))
    weights[places] = np.linalg.solve(conditions, [0, 0, 0, 1 / 6 - d[-1]])
    return weights


def stable_up_to(gradients: int) -> float:
    """The largest h rho, rho the largest eigenvalue of the Hessian, at which `chebyshev` is stable."""
    return 2 / 3 * (gradients**2 - 1) * (1 - 2 / 15 * DAMPING)


def gradients_for(h_rho: float) -> int:
    """The fewest gradients of a stable step."""
    return max(2, int(np.ceil(np.sqrt(1 + h_rho / stable_up_to(2) * 3))))
