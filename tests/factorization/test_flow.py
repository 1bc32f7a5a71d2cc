"""The flow against gradient descent's own steps, an exact solution and scipy's solvers."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from starnmf.factorization.descent import factorize
from starnmf.factorization.engines import flow_engine
from starnmf.factorization.flow import LEAP_ERROR, Course, Flow
from starnmf.factorization.initialization import draw_starts
from starnmf.factorization.settings import Settings
from starnmf.factorization.steps import take_steps
from starnmf.matrix import Dense, Description
from tests.factorization.plain_descent import descend, filled, gradients, planted

KINDS = pytest.mark.parametrize("kind", ["dense", "observed"])


def follow(matrix, U, V, times, step_size=1e-5, leapt_until=0, dtype="float64"):
    """Factors (U, V) of every restart at every time, and the gradients that it took."""
    batch = flow_engine(matrix, len(U), dtype, "cpu").start(U, V)
    flow = Flow(batch, Course(step_size, np.array([0.0, *times]) / step_size, leapt_until, 10**9), len(U))
    found = [[] for _ in U]
    while any(len(one) <= len(times) for one in found):
        arrived = flow.advance()
        for place in arrived:
            found[place].append(batch.factors(place))
        flow.go_on([place for place in arrived if len(found[place]) <= len(times)])
        if len(arrived) and all(len(one) > len(times) for one in found):
            break
        done = [place for place in range(len(U)) if len(found[place]) > len(times)]
        assert not done or len(done) == len(U) or len(U) == 1, "times at which restarts arrive together"
    return [one[1:] for one in found], [clock.gradients for clock in flow.clocks]


def start_of(matrix, restarts=1):
    attributes = factorize(matrix, ("published",), Settings(steps=5), restarts, 0, "cpu", 1)["published"].attributes
    return draw_starts(attributes, "start", range(restarts))


@KINDS
def test_the_flow_is_what_many_small_gradient_steps_compute(kind):
    """At the paper's own ratio of step to curvature, with entries that meet the bound and some that leave it again."""
    matrix = planted(kind, n=60, m=50, r=3)
    X, mask = filled(matrix)
    eta, steps = 2e-5, 4000
    settings = Settings(learning_rate=eta, steps=steps)
    factors = factorize(matrix, ("published",), settings, 3, 0, "cpu", 1)["published"]
    U, V = draw_starts(factors.attributes, "start", range(3))
    for restart in range(3):
        expected = descend(X, mask, U[restart], V[restart], eta, steps)
        for found, factor in zip((factors.U[restart], factors.V[restart]), expected, strict=True):
            assert np.linalg.norm(found - factor) < 1e-5 * np.linalg.norm(factor)
            assert (found[factor == 0] == 0).mean() > 0.9
    assert any((factor == 0).any() for factor in expected), "entries should meet the bound"
    assert factors.gradients.max() < steps / 5


@KINDS
def test_discrete_steps_are_gradient_descents(kind):
    matrix = planted(kind)
    X, mask = filled(matrix)
    settings = Settings(descent="steps", learning_rate=1e-3, steps=150)
    factors = factorize(matrix, ("published",), settings, 2, 0, "cpu", 1)["published"]
    U, V = draw_starts(factors.attributes, "start", range(2))
    expected = descend(X, mask, U[1], V[1], 1e-3, 150)
    found = take_steps(matrix, factors.attributes, 1, 1e-3, 150)
    assert any((factor == 0).any() for factor in expected)
    for double, single, factor in zip(found, (factors.U[1], factors.V[1]), expected, strict=True):
        np.testing.assert_allclose(double, factor, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(single, factor, rtol=1e-3, atol=1e-5)
    assert factors.gradients.tolist() == [151, 151]
    assert factors.attributes["descent"] == "steps"


def test_leaps_hit_the_steps_where_the_flow_does_not():
    """Long steps, so that gradient descent and its flow differ: leaps follow gradient descent."""
    matrix = planted("dense")
    X, mask = filled(matrix)
    U, V = start_of(matrix)
    eta, steps = 2e-4, 400
    expected = descend(X, mask, U[0], V[0], eta, steps)[0]
    (leapt,), _ = follow(matrix, U, V, [eta * steps], eta, leapt_until=steps)
    (flowed,), _ = follow(matrix, U, V, [eta * steps], eta * 1e-3, leapt_until=1000 * steps)
    apart = [np.linalg.norm(one[0][0] - expected) / np.linalg.norm(expected) for one in (leapt, flowed)]
    assert apart[0] < 1e-5 < 1e-4 < apart[1]


@pytest.mark.parametrize("leaping", [True, False])
def test_rank_one_is_the_scalar_equation_that_has_a_solution(leaping):
    """For X = sigma a b^T and factors s a, s b^T the flow is ds/dt = sigma s - s^3, a Bernoulli equation."""
    random = np.random.default_rng(3)
    a, b = random.random(30) + 0.5, random.random(20) + 0.5
    a, b, sigma = a / np.linalg.norm(a), b / np.linalg.norm(b), 5.0
    matrix = Dense((sigma * np.outer(a, b)).astype(np.float32), Description("rank one", 1, "own", {}))
    s0, times = 0.3, [0.05, 0.2, 0.5, 1.0]
    U, V = (s0 * a)[None, :, None], (s0 * b)[None, None, :]
    ((*found,), _) = follow(matrix, U, V, times, 1e-4, leapt_until=10_000 if leaping else 0)
    for time, (at_U, at_V) in zip(times, found[0], strict=True):
        s = np.sqrt(sigma / (1 + (sigma / s0**2 - 1) * np.exp(-2 * sigma * time)))
        # leaps follow gradient steps of 1e-4, which lag behind the flow by about as much; stabilised steps are as
        # exact as their tolerance
        tolerance = 1e-3 if leaping else 5e-3
        np.testing.assert_allclose(at_U[:, 0], s * a, rtol=tolerance)
        np.testing.assert_allclose(at_V[0], s * b, rtol=tolerance)


@KINDS
def test_stabilised_steps_follow_scipys_solution(kind):
    matrix = planted(kind, n=14, m=11, r=3)
    X, mask = filled(matrix)
    U, V = start_of(matrix)
    split = U[0].size

    def field(_, y):
        factors = y[:split].reshape(U[0].shape), y[split:].reshape(V[0].shape)
        slopes = gradients(X, mask, *(np.maximum(0, factor) for factor in factors))
        falls = [
            np.where((factor <= 0) & (slope > 0), 0, -slope) for factor, slope in zip(factors, slopes, strict=True)
        ]
        return np.concatenate([fall.reshape(-1) for fall in falls])

    times = [0.01, 0.1, 1.0]
    start = np.concatenate([U[0].reshape(-1), V[0].reshape(-1)])
    truth = solve_ivp(field, (0, 1.0), start, method="RK45", t_eval=times, rtol=1e-8, atol=1e-10, max_step=2e-3).y.T
    (found,), _ = follow(matrix, U, V, times)
    for (at_U, at_V), expected in zip(found, np.maximum(truth, 0), strict=True):
        y = np.concatenate([at_U.reshape(-1), at_V.reshape(-1)])
        assert np.linalg.norm(y - expected) < 3e-3 * np.linalg.norm(expected)


@pytest.mark.parametrize("kind", ["dense", pytest.param("observed", marks=pytest.mark.extended)])
def test_the_flow_ends_where_gradient_descent_does_with_far_fewer_gradients(kind):
    matrix = planted(kind)
    flow, steps = (
        factorize(matrix, ("converged",), Settings(descent, 1e-5, 100, 1e-4, 200_000), 3, 0, "cpu", 1)["converged"]
        for descent in ("flow", "steps")
    )
    assert flow.converged.all()
    assert steps.converged.all()
    np.testing.assert_allclose(flow.loss, steps.loss, rtol=1e-3)
    assert (flow.gradients < steps.gradients / 3).all()
    for restart in range(3):
        product = flow.U[restart] @ flow.V[restart]
        assert np.linalg.norm(product - steps.U[restart] @ steps.V[restart]) < 0.02 * np.linalg.norm(product)


@KINDS
def test_the_flow_keeps_the_balance_of_its_start(kind):
    """|u_a|^2 - |v_a|^2 of every rank is constant along the projected flow."""
    matrix = planted(kind)
    factors = factorize(matrix, ("converged",), Settings(learning_rate=1e-5, steps=100), 2, 0, "cpu", 1)["converged"]
    start = draw_starts(factors.attributes, "start", range(2))
    balances = [
        (U.astype(float) ** 2).sum(1) - (V.astype(float) ** 2).sum(2) for U, V in (start, (factors.U, factors.V))
    ]
    moved = np.abs((factors.U.astype(float) ** 2).sum(1) - (start[0] ** 2).sum(1)).max()
    assert np.abs(balances[1] - balances[0]).max() < 0.01 * moved


class OnlyShortLeaps:
    """A batch of one restart whose error is just too large where a leap takes more gradient steps than `longest`."""

    def __init__(self, longest):
        self.longest, self.clock = longest, None

    def stage(self, weights, ending):
        error = 1.51 * LEAP_ERROR if self.clock.length > self.longest else 0.1 * LEAP_ERROR
        squares = np.ones((2, 2, ending.sum()))
        squares[:, 0] = error**2 / 2
        return squares

    def accept(self, restarts, lengths):
        pass

    def start_steps(self, restarts, lengths):
        pass


@pytest.mark.parametrize("longest", range(1, 41))
def test_a_leap_that_is_rejected_is_not_tried_again(longest):
    batch = OnlyShortLeaps(longest)
    flow = Flow(batch, Course(1e-5, np.array([0.0, 500.0]), 500, 10**9), 1)
    batch.clock = flow.clocks[0]
    for _ in range(5000):
        arrived = flow.advance()
        if arrived and flow.clocks[0].at == 500:
            return
        flow.go_on(arrived)
    raise AssertionError(f"at {flow.clocks[0].at} after 5,000 gradients, for at most 500 steps")


def test_an_error_that_is_no_number_shortens_the_step():
    """Where a step overflows, the next try is shorter; it must not be the same again for ever."""
    flow = Flow(None, Course(1e-3, np.array([0.0, 100.0]), 100, 10**9), 1)
    clock = flow.clocks[0]
    clock.mark, clock.length, clock.stages, clock.wanted = 1, 50.0, 4, 50.0
    for error, wanted in ((np.nan, 10.0), (np.inf, 10.0), (0.0, 50.0)):
        clock.length, clock.wanted = 50.0, 50.0
        assert flow._end_step(clock, error) == (error == 0)
        assert clock.wanted == wanted
