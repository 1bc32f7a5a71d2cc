from itertools import permutations

import numpy as np
import pytest

from starnmf.optima.matching import match_restarts

N, M, R = 9, 11, 4


def restarts(count, seed=0, dtype=np.float64):
    random = np.random.default_rng(seed)
    return random.random((count, N, R)).astype(dtype), random.random((count, R, M)).astype(dtype)


def cosine_distance(a, b):
    return 1 - a @ b / np.sqrt((a @ a) * (b @ b))


def brute_force(one, other):
    """The best of all orders, and both distances of every rank in it."""
    (U, V), (U_other, V_other) = one, other
    best = None
    for order in permutations(range(R)):
        U_distance = [cosine_distance(U[:, a], U_other[:, b]) for a, b in enumerate(order)]
        V_distance = [cosine_distance(V[a], V_other[b]) for a, b in enumerate(order)]
        total = sum(U_distance) + sum(V_distance)
        if best is None or total < best[0]:
            best = total, order, U_distance, V_distance
    return best


def test_the_best_of_all_permutations_is_found():
    U, V = restarts(5)
    found = match_restarts((U, V))
    pairs = [(i, j) for i in range(5) for j in range(i + 1, 5)]
    assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == pairs
    for number, (i, j) in enumerate(pairs):
        _, order, U_distance, V_distance = brute_force((U[i], V[i]), (U[j], V[j]))
        assert found.order[number].tolist() == list(order)
        np.testing.assert_allclose(found.U_distance[number], U_distance, atol=1e-14)
        np.testing.assert_allclose(found.V_distance[number], V_distance, atol=1e-14)
        same = [max(cosine_distance(U[i, :, a], U[j, :, a]), cosine_distance(V[i, a], V[j, a])) for a in range(R)]
        np.testing.assert_allclose(found.unmatched[number], same, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_permutations_and_scales_of_one_solution_are_at_distance_0(dtype):
    (U,), (V,) = restarts(1)
    random = np.random.default_rng(1)
    orders = [random.permutation(R) for _ in range(6)]
    scales = np.exp(3 * random.normal(size=(6, R)))
    stacked = np.stack([U[:, order] * scale for order, scale in zip(orders, scales, strict=True)])
    others = np.stack([V[order] / scale[:, np.newaxis] for order, scale in zip(orders, scales, strict=True)])
    found = match_restarts((stacked.astype(dtype), others.astype(dtype)))
    assert found.distance.max() < (1e-6 if dtype is np.float32 else 1e-15)
    assert (found.equivalent(1e-2) == 1).all()
    for i, j, order in zip(found.first, found.second, found.order, strict=True):
        assert (orders[j][order] == orders[i]).all()


def test_a_rank_counts_when_both_of_its_factors_are_close():
    U, V = np.eye(N, R)[np.newaxis].repeat(2, 0), np.eye(R, M)[np.newaxis].repeat(2, 0)
    U[1, R, 0] = 0.5  # cosine 1 / sqrt(1.25): distance 0.106
    V[1, 1, R] = 0.2  # distance 0.019
    found = match_restarts((U, V))
    assert found.equivalent(0.1).tolist() == [0.75]
    assert found.equivalent(0.01).tolist() == [0.5]
    assert found.U_distance[0, 0] == pytest.approx(1 - 1 / np.sqrt(1.25))
    assert found.V_distance[0, 1] == pytest.approx(1 - 1 / np.sqrt(1.04))


def test_ranks_that_add_nothing_match_each_other_and_nothing_else():
    U, V = restarts(3)
    U[0, :, 1] = 0
    V[1, 2] = 0
    found = match_restarts((U, V))
    assert found.order[0, 1] == 2
    assert found.distance[0, 1] == 0
    assert found.distance[1, 1] == found.U_distance[1, 1] == found.V_distance[1, 1] == 1


def test_a_single_restart_has_no_pairs():
    found = match_restarts(restarts(1))
    assert found.order.shape == found.distance.shape == found.unmatched.shape == (0, R)
    assert found.equivalent(0.1).shape == (0,)


def test_any_number_of_threads_gives_the_same_bits():
    one, three = match_restarts(restarts(6), 1), match_restarts(restarts(6), 3)
    for name, values in vars(one).items():
        np.testing.assert_array_equal(values, getattr(three, name))
