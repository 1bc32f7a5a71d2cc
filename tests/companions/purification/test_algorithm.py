"""Algorithm 1: its update against a sum over pairs, its dynamics against closed forms."""

from itertools import repeat

import numpy as np
import pytest
from scipy.linalg import polar

from starnmf.companions.purification import potential
from starnmf.companions.purification.algorithm import Examples, Purification, decode, pair_expectation, purify
from starnmf.companions.purification.expectation import enumerated, follow, scaling_for, thresholded
from starnmf.companions.purification.model import bernoulli, graded, locate, normalized_error, off_diagonal
from starnmf.companions.purification.potential import coupling_weights
from tests.companions.purification.drawn_features import features


@pytest.fixture
def random():
    return np.random.default_rng(0)


def test_the_update_is_a_sum_over_all_pairs(random):
    Y, X, weights = random.random((3, 7)), random.random((2, 7)), random.dirichlet(np.ones(7))
    pairs = sum(
        weights[i] * weights[j] * np.outer(Y[:, i] - Y[:, j], X[:, i] - X[:, j]) for i in range(7) for j in range(7)
    )
    np.testing.assert_allclose(pair_expectation(Y, X, weights), pairs, atol=1e-14)


def test_decoding_cuts_at_the_threshold():
    values = np.array([-1.0, 0.2, 0.25, 0.75])
    np.testing.assert_array_equal(decode(values, Purification(0.25, 0.1, 1.0)), [0, 0, 0, 0.5])
    np.testing.assert_array_equal(decode(values, Purification(0.25, 0.1, 1.0, "linear")), values)


@pytest.mark.parametrize("pseudo_inverse", ["least-infinity", "moore-penrose"])
@pytest.mark.parametrize("kind", ["sparse", "signed"])
def test_without_noise_only_sigma_and_e_matter(random, kind, pseudo_inverse):
    """The whole algorithm on features of some length moves as its coordinates do by themselves."""
    n, truth, weights = 5, features(kind, 9, 5, random), graded(5, 0.3)
    E = off_diagonal("signed", n, 0.4, random)
    parameters = Purification(0.2, 0.3, scaling_for(weights, 0.2), pseudo_inverse=pseudo_inverse)
    X, chances = weights.states
    examples = Examples(truth @ X, chances)
    by_data = [*purify(truth @ (np.eye(n) + E), repeat(examples, 25), parameters)]
    by_coordinates = [*follow(np.eye(n) + E, weights, parameters, 25)]
    for A, within in zip(by_data, by_coordinates, strict=True):
        np.testing.assert_allclose(A, truth @ within, atol=1e-11)


def test_samples_come_to_the_expectation(random):
    weights, within = graded(4, 0.5), np.eye(4) + off_diagonal("signed", 4, 0.5, random)
    parameters = Purification(0.1, 0.1, 1.0)
    X = weights.sample(400_000, random)
    sampled = pair_expectation(X, decode(np.linalg.inv(within) @ X, parameters), np.full(400_000, 1 / 400_000))
    np.testing.assert_allclose(sampled, enumerated(within, weights, parameters), atol=5e-3)


@pytest.mark.parametrize("start", ["signed", "positive", "negative", "rotating"])
def test_the_closed_form_is_the_sum_over_all_weights(random, start):
    within = np.diag([1.0, 1.1, 0.9, 1.0, 1.05, 0.95]) + off_diagonal(start, 6, 0.1, random)
    by_sum = enumerated(within, bernoulli(6, 0.2), Purification(0.25, 0.1, 1.0))
    np.testing.assert_allclose(thresholded(within, 0.2, 0.25), by_sum, atol=1e-14)


def test_the_closed_form_refuses_errors_beyond_the_threshold(random):
    within = np.eye(6) + off_diagonal("signed", 6, 0.8, random)
    with pytest.raises(ValueError, match=r"pass the threshold 0\.25"):
        thresholded(within, 0.2, 0.25)


def test_without_relu_it_is_newtons_iteration_for_the_polar_factor(random):
    weights = bernoulli(6, 0.3)
    start = np.eye(6) + off_diagonal("signed", 6, 0.8, random)
    parameters = Purification(0.0, 0.3, scaling_for(weights, 0.0), "linear")
    *_, last = follow(start, weights, parameters, 200)
    np.testing.assert_allclose(last, polar(start)[0], atol=1e-12)


def test_with_relu_it_finds_the_truth_at_the_rate_of_the_closed_form(random):
    """E of opposite signs across the diagonal falls by 1 - eta (1 - q / (1 - alpha)) once Sigma is at rest."""
    q, alpha, eta = 0.1, 0.25, 0.2
    weights = bernoulli(8, q)
    E = off_diagonal("rotating", 8, 1e-3, random)
    parameters = Purification(alpha, eta, scaling_for(weights, alpha))
    sizes = [np.abs(locate(within, np.eye(8)).E).max() for within in follow(np.eye(8) + E, weights, parameters, 40)]
    np.testing.assert_allclose(np.diff(np.log(sizes)), np.log(1 - eta * (1 - q / (1 - alpha))), rtol=2e-3)


def test_the_scaling_keeps_the_least_varying_feature(random):
    weights = bernoulli(3, [0.4, 0.2, 0.05])
    parameters = Purification(0.3, 0.5, scaling_for(weights, 0.3))
    *_, last = follow(np.eye(3), weights, parameters, 300)
    assert last[2, 2] == pytest.approx(1)
    assert last[0, 0] > last[1, 1] > 1


def test_positions_put_features_together_again(random):
    truth = features("dense", 9, 4, random)
    A = random.standard_normal((9, 4))
    at = locate(A, truth)
    np.testing.assert_allclose(truth @ (np.diag(at.diagonal) + at.E) + at.N, A)
    np.testing.assert_allclose(truth.T @ at.N, 0, atol=1e-14)
    assert not np.diag(at.E).any()
    assert normalized_error(3 * truth, truth) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(("beta", "couples"), [(7.6, False), (7.61, True), (7.99, True), (8.01, False)])
def test_the_recurrences_couple_between_their_weights(beta, couples):
    """Against the printed numbers, at the two extremes of all a, b >= 0."""
    lowest, highest = coupling_weights()
    assert (lowest <= beta <= highest) == couples
    eta = 0.01
    worst_a = 1 - 3 / 25 * eta + beta * eta / 100
    worst_b = 7 * eta / beta + 1 - 24 / 25 * eta
    assert (max(worst_a, worst_b) <= 1 - eta / 25) == couples


def test_recurrences_are_those_of_section_5(random):
    """On made-up parts that fall exactly as the text allows, nothing exceeds it and the potential contracts."""
    a, b, eta = [0.1], [0.05], potential.STEP_SIZE
    for _ in range(5):
        a.append((1 - 3 / 25 * eta) * a[-1] + 7 * eta * b[-1])
        b.append((1 - 24 / 25 * eta) * b[-1] + eta / 100 * a[-2])
    found = potential.recurrences(np.array(a), np.array(b)).max()
    assert found["excess_positive"] == pytest.approx(0, abs=1e-12)
    assert found["excess_negative"] == pytest.approx(0, abs=1e-12)
    assert found["contraction"] <= 1 - eta / 25
