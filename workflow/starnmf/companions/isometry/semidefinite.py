"""Counterexamples by semidefinite programming (slides 21 to 23): kernels for which a given X is spurious.

For fixed X and Z the gradient and the Hessian of f at X are linear in the kernel H, so that

    minimise delta   with   (1 - delta) I <= H <= (1 + delta) I,   gradient = 0,   Hessian >= 0

is a semidefinite program. For more columns than one, f is constant along rotations X Q of X; the Hessian is 0 there
whatever H is, and is looked at across them only.
"""

import cvxpy as cp
import numpy as np
import numpy.typing as npt
from scipy.linalg import null_space

from starnmf.companions.isometry.recovery import as_matrices, difference, product_derivative
from starnmf.errors import InputError

Array = npt.NDArray[np.float64]

SOLVED = ("optimal", "optimal_inaccurate")
"""What the solver may say: what its kernel is worth is measured on the kernel."""


def smallest_kernel(X: Array, Z: Array) -> Array:
    """The kernel with the smallest delta for which X (n, r) is a second-order critical point of ground truth Z.

    Raises `InputError` when the solver finds none, as where X and Z are the same.
    """
    kernel, curvature, critical = _program(X, Z)
    delta, identity = cp.Variable(), np.eye(kernel.shape[0])
    isometry = [kernel >> (1 - delta) * identity, kernel << (1 + delta) * identity]
    return _solved(cp.Problem(cp.Minimize(delta), [*critical, *isometry, curvature >> 0]), kernel, X)


def firmest_kernel(X: Array, Z: Array, delta: float) -> Array:
    """The kernel of a given delta whose Hessian at the critical point X is the largest, by its smallest eigenvalue.

    Where that is above 0, X is a strict local minimum (up to rotations). Raises `InputError` as `smallest_kernel`, also
    where no kernel of this delta makes X critical.
    """
    kernel, curvature, critical = _program(X, Z)
    smallest, identity = cp.Variable(), np.eye(kernel.shape[0])
    isometry = [kernel >> (1 - delta) * identity, kernel << (1 + delta) * identity]
    firm = curvature >> smallest * np.eye(curvature.shape[0])
    return _solved(cp.Problem(cp.Maximize(smallest), [*critical, *isometry, firm]), kernel, X)


def _program(X: Array, Z: Array) -> tuple[cp.Variable, cp.Expression, list[cp.Constraint]]:
    """The kernel as a variable, the Hessian across rotations, and that the gradient vanishes."""
    n, r = X.shape
    size = n * (n + 1) // 2
    J, across = product_derivative(X), across_rotations(X)
    kernel = cp.Variable((size, size), symmetric=True)
    measured = kernel @ difference(X, Z)
    basis = as_matrices(np.eye(size), n)
    residual = sum(measured[k] * np.kron(basis[k], np.eye(r)) for k in range(size))
    curvature = across.T @ (2 * J.T @ kernel @ J + 4 * residual) @ across
    # The gradient has no part along rotations, whatever the kernel: asking for it would be an equation too many.
    return kernel, (curvature + curvature.T) / 2, [across.T @ J.T @ measured == 0]


def _solved(problem: cp.Problem, kernel: cp.Variable, X: Array) -> Array:
    try:
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
    rotations = []
    for a in range(r):
        for b in range(a):
            S = np.zeros((r, r))
            S[a, b], S[b, a] = 1.0, -1.0
            rotations.append((X @ S).ravel())
    return np.asarray(null_space(np.array(rotations))) if rotations else np.eye(X.size)


def first_order_bound(X: Array, Z: Array) -> float:
    """A lower bound of delta from the gradient alone, in closed form: the share of e = XX' - ZZ' in the range of J.

    The gradient vanishes when H e is orthogonal to that range, so that the sine of the angle between e and H e is at
    least this share; Wielandt's inequality keeps it at delta or less.
    """
    J, e = product_derivative(X), difference(X, Z)
    outside = e - J @ np.linalg.lstsq(J, e, rcond=None)[0]
    return float(np.linalg.norm(e - outside) / np.linalg.norm(e))
