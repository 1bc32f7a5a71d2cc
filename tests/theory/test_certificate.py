import numpy as np
import pytest
import scipy.optimize
import torch

from starnmf.theory.certificate import Kind, Problem, descend, kind_of, largest, projected

# X = I X is exact at rank 3. Descent from this start ends elsewhere, with zeros in other places and a loss above 0.
X = np.array([[2.0, 6, 6, 4], [0, 1, 0, 1], [1, 0, 2, 1]])
START = np.concatenate([[2.7, 2.4, 0, 0.5, 0, 0.3, 0, 0.8, 1], [0, 2.2, 0, 1.5, 0.8, 0, 2.4, 0, 0.3, 0, 0, 1]])
SPURIOUS = Problem(X, np.ones(X.shape, dtype=bool), 3)


@pytest.fixture(scope="module")
def spurious():
    return descend(SPURIOUS, START)


def random_problem(seed, observed=0.7, n=5, m=4, r=2):
    random = np.random.default_rng(seed)
    X = random.random((n, r)) @ random.random((r, m))
    return Problem(X, random.random(X.shape) < observed, r), random.random(r * (n + m))


def loss_of(problem):
    """The loss written with torch."""
    n, m = problem.X.shape

    def loss(x):
        U, V = x[: n * problem.r].reshape(n, problem.r), x[n * problem.r :].reshape(problem.r, m)
        error = (U @ V - torch.from_numpy(problem.X))[torch.from_numpy(problem.observed)]
        return (error**2).mean() / 2

    return loss


@pytest.mark.parametrize("seed", range(3))
def test_loss_gradient_and_hessian_are_those_of_autograd(seed):
    problem, x = random_problem(seed)
    point = torch.tensor(x, requires_grad=True)
    loss = loss_of(problem)(point)
    (gradient,) = torch.autograd.grad(loss, point)
    found = problem.loss_and_gradient(x)
    assert found[0] == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(found[1], gradient, rtol=1e-10, atol=1e-14)
    hessian = torch.autograd.functional.hessian(loss_of(problem), torch.tensor(x))
    np.testing.assert_allclose(problem.hessian(x), hessian, rtol=1e-10, atol=1e-13)


def test_the_loss_does_not_change_along_the_scale():
    problem, x = random_problem(7)
    ways = problem.scale_directions(x)
    np.testing.assert_allclose(ways.T @ ways, np.eye(2), atol=1e-12)
    _, gradient = problem.loss_and_gradient(x)
    np.testing.assert_allclose(gradient @ ways, 0, atol=1e-14)


def test_a_spurious_minimum_is_one(spurious):
    loss, gradient = SPURIOUS.loss_and_gradient(spurious)
    assert SPURIOUS.loss_and_gradient(np.concatenate([np.eye(3).ravel(), X.ravel()]))[0] == 0
    assert loss > 1e-4
    assert largest(projected(spurious, gradient)) < 1e-10
    assert kind_of(SPURIOUS, spurious) == Kind.MINIMUM


def test_nothing_near_a_spurious_minimum_is_lower(spurious):
    """By brute force, and by another library from points around it."""
    random = np.random.default_rng(0)
    loss = SPURIOUS.loss_and_gradient(spurious)[0]
    for size in (1e-4, 1e-3, 1e-2):
        near = np.maximum(spurious + size * random.standard_normal((5000, spurious.size)), 0)
        U, V = near[:, :9].reshape(-1, 3, 3), near[:, 9:].reshape(-1, 3, 4)
        assert (((U @ V - X) ** 2).mean(axis=(1, 2)) / 2 >= loss - 1e-15).all()
    for _ in range(5):
        start = np.maximum(spurious + 1e-3 * random.standard_normal(spurious.size), 1e-9)
        found = scipy.optimize.least_squares(
            lambda x: SPURIOUS.residual(x).ravel(), start, bounds=(0, np.inf), xtol=1e-15, ftol=1e-15, gtol=1e-13
        )
        assert found.cost / X.size == pytest.approx(loss, rel=1e-6)


def test_a_point_where_both_ranks_serve_one_component_is_a_saddle():
    """X = diag(2, 1): both ranks describe the 2, and a step of both factors towards the 1 lowers the loss."""
    problem = Problem(np.diag([2.0, 1.0]), np.ones((2, 2), dtype=bool), 2)
    both = np.array([1.0, 1, 0, 0, 1, 0, 1, 0])  # U = [[1, 1], [0, 0]], V = [[1, 0], [1, 0]]
    loss, gradient = problem.loss_and_gradient(both)
    assert loss == 1 / 8
    assert not gradient.any()
    assert kind_of(problem, both) == Kind.SADDLE


def test_a_best_approximation_of_lower_rank_is_a_minimum():
    """Rank 1 of diag(2, 1): the 2 alone, by Eckart and Young."""
    problem = Problem(np.diag([2.0, 1.0]), np.ones((2, 2), dtype=bool), 1)
    point = descend(problem, np.array([1.0, 0.5, 1.0, 0.4]))
    U, V = problem.factors(point)
    np.testing.assert_allclose(U @ V, np.diag([2.0, 0.0]), atol=1e-8)
    # Its zeros have no gradient, and one of them alone changes the loss in the second order only: still a minimum.
    assert kind_of(problem, point) == Kind.MINIMUM


def test_a_point_on_the_way_is_not_stationary():
    problem, x = random_problem(3)
    assert kind_of(problem, x) == Kind.NOT_STATIONARY


def test_solutions_that_form_a_continuum_are_not_called_a_minimum():
    """A positive solution of rank 2 can be turned into others with the same product."""
    U, V = np.array([[2.0, 1], [1, 2], [1.5, 1]]), np.array([[1.0, 2, 1.5], [2, 1, 1]])
    problem = Problem(U @ V, np.ones((3, 3), dtype=bool), 2)
    assert kind_of(problem, np.concatenate([U.ravel(), V.ravel()])) == Kind.DEGENERATE


@pytest.mark.parametrize("seed", range(4))
def test_descent_ends_where_another_library_ends(seed):
    """From a start near the solution, so that both go to the same one."""
    problem, x = random_problem(seed, observed=1.1)
    loss, gradient = problem.loss_and_gradient(descend(problem, x))
    assert loss < 1e-15
    assert largest(gradient) < 1e-9
