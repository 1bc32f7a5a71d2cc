"""One step of every engine against a plain residual implementation, autograd and finite differences."""

import numpy as np
import pytest
import torch

from starnmf.factorization.dense import data as dense_data
from starnmf.factorization.engines import engine
from starnmf.matrix import Dense, Description, observed_from_entries

R, K = 4, 3
CPU = "cpu"


@pytest.fixture(params=["tall", "wide", "in chunks"])
def problem(request, monkeypatch):
    N, M = (17, 23) if request.param == "wide" else (23, 17)
    if request.param == "in chunks":
        monkeypatch.setattr(dense_data, "CHUNK", 1)
        monkeypatch.setattr(dense_data, "NARROWEST", 5)
    random = np.random.default_rng(5)
    X = random.gamma(2.0, size=(N, M)).astype(np.float32)
    mask = random.random((N, M)) < 0.4
    mask[0] = False  # a row nobody observed, as MovieLens has
    U, V = np.abs(random.standard_normal((K, N, R))), np.abs(random.standard_normal((K, R, M)))
    U[0, 3, 1] = 0.0  # on the boundary, where the projection acts
    return X, mask, U, V


def engine_and_mask(kind, X, mask, optimizer="gradient-descent", dtype="float64"):
    description = Description("toy", R, "own", {})
    if kind == "dense":
        return engine(Dense(X, description), optimizer, K, dtype, CPU), np.ones_like(mask)
    rows, columns = np.nonzero(mask)
    matrix = observed_from_entries(rows, columns, X[mask], X.shape, description)
    return engine(matrix, optimizer, K, dtype, CPU), mask


KINDS = pytest.mark.parametrize("kind", ["dense", "observed"])


def loss_by_residual(X, mask, U, V):
    return 0.5 * (mask * (U @ V - X.astype(np.float64)) ** 2).sum()


def gradient_by_autograd(X, mask, U, V):
    U, V = (torch.tensor(factor, requires_grad=True) for factor in (U, V))
    error = torch.from_numpy(mask) * (U @ V - torch.from_numpy(X).double())
    (0.5 * error.square().sum()).backward()
    return U.grad.numpy(), V.grad.numpy()


@KINDS
def test_step_is_the_projected_step_along_autograds_gradient(kind, problem):
    X, mask, U, V = problem
    moves, mask = engine_and_mask(kind, X, mask)
    stack = moves.start(U, V)
    eta = np.array([1e-3, 2e-3, 3e-2])
    stack.descend(eta, 1)
    for restart in range(K):
        U_gradient, V_gradient = gradient_by_autograd(X, mask, U[restart], V[restart])
        U_found, V_found = stack.factors(restart)
        np.testing.assert_allclose(
            U_found, np.maximum(0, U[restart] - eta[restart] * U_gradient), rtol=1e-10, atol=1e-13
        )
        np.testing.assert_allclose(
            V_found, np.maximum(0, V[restart] - eta[restart] * V_gradient), rtol=1e-10, atol=1e-13
        )
    assert (stack.factors(2)[0] == 0).any(), "the step should be long enough to meet the boundary"


@KINDS
def test_gradient_read_off_a_step_equals_finite_differences(kind, problem):
    X, mask, U, V = problem
    U, V = U + 1.0, V + 1.0  # inside the orthant, where projection does nothing
    moves, mask = engine_and_mask(kind, X, mask)
    stack = moves.start(U, V)
    eta = 1e-4
    stack.descend(np.full(K, eta), 1)
    random = np.random.default_rng(6)
    dU, dV = random.standard_normal(U.shape[1:]), random.standard_normal(V.shape[1:])
    for restart in range(K):
        U_found, V_found = stack.factors(restart)
        slope = ((U[restart] - U_found) / eta * dU).sum() + ((V[restart] - V_found) / eta * dV).sum()
        # the loss along a line is a quartic: Richardson extrapolation of two central differences is exact
        central = [
            (
                loss_by_residual(X, mask, U[restart] + h * dU, V[restart] + h * dV)
                - loss_by_residual(X, mask, U[restart] - h * dU, V[restart] - h * dV)
            )
            / (2 * h)
            for h in (0.1, 0.2)
        ]
        assert slope == pytest.approx((4 * central[0] - central[1]) / 3, rel=1e-9)


@KINDS
def test_losses_and_projected_gradients(kind, problem):
    X, mask, U, V = problem
    moves, mask = engine_and_mask(kind, X, mask)
    stack = moves.start(U, V)
    for restart in range(K):
        gradients = gradient_by_autograd(X, mask, U[restart], V[restart])
        square = sum(
            (np.where(factor > 0, gradient, np.minimum(gradient, 0)) ** 2).sum()
            for factor, gradient in zip((U[restart], V[restart]), gradients, strict=True)
        )
        expected = loss_by_residual(X, mask, U[restart], V[restart]) / mask.sum()
        assert stack.losses()[restart] == pytest.approx(expected, rel=1e-12)
        assert stack.projected_gradients()[restart] == pytest.approx(np.sqrt(square) / mask.sum(), rel=1e-12)


@KINDS
def test_curvature_bounds_the_hessian_at_zero_residual(kind, problem):
    _, mask, U, V = problem
    for restart in range(K):
        X = (U[restart] @ V[restart]).astype(np.float32)
        moves, used = engine_and_mask(kind, X, mask)
        bound = moves.start(U, V).curvatures()[restart]
        n, m = mask.shape
        jacobian = np.concatenate(
            [np.kron(np.eye(n), V[restart].T), np.kron(U[restart], np.eye(m))], axis=1
        )  # of vec(UV) in (U row by row, V row by row)
        largest = np.linalg.norm(jacobian[used.reshape(-1)], 2) ** 2
        assert largest * (1 - 1e-9) <= bound <= 10 * largest


@KINDS
def test_restarts_left_in_the_stack_go_on_as_before(kind, problem):
    X, mask, U, V = problem
    moves, mask = engine_and_mask(kind, X, mask)
    eta = np.full(K, 1e-3)
    together, leaving = moves.start(U, V), moves.start(U, V)
    together.descend(eta, 6)
    leaving.descend(eta, 2)
    left = leaving.keep([0, 2])
    left.descend(eta[:2], 4)
    for place, restart in enumerate((0, 2)):
        for found, expected in zip(left.factors(place), together.factors(restart), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-11)
