"""Features, weights, starts and noise: what the assumptions ask of them."""

import numpy as np
import pytest

from starnmf.companions.purification.algorithm import Examples, Purification, balance
from starnmf.companions.purification.model import (
    adversarial_noise,
    bernoulli,
    graded,
    misleading_signs,
    off_diagonal,
    symmetrized_norm,
    unbiased_noise,
)
from starnmf.companions.purification.pseudo_inverse import least_infinity_norm
from tests.companions.purification.drawn_features import KINDS, features


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.mark.parametrize("kind", KINDS)
def test_features_are_independent_and_of_norm_1(random, kind):
    A = features(kind, 12, 7, random)
    assert np.linalg.matrix_rank(A) == 7
    np.testing.assert_allclose(np.abs(A).sum(axis=0), 1)


def test_moments_of_weights_are_those_of_all_their_values(random):
    weights = graded(4, 0.3)
    X, chances = weights.states
    assert chances.sum() == pytest.approx(1)
    np.testing.assert_allclose(X**2 @ chances, weights.second_moments)
    cubes = (X - X @ chances[:, None]) * X**3 @ chances
    np.testing.assert_allclose(weights.covariance(weights.values**3), cubes)
    sample = weights.sample(100_000, random)
    np.testing.assert_allclose((sample**2).mean(axis=1), weights.second_moments, atol=5e-3)
    assert set(np.unique(sample)) == {0.0, 0.5, 1.0}


def test_each_weight_has_a_law_of_its_own(random):
    sample = bernoulli(2, [0.1, 0.6]).sample(100_000, random)
    np.testing.assert_allclose(sample.mean(axis=1), [0.1, 0.6], atol=5e-3)


@pytest.mark.parametrize("kind", ["signed", "positive", "negative", "rotating"])
def test_starts_have_their_size_and_their_signs(random, kind):
    E = off_diagonal(kind, 6, 0.3, random)
    assert symmetrized_norm(E) == pytest.approx(0.3)
    assert not np.diag(E).any()
    others = E[~np.eye(6, dtype=bool)]
    assert {"signed": (others > 0).any() and (others < 0).any(), "positive": (others > 0).all(),
            "negative": (others < 0).all(), "rotating": np.array_equal(E, -E.T)}[kind]  # fmt: skip


def test_adversarial_noise_keeps_its_level_and_holds_most_of_the_next_feature(random):
    truth = features("dense", 12, 4, random)
    X = np.eye(4)
    noise = adversarial_noise(0.2, misleading_signs(truth), np.column_stack([X, np.zeros(4)]))
    np.testing.assert_array_equal(np.abs(noise), np.repeat([[0.2, 0.2, 0.2, 0.2, 0.0]], 12, axis=0))
    inverse = np.linalg.pinv(truth)
    for i in range(4):
        following = inverse[(i + 1) % 4]
        others = 0.2 * np.sign(random.standard_normal((1000, 12)))
        assert following @ noise[:, i] == pytest.approx(0.2 * np.abs(following).sum())
        assert (others @ following <= following @ noise[:, i] + 1e-12).all()


def test_unbiased_noise_has_its_level_and_no_mean(random):
    noise = unbiased_noise(0.3, 5, 40_000, random)
    assert set(np.unique(noise)) == {-0.3, 0.3}
    np.testing.assert_allclose(noise.mean(axis=1), 0, atol=0.01)


def test_balancing_brings_second_moments_within_a_factor_of_2(random):
    weights = bernoulli(7, 0.25 * 100.0 ** -np.linspace(0, 1, 7))
    truth = features("dense", 15, 7, random)
    A = truth @ (np.eye(7) + off_diagonal("positive", 7, 0.1, random))
    X, chances = weights.states
    D = balance(least_infinity_norm(A).matrix, Examples(truth @ X, chances), Purification(0.25, 0.1, 1.0))
    moments = weights.second_moments / D**2
    assert moments.max() / moments.min() < 2 < 100
    assert D.max() == 1
