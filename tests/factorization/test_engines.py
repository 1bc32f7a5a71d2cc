"""What every engine computes at a point, against autograd, brute force and finite differences."""

import numpy as np
import pytest
import torch

from starnmf.factorization.dense import data as dense_data
from starnmf.factorization.engines import flow_engine
from starnmf.factorization.flow import END, relative_errors
from starnmf.factorization.largest_eigenvalue import largest_eigenvalue
from starnmf.matrix import Dense, Description, observed_from_entries

R, K = 4, 4
KINDS = pytest.mark.parametrize("kind", ["dense", "observed"])


@pytest.fixture(params=["tall", "wide", "in chunks"])
def problem(request, monkeypatch):
    n, m = (17, 23) if request.param == "wide" else (23, 17)
    if request.param == "in chunks":
        monkeypatch.setattr(dense_data, "CHUNK", 1)
        monkeypatch.setattr(dense_data, "NARROWEST", 5)
    random = np.random.default_rng(5)
    X = random.gamma(2.0, size=(n, m)).astype(np.float32)
    mask = random.random((n, m)) < 0.4
    mask[0] = False  # a row nobody observed, as MovieLens has
    U, V = np.abs(random.standard_normal((K, n, R))), np.abs(random.standard_normal((K, R, m)))
    U[:, 3, 1], V[:, 2, 5] = 0.0, 0.0  # on the boundary
    return X, mask, U, V


def started(kind, X, mask, U, V):
    description = Description("toy", R, "own", {})
    if kind == "dense":
        return flow_engine(Dense(X, description), K, "float64", "cpu").start(U, V), np.ones_like(mask)
    rows, columns = np.nonzero(mask)
    matrix = observed_from_entries(rows, columns, X[mask], X.shape, description)
    return flow_engine(matrix, K, "float64", "cpu").start(U, V), mask


def gradient_by_autograd(X, mask, U, V):
    U, V = (torch.tensor(factor, requires_grad=True) for factor in (U, V))
    error = torch.from_numpy(mask) * (U @ V - torch.from_numpy(X).double())
    (0.5 * error.square().sum()).backward()
    return U.grad.numpy(), V.grad.numpy()


def begin(batch, length):
    """Evaluate the first gradients and take the first stage of a step."""
    every = list(range(K))
    batch.stage(np.tile(END, (K, 1)), np.ones(K, bool))
    batch.accept(every, np.zeros(K))
    batch.start_steps(every, np.asarray(length))


@KINDS
def test_a_gradient_step_is_the_projected_step_along_autograds_gradient(kind, problem):
    X, mask, U, V = problem
    batch, mask = started(kind, X, mask, U, V)
    eta = np.array([1e-3, 2e-3, 3e-2, 1e-2])
    begin(batch, eta)
    batch.stage(np.tile(END, (K, 1)), np.ones(K, bool))
    batch.accept(list(range(K)), np.zeros(K))
    for restart in range(K):
        slopes = gradient_by_autograd(X, mask, U[restart], V[restart])
        for found, factor, slope in zip(batch.factors(restart), (U[restart], V[restart]), slopes, strict=True):
            np.testing.assert_allclose(found, np.maximum(0, factor - eta[restart] * slope), rtol=1e-10, atol=1e-13)
    assert (batch.factors(2)[0] == 0).any(), "the step should be long enough to meet the boundary"


@KINDS
def test_restarts_at_different_stages_are_those_of_numpy(kind, problem):
    X, mask, U, V = problem
    batch, mask = started(kind, X, mask, U, V)
    h = 2e-3
    begin(batch, np.full(K, h))
    random = np.random.default_rng(7)
    weights = random.normal(size=(K, 12)) * 0.1
    weights[:, 0] += 0.5
    ending = np.array([False, True, False, True])
    kept = weights[:, 11].copy()
    weights[ending, :10], weights[ending, 11] = END[:10], 0
    first = np.tile(END, (K, 1))
    first[:, [8, 11]] = np.stack([np.zeros(K), kept], axis=1)  # a stage that moves nothing and keeps a part of Y
    first[:, 7] = 1
    batch.stage(first, np.zeros(K, bool))
    errors = relative_errors(batch.stage(weights, ending))
    batch.accept(np.flatnonzero(ending).tolist(), np.full(2, h))
    for restart in range(K):
        start = (U[restart], V[restart])
        start_falls = [-slope for slope in gradient_by_autograd(X, mask, *start)]
        Y = [np.maximum(0, factor + h * fall) for factor, fall in zip(start, start_falls, strict=True)]
        falls = [-slope for slope in gradient_by_autograd(X, mask, *Y)]
        if not ending[restart]:
            continue
        relative = 0.0
        for y, y0, f, f0, found in zip(Y, start, falls, start_falls, batch.factors(restart), strict=True):
            estimate = np.where((y > 0) & (y0 > 0), y0 + kept[restart] * y + weights[restart, 10] * f, 0)
            relative += np.square(estimate).sum() / np.square(y).sum()
            leaving = (y == 0) & (y0 == 0) & (f0 <= 0) & (f > 0)
            end = y.copy()
            end[leaving] = h / 2 * f[leaving] ** 2 / (f - f0)[leaving]
            np.testing.assert_allclose(found, end, rtol=1e-10, atol=1e-13)
        place = int(np.flatnonzero(np.flatnonzero(ending) == restart)[0])
        assert errors[place] == pytest.approx(np.sqrt(relative), rel=1e-9)


@KINDS
def test_an_entry_leaves_the_bound_when_its_gradient_turns(kind, problem):
    X, mask, U, V = problem
    batch, _ = started(kind, X, mask, U, V)
    begin(batch, np.full(K, 1e-3))
    arrays = [array.copy() for array in batch.arrays()]
    for part in range(0, len(arrays), 5):
        Y, Z, Y0, F0 = arrays[part : part + 4]
        Y[:], Y0[:], F0[:], Z[:] = 0, 0, -1.0, 3.0
    batch.restore(arrays)
    batch.accept([1], np.array([0.2]))
    # F = -1 + 4 s / h is 0 at a quarter of the step; what is left of it covers 3/4 h x 3 / 2
    np.testing.assert_allclose(batch.factors(1)[1], 0.75 * 0.2 * 1.5, rtol=1e-12)
    np.testing.assert_array_equal(batch.factors(0)[1], 0)


@KINDS
def test_losses_and_projected_gradients(kind, problem):
    X, mask, U, V = problem
    batch, mask = started(kind, X, mask, U, V)
    for restart in range(K):
        slopes = gradient_by_autograd(X, mask, U[restart], V[restart])
        square = sum(
            (np.where(factor > 0, slope, np.minimum(slope, 0)) ** 2).sum()
            for factor, slope in zip((U[restart], V[restart]), slopes, strict=True)
        )
        expected = 0.5 * ((U[restart] @ V[restart] - X.astype(float))[mask] ** 2).mean()
        assert batch.loss(restart) == pytest.approx(expected, rel=1e-12)
        assert batch.projected_gradient(restart) == pytest.approx(np.sqrt(square) / mask.sum(), rel=1e-12)


@KINDS
def test_largest_eigenvalue_is_that_of_the_hessian_at_zero_residual(kind, problem):
    _, mask, U, V = problem
    for restart in range(K):
        X = (U[restart] @ V[restart]).astype(np.float32)
        batch, used = started(kind, X, mask, U, V)
        n, m = mask.shape
        jacobian = np.concatenate(
            [np.kron(np.eye(n), V[restart].T), np.kron(U[restart], np.eye(m))], axis=1
        )  # of vec(UV) in (U row by row, V row by row)
        largest = np.linalg.norm(jacobian[used.reshape(-1)], 2) ** 2
        ratio = batch.largest_eigenvalue(restart) / largest
        assert ratio == pytest.approx(1, rel=1e-6) if kind == "dense" else 1 - 1e-6 <= ratio <= 1.1


def test_largest_eigenvalue_of_observed_entries_is_that_of_autograds_hessian(problem):
    X, mask, U, V = problem
    batch, _ = started("observed", X, mask, U, V)
    chosen = torch.from_numpy(mask)

    def loss(u, v):
        return 0.5 * (chosen * (u @ v - torch.from_numpy(X).double())).square().sum()

    for restart in range(K):
        point = torch.from_numpy(U[restart]), torch.from_numpy(V[restart])
        blocks = torch.autograd.functional.hessian(loss, point)
        hessian = torch.cat(
            [torch.cat([block.flatten(0, 1).flatten(1) for block in row], dim=1) for row in blocks]
        ).numpy()
        assert 0.99 <= batch.largest_eigenvalue(restart) / np.linalg.eigvalsh(hessian)[-1] <= 1.15


def test_largest_eigenvalue_where_few_products_reach_everything():
    """A form of rank 1, whose first product is along its only direction, and one in three numbers."""
    direction = np.ones(6)
    along = largest_eigenvalue(lambda u, v: (u @ direction * direction, 0 * v), np.ones(6), np.ones(2))
    assert along == pytest.approx(6, rel=1e-4)
    three = np.diag([3.0, 2.0, 1.0])
    assert largest_eigenvalue(lambda u, v: (three[:2, :2] @ u, v), np.ones(2), np.ones(1)) == pytest.approx(3, rel=1e-4)
