"""Activations and their constants: against adaptive quadrature, closed forms and differences."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from starnmf.companions.inductive.activations import ACTIVATIONS, ERF, RELU, SMOOTH, constants, measure_constants


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=lambda one: one.name)
def test_constants_are_those_of_adaptive_quadrature(activation):
    def expectation(i, j, function):
        def weighted(z):
            return float(function(np.array(z))) ** i * z**j * norm.pdf(z)

        return sum(quad(weighted, *half, epsabs=1e-13, epsrel=1e-12)[0] for half in ((-12, 0), (0, 12)))

    found = constants(activation)
    for name in ("alpha10", "alpha11", "alpha20", "beta10", "beta11", "beta12", "beta20", "beta22"):
        function = activation.value if name.startswith("alpha") else activation.first
        assert getattr(found, name) == pytest.approx(expectation(int(name[-2]), int(name[-1]), function), abs=1e-11)
    gamma = expectation(1, 1, lambda z: activation.value(z) * activation.first(z))
    assert found.gamma == pytest.approx(gamma, abs=1e-11)


def test_constants_with_closed_forms():
    relu, erf = constants(RELU), constants(ERF)
    assert relu.alpha10 == pytest.approx(1 / np.sqrt(2 * np.pi))
    assert relu.beta11 == pytest.approx(1 / np.sqrt(2 * np.pi))
    for name in ("alpha11", "alpha20", "beta10", "beta12", "beta20", "beta22", "gamma"):
        assert getattr(relu, name) == pytest.approx(1 / 2)
    # E erf'(z) = 2 / sqrt(3 pi), and E erf(z)^2 = (2 / pi) arcsin(2 / 3) by Williams (1997).
    assert erf.beta10 == pytest.approx(2 / np.sqrt(3 * np.pi))
    assert erf.alpha20 == pytest.approx(2 / np.pi * np.arcsin(2 / 3))
    for one in map(constants, ACTIVATIONS.values()):
        # Stein: E phi(z) z = E phi'(z).
        assert one.alpha11 == pytest.approx(one.beta10)


@pytest.mark.parametrize("activation", SMOOTH, ids=lambda one: one.name)
def test_derivatives_are_those_of_the_value(activation):
    z, step = np.linspace(-4, 4, 41), 1e-5
    for function, derivative in ((activation.value, activation.first), (activation.first, activation.second)):
        np.testing.assert_allclose(derivative(z), (function(z + step) - function(z - step)) / (2 * step), atol=1e-9)


def test_table_has_the_printed_values_beside_its_own():
    table = measure_constants().set_index(["activation", "constant"])
    assert table.loc[("sigmoid", "rho"), "value"] == pytest.approx(0.000658, abs=5e-7)
    assert table.loc[("tanh", "rho"), "value"] == pytest.approx(0.0095, abs=5e-5)
    assert table["printed"].notna().sum() == 12
    assert (table["value"] - table["printed"]).abs().gt(1e-3).sum() == 2
