"""Matrix recovery: its derivatives, its restricted isometry, and what the slides' counterexample is."""

import numpy as np
import pytest

from starnmf.companions.isometry.counterexample import (
    COUNTEREXAMPLE,
    INTERPRETATIONS,
    X,
    Z,
    fall_on_circle,
    measure_counterexample,
)
from starnmf.companions.isometry.recovery import Recovery, as_matrices, as_vectors, gradient, hessian, rip_constant


@pytest.fixture
def recovery():
    random = np.random.default_rng(0)
    measurements = random.standard_normal((7, 3, 3))
    return Recovery(measurements + measurements.transpose(0, 2, 1), random.standard_normal((3, 2)))


def test_vectors_keep_the_inner_product_and_come_back():
    left, right = (M + M.T for M in np.random.default_rng(1).standard_normal((2, 4, 4)))
    assert as_vectors(left) @ as_vectors(right) == pytest.approx(np.trace(left @ right))
    np.testing.assert_allclose(as_matrices(as_vectors(left), 4), left)


def test_loss_is_the_squared_distance_of_the_measurements(recovery):
    U = np.random.default_rng(2).standard_normal((3, 2))
    by_trace = sum(np.trace(A @ (U @ U.T - recovery.Z @ recovery.Z.T)) ** 2 for A in recovery.measurements)
    assert recovery.loss(U) == pytest.approx(by_trace)


def test_derivatives_are_those_of_the_loss(recovery):
    """By central differences."""
    U, step = np.random.default_rng(3).standard_normal((3, 2)), 1e-4
    directions = np.eye(6).reshape(6, 3, 2)

    def loss(*along):
        return recovery.loss(U + step * sum(along))

    first = [(loss(d) - loss(-d)) / (2 * step) for d in directions]
    np.testing.assert_allclose(gradient(recovery.kernel, U, recovery.Z).ravel(), first, rtol=1e-6)
    second = [
        [(loss(a, b) - loss(a, -b) - loss(-a, b) + loss(-a, -b)) / (4 * step**2) for b in directions]
        for a in directions
    ]
    np.testing.assert_allclose(hessian(recovery.kernel, U, recovery.Z), second, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("reading", INTERPRETATIONS)
def test_rip_constant_is_that_of_matrices_tried_one_by_one(reading):
    random = np.random.default_rng(4)
    M = random.standard_normal((200_000, 2, 2))
    M = M + M.transpose(0, 2, 1)
    measured = np.square(np.einsum("kij,tij->tk", INTERPRETATIONS[reading].measurements, M)).sum(1) / np.square(M).sum(
        (1, 2)
    )
    low, high = measured.min(), measured.max()
    assert rip_constant(INTERPRETATIONS[reading].kernel) == pytest.approx((high - low) / (high + low), abs=1e-3)


def test_counterexample_is_half_isometric_under_two_readings_of_one_problem():
    one, other = INTERPRETATIONS["sqrt(3/2)"], INTERPRETATIONS["sqrt(3)/2, A1 = diag(1, 1/2)"]
    np.testing.assert_allclose(np.linalg.eigvalsh(one.kernel), [1, 3, 3], rtol=1e-12)
    np.testing.assert_allclose(one.measurements, np.sqrt(2) * other.measurements)
    assert rip_constant(INTERPRETATIONS["sqrt(3)/2"].kernel) == pytest.approx(0.6572, abs=1e-4)


def test_x_is_second_order_critical_and_no_local_minimum():
    """The loss written out by hand: along x + (a, -sqrt(2) a^2) it is 3/2 - 6 a^4 + O(a^6)."""
    np.testing.assert_allclose(gradient(COUNTEREXAMPLE.kernel, X, Z), 0, atol=1e-14)
    np.testing.assert_allclose(hessian(COUNTEREXAMPLE.kernel, X, Z), np.diag([0, 8]), atol=1e-14)
    assert COUNTEREXAMPLE.loss(X) == pytest.approx(3 / 2)
    for a in (0.1, 0.03, 0.01):
        along = COUNTEREXAMPLE.loss(X + np.array([[a], [-np.sqrt(2) * a**2]])) - 3 / 2
        assert along == pytest.approx(-6 * a**4, rel=0.01)
        assert fall_on_circle(COUNTEREXAMPLE, a) <= 0.9 * along


def test_table_of_the_counterexample():
    table = measure_counterexample().set_index(["reading", "quantity"])["value"]
    assert table["sqrt(3/2)", "rip-constant"] == pytest.approx(0.5)
    assert table["sqrt(3)/2", "gradient"] > 1
    # Lengths 0.8944 and 1.0954 apart from their middle.
    assert table["any", "distortion"] == pytest.approx((1.0954 - 0.8944) / (1.0954 + 0.8944), abs=1e-4)
