"""Phase diagrams: the descent against another library's, and that its table does not depend on how it is run."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from starnmf.companions.inductive import phases
from starnmf.companions.inductive.activations import RELU, SIGMOID, TANH
from starnmf.companions.inductive.phases import fit, measure_phases, relative_errors, weights
from starnmf.companions.inductive.sampling import Observations, jacobian, predictions


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(phases, "D", 4)
    monkeypatch.setattr(phases, "K", 2)
    monkeypatch.setattr(phases, "USERS", (5, 60))
    monkeypatch.setattr(phases, "OBSERVED", (10, 200))


def problems(observed):
    drawn = [phases.problem(60, observed, np.random.default_rng(t)) for t in range(3)]
    truth, noise, x, y = (np.stack(part) for part in zip(*drawn, strict=True))
    return truth, noise, Observations(x, y)


def values(activation, W, seen):
    return predictions(activation, weights(W), seen)


def only(seen, t):
    return Observations(seen.x[[t]], seen.y[[t]])


@pytest.mark.parametrize("activation", [SIGMOID, TANH, RELU], ids=lambda one: one.name)
def test_jacobian_is_that_of_the_values(small, activation):
    truth, _, seen = problems(20)
    J = jacobian(activation, weights(truth), seen).reshape(3, 20, 16)
    step = 1e-6
    for index, direction in enumerate(np.eye(16).reshape(16, 2, 4, 2)):
        moved = [values(activation, truth + s * step * direction, seen) for s in (-1, 1)]
        np.testing.assert_allclose(J[:, :, index], (moved[1] - moved[0]) / (2 * step), atol=1e-7)


@pytest.mark.parametrize("activation", [SIGMOID, TANH], ids=lambda one: one.name)
def test_descent_ends_where_another_librarys_does(small, activation):
    truth, noise, seen = problems(200)
    start = 0.9 * truth + 0.1 * noise
    observed = values(activation, truth, seen)
    found = fit(activation, start, seen, observed)
    np.testing.assert_allclose(found, truth, atol=1e-5)
    for t in range(3):

        def residual(flat, t=t):
            one = flat.reshape(1, 2, 4, 2)
            return (values(activation, one, only(seen, t)) - observed[[t]])[0]

        theirs = least_squares(residual, start[t].ravel(), xtol=1e-14, ftol=1e-14, gtol=1e-14)
        np.testing.assert_allclose(found[t].ravel(), theirs.x, atol=1e-5)


@pytest.mark.parametrize(
    "activation", [SIGMOID, pytest.param(TANH, marks=pytest.mark.extended)], ids=lambda one: one.name
)
def test_gradient_descent_recovers_too_where_there_is_enough(activation):
    """The paper's own descent, at full size, from a near start: 20,000 steps of 1 / M_u."""
    truth, noise, x, y = phases.problem(80, 400, np.random.default_rng(0))
    W = 0.9 * truth + 0.1 * noise
    seen = Observations(x[None], y[None])
    observed = values(activation, truth[None], seen)[0]
    J = jacobian(activation, weights(truth[None]), seen).reshape(len(x), -1)
    step = len(x) / np.linalg.norm(J, 2) ** 2
    for _ in range(20_000):
        left, right = x @ W[0], y @ W[1]
        of_x, of_y = activation.value(left), activation.value(right)
        residual = ((of_x * of_y).sum(1) - observed)[:, np.newaxis] / len(x)
        by_u = x.T @ (residual * activation.first(left) * of_y)
        by_v = y.T @ (residual * activation.first(right) * of_x)
        W = W - step * np.stack([by_u, by_v])
    assert relative_errors(activation, W[None], truth[None], np.random.default_rng(1))[0] < 1e-3


def test_descents_of_a_batch_are_those_of_its_problems_alone(small):
    truth, noise, seen = problems(60)
    observed = values(TANH, truth, seen)
    together = fit(TANH, noise, seen, observed)
    for t in range(3):
        alone = fit(TANH, noise[[t]], only(seen, t), observed[[t]])
        losses = [np.square(values(TANH, W[None], only(seen, t)) - observed[t]).sum() for W in (together[t], alone[0])]
        assert losses[0] == pytest.approx(losses[1], rel=1e-6, abs=1e-20)


def test_first_row_of_a_relu_stays(small):
    truth, noise, seen = problems(60)
    start = 0.9 * truth + 0.1 * noise
    start[:, 0, 0] = truth[:, 0, 0]
    found = fit(RELU, start, seen, values(RELU, truth, seen))
    np.testing.assert_array_equal(found[:, 0, 0], truth[:, 0, 0])
    assert np.abs(found[:, 0, 1] - start[:, 0, 1]).min() > 0


def test_order_and_signs_of_columns_are_no_error(small):
    truth, _, _ = problems(20)
    other = -truth[:, :, :, ::-1]
    assert relative_errors(TANH, other, truth, np.random.default_rng(0)) == pytest.approx(0, abs=1e-12)
    assert relative_errors(TANH, 0 * truth, truth, np.random.default_rng(0)) == pytest.approx(1)


def test_same_table_on_one_thread_and_two(small):
    one, two = (measure_phases(2, 0, threads) for threads in (1, 2))
    assert one.equals(two)
    table = one.set_index(["activation", "start", "users", "observed"])["recovered"]
    assert (table.xs(10, level="observed") == 0).all()
    assert table["sigmoid", "near", 60, 200] == table["tanh", "near", 60, 200] == 2
