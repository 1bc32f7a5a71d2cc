import numpy as np
import pytest

from starnmf.curvature import all_pairs
from starnmf.curvature.all_pairs import quartics_of_pairs
from starnmf.curvature.quartic import Quartic
from starnmf.curvature.segments import quartics_of_segments
from starnmf.matrix import Dense, Description, observed_from_entries

DESCRIPTION = Description(dataset="made-up", rank=3, source="own", raw_sha256={})
K, Q, N, M = 7, 5, 23, 31


def stack(seed, count, rank, dtype):
    random = np.random.default_rng(seed)
    U, V = np.abs(random.normal(size=(count, N, rank))), np.abs(random.normal(size=(count, rank, M)))
    return U.astype(dtype), V.astype(dtype)


def dense(seed=0):
    return Dense(np.random.default_rng(seed).random((N, M), dtype=np.float32) * 4, DESCRIPTION)


def observed(share, seed=0):
    X = dense(seed).X
    seen = np.random.default_rng(seed + 1).random((N, M)) < share
    if share < 1:
        seen[[0, 4, N - 1]], seen[:, [2, M - 1]] = False, False
    row, column = np.nonzero(seen)
    return observed_from_entries(row, column, X[row, column], (N, M), DESCRIPTION)


def brute_force(matrix, optima, points):
    """W0, W1, W2 as whole matrices in float64, one line at a time, entries that are not observed cut out."""
    if isinstance(matrix, Dense):
        row, column = (index.ravel() for index in np.indices(matrix.shape))
    else:
        row, column = matrix.row_of_entry, matrix.indices
    coefficients = np.empty((5, len(optima[0]), len(points[0])))
    for o, (U_o, V_o) in enumerate(zip(*(factor.astype(np.float64) for factor in optima), strict=True)):
        for p, (U_p, V_p) in enumerate(zip(*(factor.astype(np.float64) for factor in points), strict=True)):
            W0 = (U_p @ V_p)[row, column] - matrix.values
            W1 = ((U_o - U_p) @ V_p + U_p @ (V_o - V_p))[row, column]
            W2 = ((U_o - U_p) @ (V_o - V_p))[row, column]
            coefficients[:, o, p] = [W0 @ W0 / 2, W0 @ W1, W1 @ W1 / 2 + W0 @ W2, W1 @ W2, W2 @ W2 / 2]
    return Quartic(*(coefficients / matrix.values.size))


def assert_same(found, expected, rel=1e-11):
    for name in ("c0", "c1", "c2", "c3", "c4"):
        value = getattr(expected, name)
        np.testing.assert_allclose(getattr(found, name), value, rtol=0, atol=rel * np.abs(value).mean(), err_msg=name)


@pytest.mark.parametrize("rank", [1, 3])
@pytest.mark.parametrize("matrix", [dense(), observed(0.3), observed(1)], ids=["dense", "sparse", "all-observed"])
def test_all_pairs_agree_with_whole_residuals_line_by_line(matrix, rank):
    optima, points = stack(1, K, rank, np.float32), stack(2, Q, rank, np.float64)
    found, expected = quartics_of_pairs(matrix, optima, points, threads=1), brute_force(matrix, optima, points)
    assert found.c0.shape == (K, Q)
    assert_same(found, expected)
    alpha, expected_alpha = found.curvature()[0], expected.curvature()[0]
    np.testing.assert_allclose(alpha, expected_alpha, rtol=0, atol=1e-9 * np.abs(expected_alpha).mean())
    np.testing.assert_allclose(found.chord_violation(), expected.chord_violation(), rtol=0, atol=1e-9)


def test_float64_optima_are_not_rounded():
    optima, points = stack(1, K, 3, np.float64), stack(2, Q, 3, np.float64)
    for matrix in (dense(), observed(0.3)):
        assert_same(quartics_of_pairs(matrix, optima, points, threads=1), brute_force(matrix, optima, points))


def test_observing_every_entry_is_the_whole_matrix():
    optima, points = stack(1, K, 3, np.float32), stack(2, Q, 3, np.float64)
    assert_same(
        quartics_of_pairs(observed(1), optima, points, threads=1),
        quartics_of_pairs(dense(), optima, points, threads=1),
    )


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(all_pairs, "DENSE_OPTIMA", 2)
    monkeypatch.setattr(all_pairs, "OBSERVED_ROWS", 4)
    monkeypatch.setattr(all_pairs, "OBSERVED_ELEMENTS", 200)


@pytest.mark.parametrize("matrix", [dense(), observed(0.3)], ids=["dense", "observed"])
def test_blocks_smaller_than_the_problem_change_nothing(matrix, monkeypatch, request):
    optima, points = stack(1, K, 3, np.float32), stack(2, Q, 3, np.float64)
    whole = quartics_of_pairs(matrix, optima, points, threads=1)
    request.getfixturevalue("small_blocks")
    assert_same(quartics_of_pairs(matrix, optima, points, threads=1), whole, rel=1e-12)
    monkeypatch.setattr(all_pairs, "DENSE_ELEMENTS", 1)
    assert_same(quartics_of_pairs(matrix, optima, points, threads=1), whole, rel=1e-12)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("matrix", [dense(), observed(0.3)], ids=["dense", "observed"])
def test_any_number_of_threads_gives_the_same_bits(matrix):
    optima, points = stack(1, K, 3, np.float32), stack(2, Q, 3, np.float64)
    one, two, five = (quartics_of_pairs(matrix, optima, points, threads) for threads in (1, 2, 5))
    for name in ("c0", "c1", "c2", "c3", "c4"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
        np.testing.assert_array_equal(getattr(one, name), getattr(five, name))


@pytest.mark.parametrize("matrix", [dense(), observed(0.3)], ids=["dense", "observed"])
def test_one_segment_at_a_time_agrees_with_whole_residuals(matrix):
    optima, points = stack(1, K, 3, np.float32), stack(2, Q, 3, np.float64)
    lines = [((points[0][p], points[1][p]), (optima[0][o], optima[1][o])) for o in range(K) for p in range(Q)]
    expected = brute_force(matrix, optima, points)
    found = quartics_of_segments(matrix, lines, threads=2)
    assert_same(found, Quartic(*(getattr(expected, f"c{power}").ravel() for power in range(5))))


@pytest.mark.parametrize("matrix", [dense(), observed(0.3)], ids=["dense", "observed"])
def test_short_lines_keep_their_digits(matrix):
    """Ends a millionth apart: curvature relative to the squared length must not drown in rounding."""
    (U, V), (dU, dV) = ((U[0], V[0]) for U, V in (stack(1, 1, 3, np.float64), stack(2, 1, 3, np.float64)))
    step = 2.0**-20
    unit, short = (
        quartics_of_segments(matrix, [((U, V), (U + size * dU, V + size * dV))], threads=1) for size in (1.0, step)
    )
    # loss_short(l) = loss_unit(step l), coefficient by coefficient.
    for power in range(5):
        expected = getattr(unit, f"c{power}") * step**power
        # Only the ends are rounded, to 2^-53 of their size, which is 2^-33 of the distance between them.
        np.testing.assert_allclose(getattr(short, f"c{power}"), expected, rtol=1e-8)
