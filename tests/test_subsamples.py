"""The subsamples of a rate: their files, and how they share restarts."""

import h5py
import numpy as np
import pytest

from starnmf.errors import InputError
from starnmf.factorization.descent import factorize
from starnmf.factorization.settings import Settings
from starnmf.factorization.summary import summary_of_subsamples
from starnmf.factors import load_factors
from starnmf.matrix import load_matrix, matrix_from, subsample
from starnmf.subsamples import (
    load_factors_of_subsamples,
    load_matrices,
    numbers_in_rate,
    restarts_of,
    save_factors_of_subsamples,
    save_matrices,
    subsamples_in,
)

RANDOM = np.random.default_rng(2)
FULL = RANDOM.gamma(2.0, size=(40, 30))
GAPS = np.where(RANDOM.random((40, 30)) < 0.6, FULL, np.nan)
NAMES = ["rate", "subsample", "restart", "n", "loss", "converged"]


@pytest.mark.parametrize(("restarts", "subsamples"), [(100, 5), (16, 4), (7, 3), (5, 5), (4, 1)])
def test_every_restart_is_of_one_subsample_and_more_restarts_keep_it_there(restarts, subsamples):
    def owners(total):
        return {
            number: (subsample, place)
            for subsample in range(subsamples)
            for place, number in enumerate(
                numbers_in_rate(subsample, restarts_of(subsample, total, subsamples), subsamples)
            )
        }

    found = owners(restarts)
    assert sorted(found) == list(range(restarts))
    shares = np.bincount([subsample for subsample, _ in found.values()])
    assert shares.max() - shares.min() <= 1
    assert owners(restarts + 9).items() >= found.items()


def test_fewer_restarts_than_subsamples_are_refused():
    with pytest.raises(InputError, match="found 5 subsamples for 3 restarts; expected a restart for each"):
        restarts_of(0, 3, 5)


@pytest.mark.parametrize("values", [FULL, GAPS], ids=["dense", "observed"])
def test_matrices_and_factors_of_subsamples_read_back_in_order(values, tmp_path):
    whole, path = matrix_from(values, rank=2), tmp_path / "rate-0.5.h5"
    matrices = [subsample(whole, 0.5, number) for number in range(11)]
    save_matrices(matrices, path)
    assert subsamples_in(path) == 11
    for number, (matrix, back) in enumerate(zip(matrices, load_matrices(path), strict=True)):
        assert back.description.subsample == number
        assert back.shape == matrix.shape
        np.testing.assert_array_equal(back.values, matrix.values)
    parts = [
        factorize(matrix, ("published",), Settings(steps=20), restarts_of(number, 5, 3))["published"]
        for number, matrix in enumerate(matrices[:3])
    ]
    assert not np.array_equal(parts[0].U[0][:4], parts[1].U[0][:4])
    save_factors_of_subsamples(parts, tmp_path / "factors.h5")
    for factors, back in zip(parts, load_factors_of_subsamples(tmp_path / "factors.h5"), strict=True):
        np.testing.assert_array_equal(back.U, factors.U)
        assert back.attributes == factors.attributes
    summary = summary_of_subsamples(parts, NAMES)
    assert summary["subsample"].tolist() == [0, 0, 1, 1, 2]
    assert summary["restart"].tolist() == [0, 3, 1, 4, 2]
    assert summary["n"].tolist() == [matrices[number].shape[0] for number in (0, 0, 1, 1, 2)]


def test_at_rate_one_there_are_no_groups(tmp_path):
    whole, path = matrix_from(FULL, rank=2), tmp_path / "rate-1.0.h5"
    save_matrices([subsample(whole, 1.0)], path)
    assert subsamples_in(path) == 1
    np.testing.assert_array_equal(load_matrix(path).values, whole.values)
    factors = factorize(whole, ("published",), Settings(steps=20), 2)["published"]
    save_factors_of_subsamples([factors], tmp_path / "factors.h5")
    np.testing.assert_array_equal(load_factors(tmp_path / "factors.h5").U, factors.U)
    with h5py.File(tmp_path / "factors.h5") as file:
        assert "U" in file
