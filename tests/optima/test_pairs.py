"""The tables of pairs and centres, from factors to files."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from starnmf import factorize, matrix_from
from starnmf.errors import InputError
from starnmf.matrix import save_matrix
from starnmf.optima.pairs import measure_optima
from starnmf.optima.tables import CENTRES, PAIRS
from starnmf.subsamples import save_factors_of_subsamples

K = 12


@pytest.fixture(scope="module")
def planted():
    """A matrix of rank 3 with a little noise, whose restarts find one solution, and their factors."""
    random = np.random.default_rng(0)
    X = random.gamma(0.4, size=(40, 3)) @ random.gamma(0.4, size=(3, 30)) + 0.02 * random.random((40, 30))
    matrix = matrix_from(X, rank=3)
    return matrix, factorize(matrix, ("published", "converged"), restarts=K)


def test_restarts_of_a_planted_matrix_are_one_solution(planted):
    matrix, factors = planted
    pairs, centres = measure_optima(matrix, factors["converged"])
    assert len(pairs) == K * (K - 1) / 2
    counted = pairs[pairs["converged"]]
    assert (counted["equivalent"] == 1).all()
    assert counted["equivalent_unmatched"].mean() < 0.7
    assert counted["rise"].max() < 0.01
    assert counted["rise_unmatched"].median() > 1
    assert len(centres) == factors["converged"].converged.sum()


def test_times_on_the_path_compare_all_restarts(planted):
    matrix, factors = planted
    pairs, centres = measure_optima(matrix, factors["published"])
    assert len(pairs) == K * (K - 1) / 2
    assert len(centres) == K


def test_losses_are_those_of_the_restarts(planted):
    matrix, factors = planted
    loss = factors["published"].loss
    pairs, _ = measure_optima(matrix, factors["published"])
    expected = np.maximum(loss[pairs["restart"]], loss[pairs["other"]])
    np.testing.assert_allclose(pairs["loss"], expected, rtol=1e-6)


def test_restarts_that_have_not_converged_are_told_apart_and_no_centres(planted):
    matrix, factors = planted
    converged = np.arange(K) != 3
    pairs, centres = measure_optima(matrix, replace(factors["converged"], converged=converged))
    assert (pairs["converged"] == ((pairs["restart"] != 3) & (pairs["other"] != 3))).all()
    assert centres["restart"].tolist() == [number for number in range(K) if number != 3]
    few = replace(factors["converged"], converged=np.arange(K) < 4)
    assert measure_optima(matrix, few)[1].empty


def test_any_number_of_threads_gives_the_same_tables(planted):
    matrix, factors = planted
    for one, other in zip(*(measure_optima(matrix, factors["converged"], threads) for threads in (1, 3)), strict=True):
        assert one.equals(other)


def test_the_command_writes_both_tables(planted, tmp_path):
    matrix, factors = planted
    save_matrix(matrix, tmp_path / "matrix.h5")
    save_factors_of_subsamples([factors["converged"]], tmp_path / "factors.h5")
    starnmf = Path(sys.executable).with_name("starnmf")
    command = [
        starnmf,
        "optima",
        "pairs",
        "matrix.h5",
        "factors.h5",
        "--pairs",
        "pairs.csv",
        "--centres",
        "centres.csv",
    ]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    pairs, centres = measure_optima(matrix, factors["converged"])
    for table, name, expected in ((PAIRS, "pairs", pairs), (CENTRES, "centres", centres)):
        found = table.read([tmp_path / f"{name}.csv"])
        assert found[list(expected.columns)].to_dict() == expected.to_dict()


def test_factors_of_another_matrix_are_refused(planted):
    matrix, factors = planted
    with pytest.raises(InputError, match="the factors are those of matrix"):
        measure_optima(matrix_from(matrix.X[:, :20], rank=3), factors["published"])
