"""Runge-Kutta formulas against what they promise: gradient steps one for one, the flow, and stability."""

from math import exp

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from starnmf.factorization.formulas import chebyshev, gradients_for, leap, stable_up_to


def field(y):
    """A smooth nonlinear field with derivatives of every order."""
    return np.array([np.sin(y[1]) - y[0] ** 2, y[0] * y[1] + np.cos(y[2]), -y[2] * y[0] + y[1] ** 3])


Y0 = np.array([0.7, -0.4, 0.9])


def step(formula, f, y, h):
    """One step, and its error estimate, as the kernels take it."""
    start, start_fall = y, f(y)
    Y, Z, E = start + formula.first * h * start_fall, start, 0 * y
    for weights, kept in zip(formula.stages, formula.kept, strict=True):
        Y, Z = weights @ np.stack([Y, Z, start, h * f(Y), h * start_fall])
        E = E + kept * Y
    return Y, Z + E + formula.error * h * f(Y)


def gradient_steps(f, y, h, steps):
    for _ in range(steps):
        y = y + h / steps * f(y)
    return y


def exact(f, y, h):
    return solve_ivp(lambda _, x: f(x), (0, h), y, method="DOP853", rtol=1e-13, atol=1e-14).y[:, -1]


def orders(errors):
    """Powers of h, from errors at h halved again and again."""
    return np.log2(np.array(errors[:-1]) / errors[1:])


@pytest.mark.parametrize("steps", [5, 6, 7, 13, 100, 1000])
def test_a_leap_agrees_with_gradient_steps_to_order_four(steps):
    formula = leap(steps)
    assert formula.gradients == 4
    lengths = [0.4 / 2**halving for halving in range(4)]
    ends = [step(formula, field, Y0, h) for h in lengths]
    errors = [np.linalg.norm(y - gradient_steps(field, Y0, h, steps)) for (y, _), h in zip(ends, lengths, strict=True)]
    assert orders(errors)[-1] > 4.6, "the error of one leap falls with h^5"
    estimates = [np.linalg.norm(estimate) for _, estimate in ends]
    assert orders(estimates)[-1] > 3.6, "its estimate falls with h^4"
    assert estimates[-1] > errors[-1]


def test_long_leaps_are_those_of_the_classical_method():
    """Kutta's 3/8 rule."""
    h = 0.2
    k1 = field(Y0)
    k2 = field(Y0 + h / 3 * k1)
    k3 = field(Y0 + h * (k2 - k1 / 3))
    k4 = field(Y0 + h * (k1 - k2 + k3))
    classical = Y0 + h / 8 * (k1 + 3 * k2 + 3 * k3 + k4)
    np.testing.assert_allclose(step(leap(10**6), field, Y0, h)[0], classical, atol=1e-7)


@pytest.mark.parametrize("gradients", [2, 3, 4, 5, 7, 30])
def test_chebyshev_steps_are_of_order_two(gradients):
    lengths = [0.2 / 2**halving for halving in range(4)]
    truths = [exact(field, Y0, h) for h in lengths]
    formula = chebyshev(gradients)
    assert formula.gradients == gradients
    ends = [step(formula, field, Y0, h) for h in lengths]
    errors = [np.linalg.norm(y - truth) for (y, _), truth in zip(ends, truths, strict=True)]
    assert orders(errors)[-1] > 2.7
    assert orders([np.linalg.norm(estimate) for _, estimate in ends])[-1] > 2.7


@pytest.mark.parametrize("gradients", [4, 5, 6, 20, 200])
def test_the_error_estimate_is_the_error_of_slow_components_and_stays_small_in_stiff_ones(gradients):
    def end_and_estimate(z):
        return np.array([part[0] for part in step(chebyshev(gradients), lambda y: -z * y, np.ones(1), 1.0)])

    slow = 0.03
    end, estimate = end_and_estimate(slow)
    assert estimate == pytest.approx(exp(-slow) - end, rel=0.05)
    stiff = np.linspace(1, stable_up_to(gradients), 300)
    estimates = [abs(end_and_estimate(z)[1]) for z in stiff]
    # Of a component that the step moves by 1 at most; h F there is z, up to 26,000 for 200 gradients.
    assert max(estimates) < 25
    assert np.mean(estimates) < 6


@pytest.mark.parametrize("gradients", [2, 3, 5, 20, 200])
def test_chebyshev_steps_are_stable_as_far_as_they_say_and_not_much_further(gradients):
    def growth(z):
        return abs(step(chebyshev(gradients), lambda y: -z * y, np.ones(1), 1.0)[0][0])

    end = stable_up_to(gradients)
    assert max(growth(z) for z in np.linspace(0, end, 500)) <= 1 + 1e-12
    assert growth(1.2 * end) > 1
    assert growth(1e-3) == pytest.approx(exp(-1e-3), abs=1e-9)
    for h_rho in (0.5 * end, end):
        needed = gradients_for(h_rho)
        assert stable_up_to(needed) >= h_rho * (1 - 1e-12)
        assert needed == 2 or stable_up_to(needed - 1) < h_rho
