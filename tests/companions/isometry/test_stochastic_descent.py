"""Stochastic gradient descent: its steps, and that its table does not depend on how it is run."""

import numpy as np
import pandas as pd
import pytest

from starnmf.companions.isometry import starts, stochastic_descent
from starnmf.companions.isometry.counterexample import COUNTEREXAMPLE
from starnmf.companions.isometry.recovery import Recovery, gradient, hessian, rip_constant
from starnmf.companions.isometry.semidefinite import across_rotations
from starnmf.companions.isometry.stochastic_descent import UpdateRule, descend, errors, measure_failures


@pytest.fixture
def recovery():
    random = np.random.default_rng(0)
    measurements = random.standard_normal((5, 3, 3))
    return Recovery((measurements + measurements.transpose(0, 2, 1)) / 4, random.standard_normal((3, 2)))


@pytest.mark.parametrize("kind", ["stochastic", "mean"])
def test_steps_are_those_of_a_plain_loop(recovery, kind):
    """With gradients by central differences of the loss of the measurements that a step takes."""
    rule, steps = UpdateRule(kind, 0.8, 1e-2), 12
    start = np.random.default_rng(1).standard_normal((3, 3, 2))
    drawn = np.random.default_rng(2).integers(5, size=(stochastic_descent.BLOCK, steps), dtype=np.uint8)
    halfway, end = descend(recovery, start, rule, (steps, steps), np.random.default_rng(2))
    np.testing.assert_array_equal(halfway, end)
    directions = np.eye(6).reshape(6, 3, 2)
    for s in range(3):
        U, velocity = start[s].copy(), np.zeros((3, 2))
        for t in range(steps):
            chosen = [drawn[s, t]] if kind == "stochastic" else range(5)
            part = Recovery(recovery.measurements[list(chosen)], recovery.Z)
            slope = [(part.loss(U + 1e-5 * d) - part.loss(U - 1e-5 * d)) / 2e-5 for d in directions]
            velocity = 0.8 * velocity - 1e-2 * np.reshape(slope, (3, 2)) / len(chosen)
            U = U + velocity
        np.testing.assert_allclose(end[s], U, rtol=1e-6, atol=1e-8)


def test_errors_of_what_is_no_number_are_infinite():
    U = np.array([[[1.0], [0.0]], [[-1.0], [0.0]], [[np.nan], [0.0]], [[1e200], [0.0]], [[0.0], [0.5**0.5]]])
    np.testing.assert_allclose(errors(COUNTEREXAMPLE, U), [0, 0, np.inf, np.inf, 1.25**0.5])


def test_same_table_on_one_thread_and_two_and_more_starts_keep_the_earlier(monkeypatch):
    monkeypatch.setattr(stochastic_descent, "BLOCK", 40)
    monkeypatch.setattr(stochastic_descent, "DRAWN", 60)
    monkeypatch.setattr(stochastic_descent, "STEPS", (100, 200))
    one, two = (measure_failures(100, 3, threads) for threads in (1, 2))
    pd.testing.assert_frame_equal(one, two)
    fewer = measure_failures(70, 3, 1)
    assert (fewer["failures"] <= one["failures"]).all()
    assert (fewer["failures"] >= one["failures"] - 30).all()


def test_failure_rate_is_that_of_a_plain_simulation(monkeypatch):
    monkeypatch.setattr(stochastic_descent, "STEPS", (1000,))
    table = measure_failures(2000, 0, 2).set_index(["gradient", "momentum", "learning_rate", "threshold"])
    row = table.loc[("stochastic", 0.9, 1e-3, 0.1)]
    random = np.random.default_rng(8)
    A, b = COUNTEREXAMPLE.measurements, COUNTEREXAMPLE.values
    u = random.standard_normal((2000, 2))
    velocity = np.zeros_like(u)
    for _ in range(1000):
        k = random.integers(3, size=len(u))
        product = np.einsum("tij,tj->ti", A[k], u)
        residual = (u * product).sum(1) - b[k]
        velocity = 0.9 * velocity - 1e-3 * 4 * residual[:, np.newaxis] * product
        u = u + velocity
    share = float((errors(COUNTEREXAMPLE, u[:, :, np.newaxis]) > 0.1).mean())
    assert abs(row["share"] - share) < 4.5 * (2 * 0.12 * 0.88 / 2000) ** 0.5
    assert row["low"] < row["share"] < row["high"]


@pytest.mark.parametrize("one", [starts.oblique(), starts.orthogonal()], ids=lambda one: one.name)
def test_engineered_points_are_strict_local_minima(one):
    kernel, Z = one.recovery.kernel, one.recovery.Z
    assert one.X.shape[0] == Z.shape[0] == starts.SIZE
    np.testing.assert_allclose(gradient(kernel, one.X, Z), 0, atol=1e-6)
    across = across_rotations(one.X)
    assert np.linalg.eigvalsh(across.T @ hessian(kernel, one.X, Z) @ across)[0] > 0.1
    assert rip_constant(kernel) == pytest.approx({"oblique": 0.9811, "orthogonal": 0.55}[one.name], abs=1e-4)
    assert one.recovery.loss(one.X) > 0.1


def test_table_of_starts_counts_its_errors(monkeypatch):
    monkeypatch.setattr(starts, "STEPS", 50)
    one, two = (starts.measure_starts(300, 0, threads) for threads in (1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert (one["trials"] == 3).all()
    assert (one[["minimum", "low", "median", "high", "maximum"]].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    at_minimum = one[(one["gamma"] == 0) & (one["gradient"] == "mean")]
    np.testing.assert_allclose(at_minimum["median"], [15**0.5, 1.25**0.5], rtol=1e-3)
