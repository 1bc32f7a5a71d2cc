"""The matrix: scaling, subsampling, the file, and what is refused."""

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starnmf.errors import InputError
from starnmf.matrix import (
    Dense,
    Description,
    load_matrix,
    matrix_from,
    matrix_of,
    observed_from_entries,
    save_matrix,
    scaled_to_unit_variance,
    subsample,
)


def dense(n=40, m=30, rank=3, **description):
    values = np.random.default_rng(3).gamma(2.0, size=(n, m)).astype(np.float32)
    return Dense(values, Description("toy", rank, "own", {"file": "checksum"}, **description))


def observed(n=40, m=30, rank=3, share=0.3):
    random = np.random.default_rng(4)
    rows, columns = np.nonzero(random.random((n, m)) < share)
    order = random.permutation(len(rows))
    values = 1.0 + random.integers(5, size=len(rows))
    description = Description("toy", rank, "own", {})
    return observed_from_entries(rows[order], columns[order], values[order], (n, m), description)


def filled(matrix):
    """The observed entries in a dense array with NaN elsewhere."""
    if isinstance(matrix, Dense):
        return matrix.X.astype(float)
    whole = np.full(matrix.shape, np.nan)
    whole[matrix.row_of_entry, matrix.indices] = matrix.values
    return whole


@pytest.mark.parametrize("make", [dense, observed])
def test_scaling_gives_unit_variance_and_remembers_the_scale(make):
    matrix = make()
    scaled = scaled_to_unit_variance(matrix)
    values = filled(scaled)
    assert np.nanvar(values) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(values * scaled.description.scale, filled(matrix), rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[1, 2], [3, np.nan]], "toy: 1 of 4 values are NaN"),
        ([[1, 2], [3, np.inf]], "toy: 1 of 4 values are NaN or infinite"),
        ([[1, 2], [3, -4]], "1 of 4 values are negative, the first in row 2, column 2 of the numbers, the smallest -4"),
        ([[2, 2], [2, 2]], "toy: all 4 values equal 2"),
    ],
)
def test_unusable_values_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        scaled_to_unit_variance(Dense(np.array(values, dtype=np.float32), Description("toy", 1, "own", {})))


@pytest.mark.parametrize("kind", ["int32", "uint32", "int64", "float64"])
def test_numbers_that_float32_cannot_tell_apart_are_refused(kind):
    values = np.array([[2_000_000_000, 2_000_000_010], [2_000_000_100, 2_000_000_300]], dtype=kind)
    with pytest.raises(InputError, match="toy: values from 2e\\+09 to 2e\\+09; expected ones that differ within"):
        matrix_of(values, Description("toy", 1, "own", {}))


def test_the_place_of_an_infinite_value_is_named():
    values = np.array([[1, 2, 3], [4, np.inf, np.nan]], dtype=np.float32)
    with pytest.raises(InputError, match="toy: 2 of 6 values are NaN or infinite, the first in row 2, column 2"):
        scaled_to_unit_variance(Dense(values, Description("toy", 1, "own", {})))


def test_a_rank_above_a_side_is_refused():
    with pytest.raises(InputError, match="toy: rank 31 does not fit its 40 x 30 matrix; expected 1 <= rank <= 30"):
        scaled_to_unit_variance(dense(rank=31))


def test_an_entry_given_twice_is_refused():
    with pytest.raises(InputError, match=r"toy: the entry in row 1, column 2, counted from 0, is given more than once"):
        observed_from_entries(
            np.array([1, 0, 1]), np.array([2, 0, 2]), np.ones(3), (2, 3), Description("toy", 1, "own", {})
        )


@pytest.mark.parametrize("make", [dense, observed])
def test_the_file_reads_back_as_it_was(make, tmp_path):
    matrix = scaled_to_unit_variance(make())
    save_matrix(matrix, tmp_path / "matrix.h5")
    back = load_matrix(tmp_path / "matrix.h5")
    assert back.description == matrix.description
    np.testing.assert_array_equal(filled(back), filled(matrix))
    with h5py.File(tmp_path / "matrix.h5") as file:
        assert file.attrs["observed"] == np.isfinite(filled(matrix)).sum()
        assert file.attrs["mean"] == pytest.approx(np.nanmean(filled(matrix)))


@pytest.mark.parametrize("make", [dense, observed])
@given(rate=st.floats(0.05, 0.95), seed=st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_a_subsample_is_a_submatrix_of_the_asked_size(make, rate, seed):
    matrix = make(share=0.9) if make is observed else make()
    matrix = Dense(matrix.X, Description("toy", 3, "own", {}, seed=seed)) if make is dense else matrix
    sample = subsample(matrix, rate)
    assert sample.description.rate == rate
    n, m = sample.shape
    assert n <= max(round(40 * rate), 4)
    assert m <= max(round(30 * rate), 4)
    if make is dense:
        assert (n, m) == (max(round(40 * rate), 4), max(round(30 * rate), 4))
    values = filled(sample)
    assert np.isin(values[np.isfinite(values)], filled(matrix)).all()


def test_a_subsample_keeps_rows_and_columns_together_and_in_order():
    whole = np.arange(40)[:, None] * 100.0 + np.arange(30)
    sample = subsample(Dense(whole.astype(np.float32), Description("toy", 3, "own", {})), 0.5)
    rows, columns = sample.X // 100, sample.X % 100
    assert (rows == rows[:, :1]).all()
    assert (columns == columns[:1]).all()
    assert (np.diff(rows[:, 0]) > 0).all()
    assert (np.diff(columns[0]) > 0).all()


def test_rows_and_columns_are_drawn_uniformly():
    seen = np.zeros(40)
    for seed in range(300):
        whole = np.repeat(np.arange(40.0)[:, None], 30, axis=1).astype(np.float32)
        seen[subsample(Dense(whole, Description("toy", 3, "own", {}, seed=seed)), 0.25).X[:, 0].astype(int)] += 1
    # 300 draws of 10 of 40 rows: each is seen 75 times, give or take 7.5
    assert np.abs(seen - 75).max() < 4.5 * 7.5


def test_rate_one_is_the_matrix_itself_even_with_rows_nobody_observed():
    matrix = observed_from_entries(
        np.array([1, 2, 2]), np.array([1, 1, 2]), np.array([1.0, 2, 4]), (3, 3), Description("toy", 1, "own", {})
    )
    assert subsample(matrix, 1.0).shape == (3, 3)


def test_a_subsample_drops_what_nobody_observed_and_refuses_what_is_left_when_it_is_too_little():
    matrix = observed(share=0.15)
    sample = subsample(matrix, 0.5)
    values = filled(sample)
    assert np.isfinite(values).any(axis=0).all()
    assert np.isfinite(values).any(axis=1).all()
    sparse = observed(n=200, m=200, rank=12, share=0.003)
    with pytest.raises(
        InputError, match=r"toy: at rate 0\.1 only .* have observed entries; expected more than the rank"
    ):
        subsample(sparse, 0.1)


def test_a_subsample_whose_values_are_all_equal_is_refused():
    X = np.zeros((20, 20))
    X[0, 0] = 1
    with pytest.raises(
        InputError, match=r"at rate 0\.2 all 16 values of a subsample equal 0; expected values that vary"
    ):
        subsample(matrix_from(X, rank=1), 0.2)


def test_the_sample_depends_on_rate_number_seed_and_dataset_only():
    matrix = dense()
    assert not np.array_equal(subsample(matrix, 0.5, 0).X, subsample(matrix, 0.5, 1).X)
    assert subsample(matrix, 0.5, 1).description.subsample == 1
    assert subsample(matrix, 1.0, 1).description.subsample == 0
    np.testing.assert_array_equal(subsample(matrix, 0.5).X, subsample(dense(), 0.5).X)
    assert not np.array_equal(subsample(matrix, 0.5).X, subsample(dense(seed=1), 0.5).X)
