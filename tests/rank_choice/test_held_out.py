"""Held-out errors beside plain computations, on what the fit has not seen."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from starnmf.factorization.other_ranks import Descents
from starnmf.factorization.settings import Settings
from starnmf.matrix import matrix_from
from starnmf.rank_choice.held_out import HELD_OUT_STARTS, measure_held_out, non_negative_least_squares, split_of

random = np.random.default_rng(0)
X = random.gamma(1.0, size=(24, 3)) @ random.gamma(1.0, size=(3, 17)) + 0.05 * random.random((24, 17))
SEEN = random.random(X.shape) < 0.5
WHOLE = matrix_from(X, rank=3, name="made-up")
PART = matrix_from(np.where(SEEN, X, np.nan), rank=3, name="made-up")
LARGER = random.gamma(1.0, size=(60, 3)) @ random.gamma(1.0, size=(3, 50)) + 0.05 * random.random((60, 50))
LARGER = matrix_from(np.where(random.random(LARGER.shape) < 0.5, LARGER, np.nan), rank=3, name="made-up")
DESCENTS = Descents(Settings(gradient_cap=2000))


def test_non_negative_least_squares_are_those_of_another_solver():
    A, B = random.standard_normal((20, 4)), random.standard_normal((20, 6))
    found = non_negative_least_squares(A, B)
    for column, solution in zip(B.T, found.T, strict=True):
        np.testing.assert_allclose(solution, lsq_linear(A, column, bounds=(0, np.inf), tol=1e-12).x, atol=1e-6)
    assert (found == 0).any()


def test_a_block_is_predicted_from_the_rows_and_columns_beside_it():
    split = split_of(WHOLE, 0)
    D = split.fitted.X
    assert D.shape == (12, 9)
    assert split.entries == 12 * 8
    # The rows and columns of D, found by their entries.
    place = {float(value): (i, j) for (i, j), value in np.ndenumerate(WHOLE.X)}
    rows = [place[float(row[0])][0] for row in D]
    columns = [place[float(value)][1] for value in D[0]]
    np.testing.assert_array_equal(WHOLE.X[np.ix_(rows, columns)], D)
    others = [sorted(set(range(side)) - set(kept)) for side, kept in zip(X.shape, (rows, columns), strict=True)]
    U, V = random.random((12, 2)), random.random((2, 9))

    def solved(A, b):
        return lsq_linear(A, b, bounds=(0, np.inf), tol=1e-13).x

    U_A = np.array([solved(V.T, WHOLE.X[i, columns]) for i in others[0]])
    V_A = np.array([solved(U, WHOLE.X[rows, j]) for j in others[1]]).T
    expected = np.square(WHOLE.X[np.ix_(*others)] - U_A @ V_A).mean() / 2
    assert split.error(U, V) == pytest.approx(expected, rel=1e-5)


def test_a_tenth_of_observed_entries_is_held_out_and_no_row_or_column_is_left_empty():
    values = dict(zip(zip(PART.row_of_entry, PART.indices, strict=True), PART.values, strict=True))
    split = split_of(PART, 1)
    kept = set(zip(split.fitted.row_of_entry, split.fitted.indices, strict=True))
    held = set(values) - kept
    assert kept < set(values)
    assert split.entries == len(held) == round(0.1 * len(values))
    assert split.fitted.shape == PART.shape
    assert {row for row, _ in kept} == set(range(24))
    assert {column for _, column in kept} == set(range(17))
    U, V = 12 * random.random((24, 2)), random.random((2, 17))
    fitted = [values[i, j] for i, j in kept]
    predicted = {(i, j): min(max(U[i] @ V[:, j], min(fitted)), max(fitted)) for i, j in held}
    assert len(set(predicted.values())) < len(held), "some are outside the range"
    assert split.error(U, V) == pytest.approx(np.mean([(values[at] - predicted[at]) ** 2 for at in held]) / 2)


def test_entries_that_are_alone_in_their_row_or_column_stay():
    sparse = np.full((30, 30), np.nan)
    sparse[np.arange(30), np.arange(30)] = 1 + random.random(30)
    sparse[0] = 1 + random.random(30)
    split = split_of(matrix_from(sparse, rank=1), 0)
    assert {int(row) for row in split.fitted.row_of_entry} == set(range(30))
    assert {int(column) for column in split.fitted.indices} == set(range(30))


@pytest.mark.parametrize("matrix", [WHOLE, PART], ids=["dense", "observed"])
def test_splits_are_the_same_again_and_differ_from_each_other(matrix):
    first, again, other = split_of(matrix, 0), split_of(matrix, 0), split_of(matrix, 1)
    np.testing.assert_array_equal(first.fitted.values, again.fitted.values)
    assert not np.array_equal(first.fitted.values, other.fitted.values)
    assert first.fitted.description.seed != other.fitted.description.seed


@pytest.mark.parametrize("matrix", [WHOLE, LARGER], ids=["dense", "observed"])
def test_a_planted_rank_predicts_and_its_fits_are_not_of_what_is_held_out(matrix):
    table = measure_held_out(matrix, [1, 2, 3], 2, DESCENTS)
    errors = table.groupby("rank")["error"].mean()
    assert errors[3] < errors[2] / 2 < errors[1] / 2
    assert errors[3] > table.loc[table["rank"] == 3, "fitted"].mean()
    assert list(zip(table["split"], table["rank"], strict=True)) == [(s, r) for s in (0, 1) for r in (1, 2, 3)]


def test_the_best_of_the_restarts_predicts():
    table, best = measure_held_out(WHOLE, [5], 4, DESCENTS), []
    for number in range(4):
        split = split_of(WHOLE, number)
        of_regimes = DESCENTS.of_rank(split.fitted, 5, ("converged",), HELD_OUT_STARTS, f"held-out-{number}")
        found = of_regimes["converged"]
        errors = [split.error(U, V) for U, V in zip(found.U, found.V, strict=True)]
        best.append(int(np.argmin(found.loss)))
        assert table.loc[number, "fitted"] == min(found.loss)
        assert table.loc[number, "error"] == errors[best[-1]]
        assert len(set(errors)) == HELD_OUT_STARTS
    assert any(best), "which is not always the first"


def test_ranks_that_do_not_fit_half_the_matrix_have_no_error():
    assert set(measure_held_out(WHOLE, [1, 8, 9], 1, DESCENTS)["rank"]) == {1, 8}
