"""Kernels from semidefinite programs: what they promise, against other ways to find them."""

import numpy as np
import pytest
from scipy.optimize import minimize

from starnmf.companions.isometry.counterexample import COUNTEREXAMPLE, X, Z
from starnmf.companions.isometry.recovery import Recovery, as_matrices, gradient, hessian, rip_constant
from starnmf.companions.isometry.semidefinite import (
    across_rotations,
    firmest_kernel,
    first_order_bound,
    smallest_kernel,
)
from starnmf.companions.isometry.smallest_deltas import measure_deltas
from starnmf.errors import InputError


def test_smallest_kernel_of_the_counterexamples_pair_is_its_own():
    found = smallest_kernel(X, Z)
    np.testing.assert_allclose(found, COUNTEREXAMPLE.kernel / 2, atol=1e-5)


@pytest.mark.parametrize("ratio", [0.1, 0.3, 0.5, 0.6])
def test_smallest_delta_of_orthogonal_pairs_has_a_closed_form(ratio):
    """1/2 + 2 (|x|^2 / |z|^2 - 1/2)^2 as long as the Hessian binds, derived by hand from the 3 x 3 kernel."""
    x = np.array([[0.0], [np.sqrt(ratio)]])
    assert rip_constant(smallest_kernel(x, Z)) == pytest.approx(0.5 + 2 * (ratio - 0.5) ** 2, abs=1e-6)


def test_smallest_delta_is_what_a_direct_search_finds():
    """Kernels with gradient 0 are a space of 4 dimensions, searched here without any programming."""
    x, z = np.array([[0.3], [0.7]]), np.array([[1.0], [0.0]])
    basis = [np.eye(3)[[i]].T @ np.eye(3)[[j]] for i in range(3) for j in range(i, 3)]
    basis = [(B + B.T) / 2 for B in basis]
    equations = np.array([gradient(B, x, z).ravel() for B in basis]).T
    free = np.linalg.svd(equations)[2][2:]

    def delta(weights):
        H = np.tensordot(weights @ free, basis, 1)
        eigenvalues = np.linalg.eigvalsh(H)
        if eigenvalues[0] <= 0:
            return 10 - eigenvalues[0]
        curvature = np.linalg.eigvalsh(hessian(H, x, z))[0] / eigenvalues[-1]
        return (eigenvalues[-1] - eigenvalues[0]) / (eigenvalues[-1] + eigenvalues[0]) + 100 * max(0.0, -curvature)

    identity = free @ np.array([1.0, 0, 0, 1.0, 0, 1.0])
    random = np.random.default_rng(0)
    options = {"maxiter": 4000, "maxfev": 4000, "xatol": 1e-9, "fatol": 1e-10}
    found = min(
        minimize(delta, identity + random.standard_normal(4), method="Nelder-Mead", options=options).fun
        for _ in range(12)
    )
    solved = rip_constant(smallest_kernel(x, z))
    assert solved > first_order_bound(x, z) + 0.01, "the Hessian must bind, or less is tested"
    assert found == pytest.approx(solved, abs=2e-3)


@pytest.mark.parametrize("shape", [(2, 1), (4, 1), (4, 2)])
def test_kernels_make_x_spurious(shape):
    """Looked at in the loss itself, by values around x, not by the formulas that the program is made of."""
    random = np.random.default_rng(5)
    x, z = random.standard_normal((2, *shape))
    smallest = smallest_kernel(x, z)
    delta = rip_constant(smallest)
    assert first_order_bound(x, z) - 1e-6 <= delta < 1
    firm = firmest_kernel(x, z, (1 + delta) / 2)
    assert rip_constant(firm) <= (1 + delta) / 2 + 1e-6
    eigenvalues, vectors = np.linalg.eigh(firm)
    recovery = Recovery(as_matrices((vectors * np.sqrt(eigenvalues)).T, shape[0]), z)
    assert recovery.loss(z) == pytest.approx(0, abs=1e-12)
    across = across_rotations(x)
    for direction in random.standard_normal((200, across.shape[1])):
        step = 1e-3 * (across @ (direction / np.linalg.norm(direction))).reshape(shape)
        assert recovery.loss(x + step) > recovery.loss(x)


def test_no_kernel_is_below_the_bound_of_the_gradient():
    """Random kernels with an orthogonal gradient, none of them from a program."""
    random = np.random.default_rng(6)
    x, z = random.standard_normal((2, 2, 1))
    basis = [B + B.T for B in np.eye(9).reshape(9, 3, 3)]
    equations = np.array([gradient(B, x, z).ravel() for B in basis]).T
    free = np.linalg.svd(equations)[2][2:]
    tried = 0
    for weights in 0.5 * random.standard_normal((20_000, len(free))):
        H = np.tensordot(weights @ free, basis, 1)
        eigenvalues = np.linalg.eigvalsh(H)
        if eigenvalues[0] > 0:
            tried += 1
            assert rip_constant(H) >= first_order_bound(x, z) - 1e-9
    assert tried > 10


def test_a_pair_without_a_kernel_is_an_error():
    with pytest.raises(InputError, match=r"semidefinite program of X with shape \(2, 1\): found .*; expected"):
        firmest_kernel(X, Z, 0.3)


def test_table_of_pairs():
    table = measure_deltas(1, 0)
    assert set(table["kind"]) == {"grid", "random", "orthogonal"}
    np.testing.assert_allclose(table.loc[table["kind"] == "orthogonal", "delta"], 0.5, atol=1e-6)
    np.testing.assert_allclose(table.loc[table["kind"] == "orthogonal", ["ratio", "angle"]], [[0.5, 90]] * 2, rtol=1e-6)
    assert (table["curvature"] > -1e-6).all()
    assert (table["gradient_norm"] < 1e-6).all()
    assert (table["strict_curvature"] > 0).all()
    assert (table["strict_delta"] < 1).all()
