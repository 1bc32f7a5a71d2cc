"""Silhouettes and cophenetic correlations beside plain computations, and in worlds where they are known."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from starnmf.optima.matching import match_restarts
from starnmf.rank_choice.stability import cophenetic_correlation, orders_of, silhouette, with_best

K, N, M, R = 6, 30, 40, 3


def noisy_copies(noise, seed=0):
    """Restarts near one solution, each with its columns in another order."""
    random = np.random.default_rng(seed)
    U, V = random.gamma(0.5, size=(N, R)), random.gamma(0.5, size=(R, M))
    orders = np.array([random.permutation(R) for _ in range(K)])
    copies = [
        (U[:, order] + noise * random.random((N, R)), V[order] + noise * random.random((R, M))) for order in orders
    ]
    return tuple(np.stack(factors) for factors in zip(*copies, strict=True)), orders


@pytest.mark.parametrize("best", [0, 2, K - 1])
def test_columns_have_the_order_of_the_best_restart(best):
    restarts, orders = noisy_copies(noise=0.01)
    found = orders_of(match_restarts(restarts), best, K)
    for restart in range(K):
        np.testing.assert_array_equal(orders[restart][found[restart]], orders[best])


@pytest.mark.parametrize("best", [0, 2, K - 1])
def test_distances_from_the_best_are_those_of_its_pairs(best):
    restarts, _ = noisy_copies(noise=0.3)
    matching = match_restarts(restarts)
    found = with_best(matching, best, K, matching.distance.max(axis=1))
    for restart in range(K):
        pair = tuple(factor[[min(best, restart), max(best, restart)]] for factor in restarts)
        expected = match_restarts(pair).distance.max() if restart != best else 0
        assert found[restart] == pytest.approx(expected, abs=1e-12)


def plain_silhouette(points, labels):
    """Rousseeuw's (1987), one point at a time."""
    distances = cdist(points, points, "cosine")
    values = []
    for i, label in enumerate(labels):
        of_cluster = {other: distances[i, labels == other] for other in set(labels)}
        inside = of_cluster[label].sum() / (len(of_cluster[label]) - 1)
        outside = min(of_cluster[other].mean() for other in of_cluster if other != label)
        values.append((outside - inside) / max(inside, outside))
    return np.mean(values)


@pytest.mark.parametrize("noise", [0.01, 0.5, 3.0])
def test_the_silhouette_is_the_smaller_one_of_columns_and_rows(noise):
    (U, V), _ = noisy_copies(noise)
    orders = orders_of(match_restarts((U, V)), 1, K)
    labels = np.argsort(orders, axis=1).ravel()
    columns = np.concatenate([factor.T for factor in U]), np.concatenate(list(V))
    assert silhouette((U, V), orders) == pytest.approx(min(plain_silhouette(points, labels) for points in columns))


def test_the_silhouette_is_high_for_one_solution_and_low_for_many():
    values = []
    for noise in (0.01, 3.0):
        restarts, _ = noisy_copies(noise)
        values.append(silhouette(restarts, orders_of(match_restarts(restarts), 0, K)))
    assert values[0] > 0.95
    assert values[1] < 0.7
    assert np.isnan(silhouette((restarts[0][:, :, :1], restarts[1][:, :1]), np.zeros((K, 1), dtype=np.int64)))


def plain_cophenetic(U, V):
    """Consensus and average linkage as Brunet et al. (2004) describe them, by loops."""
    k, m = len(U), V.shape[2]
    together = np.zeros((m, m))
    for u, v in zip(U, V, strict=True):
        cluster = [int(np.argmax([np.linalg.norm(u[:, a]) * v[a, j] for a in range(len(v))])) for j in range(m)]
        together += np.array([[one == other for other in cluster] for one in cluster])
    distances = 1 - together / k
    clusters, tree = [[j] for j in range(m)], np.zeros((m, m))
    while len(clusters) > 1:
        pairs = [(i, j) for i in range(len(clusters)) for j in range(i)]
        i, j = min(pairs, key=lambda pair: distances[np.ix_(clusters[pair[0]], clusters[pair[1]])].mean())
        height = distances[np.ix_(clusters[i], clusters[j])].mean()
        for a in clusters[i]:
            tree[a, clusters[j]] = tree[clusters[j], a] = height
        clusters[j] += clusters.pop(i)
    upper = np.triu_indices(m, 1)
    return np.corrcoef(distances[upper], tree[upper])[0, 1]


def test_the_cophenetic_correlation_is_that_of_a_plain_tree():
    random = np.random.default_rng(3)
    U, V = random.gamma(0.5, size=(7, N, R)), random.gamma(0.5, size=(7, R, 9))
    expected = plain_cophenetic(U, V)
    assert cophenetic_correlation((U, V), random) == pytest.approx(expected)
    scales = np.exp(random.normal(size=(7, R)))  # the scale between the factors is no part of a solution
    scaled = U * scales[:, np.newaxis], V / scales[:, :, np.newaxis]
    assert cophenetic_correlation(scaled, random) == pytest.approx(expected)


def test_restarts_that_group_columns_alike_correlate_fully_and_others_less():
    random = np.random.default_rng(0)
    alike, _ = noisy_copies(noise=0.001)
    assert cophenetic_correlation(alike, random) == pytest.approx(1, abs=1e-3)
    unlike = random.random((K, N, R)), random.random((K, R, M))
    assert cophenetic_correlation(unlike, random) < 0.9
    one = np.ones((K, N, 1)), np.ones((K, 1, M))
    assert np.isnan(cophenetic_correlation(one, random))


def test_of_a_wide_matrix_a_sample_of_columns_is_compared():
    random = np.random.default_rng(0)
    V = np.repeat(random.random((4, R, 30)), 50, axis=2)  # 1,500 columns, of which 50 are alike each time
    found = cophenetic_correlation((np.ones((4, N, R)), V), random)
    assert found == pytest.approx(cophenetic_correlation((np.ones((4, N, R)), V[:, :, ::50]), random), abs=0.1)


def test_that_sample_is_drawn_from_all_columns():
    """The first 1,000 columns are alike in every restart, the last 1,000 are not."""
    random = np.random.default_rng(0)
    V = np.concatenate([np.ones((4, R, 1000)) * [[1], [2], [3]], random.random((4, R, 1000))], axis=2)
    assert np.isnan(cophenetic_correlation((np.ones((4, N, R)), V[:, :, :1000]), random))
    assert cophenetic_correlation((np.ones((4, N, R)), V), random) > 0
