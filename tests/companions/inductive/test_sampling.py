"""The risk over a sample: its derivatives, how samples are drawn, and how far its Hessian is from the population's."""

import numpy as np
import pytest
import torch

from starnmf.companions.inductive import deviations
from starnmf.companions.inductive.activations import ACTIVATIONS, RELU, SIGMOID, TANH
from starnmf.companions.inductive.deviations import measure_deviations
from starnmf.companions.inductive.fresh_samples import measure_fresh_samples
from starnmf.companions.inductive.population import Weights
from starnmf.companions.inductive.sampling import draw_observations, empirical_hessian, gradient, jacobian, predictions

D, K = 4, 3
IN_TORCH = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "erf": torch.erf, "relu": torch.relu}


@pytest.fixture
def problem():
    random = np.random.default_rng(0)
    at, truth = (Weights(*random.standard_normal((2, D, K))) for _ in range(2))
    return at, truth, draw_observations(30, 20, 50, D, random)


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=lambda one: one.name)
def test_derivatives_are_those_of_automatic_differentiation(problem, activation):
    at, truth, seen = problem
    phi = IN_TORCH[activation.name]
    x, y = torch.tensor(seen.x), torch.tensor(seen.y)

    def predicted(flat):
        U, V = flat.reshape(2, K, D)
        return (phi(x @ U.T) * phi(y @ V.T)).sum(1)

    wanted = predicted(torch.tensor(truth.flat))

    def risk(flat):
        return (predicted(flat) - wanted).square().mean() / 2

    flat = torch.tensor(at.flat, requires_grad=True)
    np.testing.assert_allclose(predictions(activation, at, seen), predicted(flat).detach(), atol=1e-12)
    np.testing.assert_allclose(gradient(activation, at, truth, seen), torch.func.grad(risk)(flat).detach(), atol=1e-12)
    J = jacobian(activation, at, seen).swapaxes(2, 3).reshape(50, -1)
    np.testing.assert_allclose(J, torch.func.jacrev(predicted)(flat).detach(), atol=1e-12)
    np.testing.assert_allclose(
        empirical_hessian(activation, at, truth, seen), torch.func.hessian(risk)(flat).detach(), atol=1e-12
    )


def test_flat_weights_come_back(problem):
    at, _, _ = problem
    again = Weights.from_flat(at.flat, D, K)
    np.testing.assert_array_equal(again.U, at.U)
    np.testing.assert_array_equal(again.V, at.V)


def test_pairs_are_drawn_from_few_users_and_items_with_replacement():
    seen = draw_observations(5, 7, 400, 3, np.random.default_rng(1))
    assert len(np.unique(seen.x, axis=0)) == 5
    assert len(np.unique(seen.y, axis=0)) == 7
    pairs = np.unique(np.concatenate([seen.x, seen.y], axis=1), axis=0, return_counts=True)[1]
    assert len(pairs) == 35
    assert pairs.sum() == 400
    # Chi-squared with 34 degrees of freedom: 99.99 % are below 74.
    assert (np.square(pairs - 400 / 35) / (400 / 35)).sum() < 74


@pytest.mark.extended
def test_deviations_fall_with_sizes_and_grow_with_distances(monkeypatch):
    monkeypatch.setattr(deviations, "SIZES", (2**7, 2**11))
    monkeypatch.setattr(deviations, "DIMENSIONS", (4, 12))
    monkeypatch.setattr(deviations, "DISTANCES", (0.1, 0.001))
    monkeypatch.setattr(deviations, "MANY", 2**11)
    assert measure_deviations(1, 0, 1).equals(measure_deviations(1, 0, 2)), "the same on any number of threads"
    monkeypatch.setattr(deviations, "MANY", 2**14)
    for (activation, sweep), rows in measure_deviations(2, 0, 1).groupby(["activation", "sweep"]):
        small, large = rows.sort_values("size")["deviation"]
        factor = {"users and items": 1 / 4, "observations": 1 / 4, "dimension": 3**0.5, "distance": 100}[sweep]
        assert large / small == pytest.approx(factor, rel=0.6), (activation, sweep)


@pytest.mark.extended
def test_descent_is_as_fast_as_its_eigenvalues_allow():
    one, two = (measure_fresh_samples(1, 0, threads) for threads in (1, 2))
    assert one.equals(two)
    for _, rows in one.groupby("activation"):
        assert (np.diff(rows["squared_distance"]) < 0).all()
        steps, distances = rows["step"].to_numpy(), np.log(rows["squared_distance"].to_numpy())
        slowest = 2 * np.log(1 - rows["M_l"].iloc[0] / rows["M_u"].iloc[0])
        # The slowest direction is what is left in the end.
        late = (distances[-1] - distances[len(distances) // 2]) / (steps[-1] - steps[len(steps) // 2])
        assert late == pytest.approx(slowest, rel=0.1)
    assert {SIGMOID.name, TANH.name} < set(one["activation"])
    assert RELU.name not in set(one["activation"])
