"""Counterexamples by semidefinite programming (slides 21 to 23): kernels for which a given X is spurious.

For fixed X and Z the gradient and the Hessian of f at X are linear in the kernel H, so that

    minimise delta   with   (1 - delta) I <= H <= (1 + delta) I,   gradient = 0,   Hessian >= 0

is a semidefinite program. For more columns than one, f is constant along rotations X Q of X; the Hessian is 0 there
whatever H is, so only its part orthogonal to them counts.
"""

import cvxpy as cp
import numpy as np
from scipy.linalg import null_space

from starnmf.arrays import Array
from starnmf.companions.isometry.recovery import as_matrices, difference, product_derivative
from starnmf.errors import InputError

SOLVED = ("optimal", "optimal_inaccurate")
"""Accepted answers of the solver; the quality of its kernel is measured on the kernel."""


def smallest_kernel(X: Array, Z: Array) -> Array:
    """The kernel with the smallest delta for which X (n, r) is a second-order critical point of ground truth Z.

    Raises `InputError` when the solver finds none, as where X and Z are the same.
    """
    delta = cp.Variable()
    return _solved(X, Z, delta, 0.0, cp.Minimize(delta))


def firmest_kernel(X: Array, Z: Array, delta: float) -> Array:
    """The kernel of a given delta whose Hessian at the critical point X is the largest, by its smallest eigenvalue.

    Where that is above 0, X is a strict local minimum (up to rotations). Raises `InputError` as `smallest_kernel`, also
    where no kernel of this delta makes X critical.
    """
    smallest = cp.Variable()
    return _solved(X, Z, delta, smallest, cp.Maximize(smallest))


def _solved(
    X: Array,
    Z: Array,
    delta: cp.Expression | float,
    least_curvature: cp.Expression | float,
    objective: cp.Minimize | cp.Maximize,
) -> Array:
    """The kernel that is best of those with this delta, gradient 0, and at least this curvature across rotations."""
    n, r = X.shape
    size = n * (n + 1) // 2
    J, across, identity = product_derivative(X), across_rotations(X), np.eye(size)
    kernel = cp.Variable((size, size), symmetric=True)
    measured = kernel @ difference(X, Z)
    residual = sum(measured[k] * np.kron(basis, np.eye(r)) for k, basis in enumerate(as_matrices(identity, n)))
    curvature = across.T @ (2 * J.T @ kernel @ J + 4 * residual) @ across
    constraints = [
        # The gradient has no part along rotations, whatever the kernel: asking for it would be an equation too many.
        across.T @ J.T @ measured == 0,
        kernel >> (1 - delta) * identity,
        kernel << (1 + delta) * identity,
        (curvature + curvature.T) / 2 >> least_curvature * np.eye(curvature.shape[0]),
    ]
    try:
        problem = cp.Problem(objective, constraints)
        problem.solve(solver=cp.CLARABEL)  # type: ignore[no-untyped-call]
        status = problem.status
    except cp.SolverError as error:
        status = str(error)
    if status not in SOLVED:
        raise InputError(
            f"semidefinite program of X with shape {X.shape}: found {status}; expected a solution, which there is for "
            "X and Z that are neither 0 nor collinear"
        )
    return np.asarray(kernel.value)


def across_rotations(X: Array) -> Array:
    """A basis of the directions V (n, r) that are orthogonal to all X S with S' = -S: (n r, their number)."""
    r = X.shape[1]
    unit = np.eye(r)
    S = [np.outer(unit[a], unit[b]) - np.outer(unit[b], unit[a]) for a in range(r) for b in range(a)]
    rotations = [(X @ one).ravel() for one in S]
    return np.asarray(null_space(np.array(rotations))) if rotations else np.eye(X.size)


def first_order_bound(X: Array, Z: Array) -> float:
    """A lower bound of delta from the gradient alone, in closed form: the fraction of e = XX' - ZZ' in the range of J.

    The gradient vanishes when H e is orthogonal to that range, so that the sine of the angle between e and H e is at
    least this fraction; Wielandt's inequality keeps it at delta or less.
    """
    J, e = product_derivative(X), difference(X, Z)
    outside = e - J @ np.linalg.lstsq(J, e, rcond=None)[0]
    return float(np.linalg.norm(e - outside) / np.linalg.norm(e))
