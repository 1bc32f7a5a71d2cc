import numpy as np
import pytest

from starnmf.matrix import Dense, Description, observed_from_entries
from starnmf.optima.barriers import balanced, measure_barriers
from starnmf.optima.matching import match_restarts

N, M, R, K = 13, 17, 3, 5
DESCRIPTION = Description(dataset="made-up", rank=R, source="own", raw_sha256={})
GRID = np.linspace(0, 1, 10_001)


def dense(shape=(N, M)):
    return Dense(np.random.default_rng(0).random(shape, dtype=np.float32) * 4, DESCRIPTION)


def observed():
    X = dense().X
    row, column = np.nonzero(np.random.default_rng(1).random((N, M)) < 0.4)
    return observed_from_entries(row, column, X[row, column], (N, M), DESCRIPTION)


MATRICES = pytest.mark.parametrize("matrix", [dense(), dense((M, N)), observed()], ids=["wide", "tall", "observed"])


def restarts(shape, dtype=np.float32, seed=2):
    random = np.random.default_rng(seed)
    # Sparse and uneven, so that some segments rise above their ends and others do not.
    U, V = random.gamma(0.3, size=(K, shape[0], R)), random.gamma(0.3, size=(K, R, shape[1]))
    return (U * random.gamma(1.0, size=(K, 1, 1))).astype(dtype), V.astype(dtype)


def loss_on_grid(matrix, start, end):
    """The loss at every place of the grid, from whole residuals."""
    if isinstance(matrix, Dense):
        row, column = (index.ravel() for index in np.indices(matrix.shape))
    else:
        row, column = matrix.row_of_entry, matrix.indices
    (U, V), (U_end, V_end) = start, end
    products = [(a @ b)[row, column] for a in (U, U_end) for b in (V, V_end)]
    at = GRID[:, np.newaxis]
    mixed = (1 - at) ** 2 * products[0] + at * (1 - at) * (products[1] + products[2]) + at**2 * products[3]
    return np.square(mixed - matrix.values).mean(axis=1) / 2


@MATRICES
@pytest.mark.parametrize("matched", [True, False])
def test_barriers_are_the_largest_on_a_fine_grid(matrix, matched):
    U, V = restarts(matrix.shape)
    matching = match_restarts((U, V))
    of_matched, of_unmatched = measure_barriers(matrix, (U, V), matching)
    quartics = of_matched if matched else of_unmatched
    excess, rise = quartics.excess_over_chord(), quartics.rise_above_ends()
    above_chord, above_ends = [], []
    for i, j, order in zip(matching.first, matching.second, matching.order, strict=True):
        order = order if matched else np.arange(R)
        ends = [scaled(U[j][:, order], V[j][order]), scaled(U[i], V[i])]
        loss = loss_on_grid(matrix, *ends)
        above_chord.append((loss - (1 - GRID) * loss[0] - GRID * loss[-1]).max())
        above_ends.append((loss - max(loss[0], loss[-1])).max())
    # The grid misses the top by at most max|loss''| h^2 / 8.
    missed = (np.abs(quartics.second_derivative(GRID[:, np.newaxis])).max(axis=0) + 1) * GRID[1] ** 2 / 8
    for found, expected in ((excess, np.array(above_chord)), (rise, np.array(above_ends))):
        assert (found >= expected - 1e-10).all()
        assert (found <= expected + missed + 1e-10).all()
    assert (excess > 0).any()


def scaled(U, V):
    """|u_a| = |v_a| one rank at a time."""
    U, V = U.astype(np.float64), V.astype(np.float64)
    for a in range(R):
        factor = np.sqrt(np.linalg.norm(V[a]) / np.linalg.norm(U[:, a]))
        U[:, a], V[a] = U[:, a] * factor, V[a] / factor
    return U, V


@MATRICES
def test_the_loss_at_every_place_is_that_of_whole_residuals(matrix):
    U, V = restarts(matrix.shape, np.float64)
    matching = match_restarts((U, V))
    matched, _ = measure_barriers(matrix, (U, V), matching)
    for number, (i, j) in enumerate(zip(matching.first, matching.second, strict=True)):
        order = matching.order[number]
        expected = loss_on_grid(matrix, scaled(U[j][:, order], V[j][order]), scaled(U[i], V[i]))
        found = sum(getattr(matched, f"c{power}")[number] * GRID**power for power in range(5))
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def with_product(matrix, U, V):
    """A matrix of the same shape and entries, of a product and 1 % of it."""
    X = (U @ V * 1.01).astype(np.float32)
    if isinstance(matrix, Dense):
        return Dense(X, DESCRIPTION)
    row, column = matrix.row_of_entry, matrix.indices
    return observed_from_entries(row, column, X[row, column], matrix.shape, DESCRIPTION)


@MATRICES
def test_permutations_and_scales_of_one_solution_have_no_barrier_after_matching(matrix):
    U, V = (factor[0].astype(np.float64) for factor in restarts(matrix.shape))
    matrix = with_product(matrix, U, V)
    random = np.random.default_rng(5)
    orders, scales = [random.permutation(R) for _ in range(4)], np.exp(random.normal(size=(4, R)))
    same = (
        np.stack([U[:, order] * scale for order, scale in zip(orders, scales, strict=True)]),
        np.stack([V[order] / scale[:, np.newaxis] for order, scale in zip(orders, scales, strict=True)]),
    )
    matching = match_restarts(same)
    matched, unmatched = measure_barriers(matrix, same, matching)
    size = np.square(matrix.values, dtype=np.float64).mean() / 2
    for quartics in (matched, unmatched):
        np.testing.assert_allclose([quartics.loss(0), quartics.loss(1)], 1e-4 / 1.01**2 * size, rtol=1e-4)
    assert (matched.rise_above_ends() < 1e-14 * size).all()
    assert (matched.excess_over_chord() < 1e-14 * size).all()
    moved = (matching.order != np.arange(R)).any(axis=1)
    assert moved.any()
    assert (unmatched.rise_above_ends()[moved] > 0.01 * size).all()


def test_balanced_factors_have_the_same_product():
    U, V = restarts((N, M), np.float64)
    U_balanced, V_balanced = balanced((U, V))
    np.testing.assert_allclose(U_balanced @ V_balanced, U @ V, rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(U_balanced, axis=1), np.linalg.norm(V_balanced, axis=2), rtol=1e-12)


@MATRICES
def test_any_number_of_threads_gives_the_same_bits(matrix):
    pairs = restarts(matrix.shape)
    matching = match_restarts(pairs)
    (one, _), (three, _) = (measure_barriers(matrix, pairs, matching, threads) for threads in (1, 3))
    for name, values in vars(one).items():
        np.testing.assert_array_equal(values, getattr(three, name))


def test_a_single_restart_has_no_segments():
    U, V = restarts((N, M))
    one = U[:1], V[:1]
    for matrix in (dense(), observed()):
        assert measure_barriers(matrix, one, match_restarts(one))[0].rise_above_ends().shape == (0,)
