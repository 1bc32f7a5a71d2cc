"""What a point of a small factorization is: a certified local minimum, a saddle point, or neither shown.

In float64, with the whole Hessian. The loss has directions along which it does not change: (U d, V / d) for every rank.
A point is a local minimum if the projected gradient is 0 and the Hessian is positive definite on all other directions
that the bounds leave free: the second-order sufficient conditions (Nocedal and Wright, Theorem 12.6), up to that scale.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy.linalg
import scipy.optimize

from starnmf.arrays import Array, Booleans
from starnmf.factorization.balance import rebalanced

KKT = 1e-10
"""Largest projected gradient of a stationary point, for losses of the order of 1."""

ACTIVE = 1e-8
"""Gradient above which an entry that is 0 stays 0; entries at 0 with a smaller one count as free."""

FLAT = 1e-8
"""Curvature, relative to the largest, below which a direction is neither uphill nor downhill."""

TRIED = (1e-3, 1e-2, 1e-1)
"""Lengths of the ways along flat directions from where descent is tried again, relative to the norm of the point."""

QUASI_NEWTON_ITERATIONS, NEWTON_ITERATIONS = 1000, 200
NEAR = 1e-3
"""Size up to which an entry may count as about to reach 0."""

DECREASE, HALVINGS = 1e-4, 30
"""Armijo's condition of sufficient decrease, and how often a Newton step is halved until it meets that."""


class Kind(StrEnum):
    """What a point is."""

    MINIMUM = "minimum"
    """The sufficient conditions hold."""
    SADDLE = "saddle"
    """There is a way down: the Hessian has a negative eigenvalue on the positive entries, or a flat direction leads."""
    DEGENERATE = "degenerate"
    """Neither is shown: some direction is flat beyond the scale, and nothing lower was found along it."""
    NOT_STATIONARY = "not stationary"
    """The projected gradient is above `KKT`."""


@dataclass(frozen=True)
class Problem:
    """A small matrix X (n, m) float64 to be factorized with rank r, and its observed entries, a boolean mask (n, m).

    A point is a flat vector x (n r + r m,): U row by row, then V row by row.
    """

    X: Array
    observed: Booleans
    r: int

    def factors(self, x: Array) -> tuple[Array, Array]:
        """U (n, r) and V (r, m)."""
        n, m = self.X.shape
        return x[: n * self.r].reshape(n, self.r), x[n * self.r :].reshape(self.r, m)

    def residual(self, x: Array) -> Array:
        """U V - X (n, m), 0 where nothing is observed."""
        U, V = self.factors(x)
        return np.where(self.observed, U @ V - self.X, 0)

    def loss_and_gradient(self, x: Array) -> tuple[float, Array]:
        """Half the mean squared error over the observed entries, and its gradient."""
        U, V = self.factors(x)
        R, count = self.residual(x), self.observed.sum()
        return float((R**2).sum() / 2 / count), np.concatenate([(R @ V.T).ravel(), (U.T @ R).ravel()]) / count

    def hessian(self, x: Array) -> Array:
        """The second derivatives of the loss."""
        U, V = self.factors(x)
        (n, m), r, R = self.X.shape, self.r, self.residual(x)
        Z = self.observed.astype(np.float64)
        # Entry (i, j) changes by u_ia dv_aj + v_aj du_ia; blocks (U, U), (V, V) and (U, V).
        UU = np.einsum("ik,aj,bj,ij->iakb", np.eye(n), V, V, Z)
        VV = np.einsum("jl,ia,ib,ij->ajbl", np.eye(m), U, U, Z)
        UV = np.einsum("aj,ib,ij->iabj", V, U, Z) + np.einsum("ab,ij->iabj", np.eye(r), R)
        UU, VV, UV = UU.reshape(n * r, n * r), VV.reshape(r * m, r * m), UV.reshape(n * r, r * m)
        return np.asarray(np.block([[UU, UV], [UV.T, VV]]) / self.observed.sum())

    def scale_directions(self, x: Array) -> Array:
        """The directions along which U d and V / d move, orthonormal (n r + r m, r); ranks that are 0 have none."""
        U, V = self.factors(x)
        # Column a of U and row a of V move along direction a.
        own = np.eye(self.r)
        of_U, of_V = U[:, :, np.newaxis] * own, -V[:, :, np.newaxis] * own[:, np.newaxis]
        flat = np.concatenate([of_U.reshape(-1, self.r), of_V.reshape(-1, self.r)])
        lengths = np.linalg.norm(flat, axis=0)
        return np.asarray(flat[:, lengths > 0] / lengths[lengths > 0])


def descend(problem: Problem, x: Array) -> Array:
    """Follow the loss down to a stationary point: by L-BFGS-B, then by projected Newton steps (Bertsekas 1982)."""
    options = {"maxiter": QUASI_NEWTON_ITERATIONS, "maxfun": 2 * QUASI_NEWTON_ITERATIONS, "ftol": 0, "gtol": KKT}
    bounds = scipy.optimize.Bounds(0, np.inf)
    x = scipy.optimize.minimize(
        problem.loss_and_gradient, x, jac=True, method="L-BFGS-B", bounds=bounds, options=options
    ).x
    for _ in range(NEWTON_ITERATIONS):
        loss, gradient = problem.loss_and_gradient(x)
        if largest(projected(x, gradient)) <= KKT / 100:
            break
        step = _newton_step(problem, x, gradient)
        for halvings in range(HALVINGS + 1):
            tried = np.maximum(x + 0.5**halvings * step, 0)
            if problem.loss_and_gradient(tried)[0] <= loss + DECREASE * gradient @ (tried - x):
                break
        else:
            break
        x = tried
    return x


def _newton_step(problem: Problem, x: Array, gradient: Array) -> Array:
    """A direction of descent: curvatures are taken without their sign, and not below the size of the gradient.

    Entries that the gradient presses against their bound, and that are about to reach it, go there at once.
    """
    near = min(NEAR, largest(x - np.maximum(x - gradient, 0)))
    free = (x > near) | (gradient < 0)
    curvatures, ways = scipy.linalg.eigh(problem.hessian(x)[np.ix_(free, free)])
    floor = min(largest(projected(x, gradient)), FLAT * curvatures[-1])
    step = -x
    step[free] = -ways @ ((ways.T @ gradient[free]) / np.maximum(np.abs(curvatures), floor))
    return step


def projected(x: Array, gradient: Array) -> Array:
    """The gradient, where it is not one that presses an entry of 0 against its bound."""
    return np.where((x > 0) | (gradient < 0), gradient, 0)


def largest(vector: Array) -> float:
    """The largest size of an entry; 0 without entries."""
    return float(np.abs(vector).max(initial=0))


def kind_of(problem: Problem, x: Array) -> Kind:
    """What a point is.

    Parameters
    ----------
    problem : Problem
    x : float64 (n r + r m,)
        A point, non-negative. Its factors are balanced first, which does not change what it is.

    Returns
    -------
    Kind
    """
    x = np.concatenate([factor.ravel() for factor in rebalanced(*problem.factors(x), np.zeros(problem.r))])
    loss, gradient = problem.loss_and_gradient(x)
    if largest(projected(x, gradient)) > KKT:
        return Kind.NOT_STATIONARY
    H, scales = problem.hessian(x), problem.scale_directions(x)
    # Shifted upwards along the scale, so that those directions do not count as flat.
    H += (highest := np.abs(np.diag(H)).max()) * scales @ scales.T
    positive, free = x > 0, (x > 0) | (gradient <= ACTIVE)
    if positive.any() and scipy.linalg.eigvalsh(H[np.ix_(positive, positive)])[0] < -FLAT * highest:
        return Kind.SADDLE
    curvatures, ways = scipy.linalg.eigh(H[np.ix_(free, free)])
    if curvatures[0] > FLAT * highest:
        return Kind.MINIMUM
    flat = np.zeros((x.size, int((curvatures <= FLAT * highest).sum())))
    flat[free] = ways[:, : flat.shape[1]]
    return Kind.SADDLE if _leads_down(problem, x, loss, flat) else Kind.DEGENERATE


def _leads_down(problem: Problem, x: Array, loss: float, flat: Array) -> bool:
    """Whether descent from somewhere along a flat direction (columns), either way, ends below a loss."""
    for way in np.hstack([flat, -flat]).T:
        for length in TRIED:
            moved = np.maximum(x + length * np.linalg.norm(x) * way, 0)
            if problem.loss_and_gradient(descend(problem, moved))[0] < loss * (1 - FLAT):
                return True
    return False
