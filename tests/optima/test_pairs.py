"""The tables of pairs and centres, from factors to files."""

import subprocess
import sys
from dataclasses import replace
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest

from starnmf import factorize, matrix_from
from starnmf.errors import InputError
from starnmf.matrix import save_matrix
from starnmf.optima.barriers import relative
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


def entries(matrix):
    """The values of a matrix, nan where it has none."""
    if hasattr(matrix, "X"):
        return matrix.X.astype(np.float64)
    values = np.full(matrix.shape, np.nan)
    values[matrix.row_of_entry, matrix.indices] = matrix.values
    return values


def rises(matrix, start, end):
    """The largest loss on a fine grid above both ends, and above the chord, in units of the higher end's."""
    at = np.linspace(0, 1, 2001)[:, np.newaxis, np.newaxis]
    U, V = ((1 - at) * one + at * other for one, other in zip(start, end, strict=True))
    loss = np.nanmean(np.square(U @ V - entries(matrix)), axis=(1, 2)) / 2
    higher, chord = max(loss[0], loss[-1]), loss[0] + at.ravel() * (loss[-1] - loss[0])
    return max(loss.max() - higher, 0) / higher, max((loss - chord).max(), 0) / higher, higher


@pytest.mark.parametrize("observed", [1.0, 0.7], ids=["dense", "observed"])
def test_every_column_is_that_of_plain_computations(observed):
    """Three optima of noise, and near and less near copies of the first, in other orders and scales."""
    random = np.random.default_rng(6)
    X = random.exponential(size=(20, 15)) ** 2
    matrix = matrix_from(np.where(random.random(X.shape) < observed, X, np.nan) if observed < 1 else X, rank=3)
    factors = factorize(matrix, ("converged",), restarts=12)["converged"]
    by_loss = np.argsort(factors.loss)
    chosen, noise = by_loss[[0, 6, 11, 0, 0, 0]], np.array([0, 0, 0, 0.05, 0.2, 1])
    orders = [[0, 1, 2], [1, 0, 2], [2, 1, 0], [0, 2, 1], [0, 1, 2], [1, 0, 2]]
    scales = np.exp(random.normal(size=(6, 3)))
    U, V = factors.U[chosen], factors.V[chosen]
    U = (U + noise[:, None, None] * random.random(U.shape) * [0.2, 1, 2]) * scales[:, None]
    V = (V + noise[:, None, None] * random.random(V.shape) * [[2], [0.2], [1]]) / scales[:, :, None]
    many_U = np.stack([one[:, order] for one, order in zip(U, orders, strict=True)]).astype(np.float32)
    many_V = np.stack([one[order] for one, order in zip(V, orders, strict=True)]).astype(np.float32)
    pairs, _ = measure_optima(matrix, replace(factors, U=many_U, V=many_V, converged=factors.converged[:6]))
    assert list(zip(pairs["restart"], pairs["other"], strict=True)) == list(combinations(range(6), 2))
    for row in pairs.itertuples():
        ends = []
        for number in (row.restart, row.other):
            one, other = many_U[number].astype(np.float64), many_V[number].astype(np.float64)
            scale = np.sqrt(np.linalg.norm(other, axis=1) / np.linalg.norm(one, axis=0))
            ends.append((one * scale, other / scale[:, np.newaxis]))
        (U_end, V_end), (U_start, V_start) = ends
        cosines = [
            np.array([[a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in of_other] for a in of_one])
            for of_one, of_other in ((U_end.T, U_start.T), (V_end, V_start))
        ]
        order = max(permutations(range(3)), key=lambda p: sum(c[range(3), p].sum() for c in cosines))
        distance, unmatched = (
            np.array([max(1 - c[a, b] for c in cosines) for a, b in enumerate(places)]) for places in (order, range(3))
        )
        assert (row.equivalent, row.close) == ((distance < 0.1).mean(), (distance < 0.01).mean())
        assert row.equivalent_unmatched == (unmatched < 0.1).mean()
        assert row.largest_distance == pytest.approx(distance.max(), rel=1e-9)
        rise, excess, higher = rises(matrix, (U_start[:, order], V_start[list(order)]), (U_end, V_end))
        assert (row.rise, row.excess, row.loss) == pytest.approx((rise, excess, higher), rel=1e-5, abs=1e-9)
        rise, excess, _ = rises(matrix, (U_start, V_start), (U_end, V_end))
        assert (row.rise_unmatched, row.excess_unmatched) == pytest.approx((rise, excess), rel=1e-5, abs=1e-9)
    assert all(pairs[name].nunique() > 1 for name in ("equivalent", "close", "equivalent_unmatched"))
    assert ((pairs["rise"] > 0) & (pairs["rise"] < pairs["excess"])).any()


def test_a_rise_above_a_loss_of_zero_is_infinite_and_none_is_zero():
    np.testing.assert_array_equal(relative(np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.0, 4.0])), [0, np.inf, 0.25])


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
    again = subprocess.run([*command[:-1], "pairs.csv"], cwd=tmp_path, capture_output=True, text=True)
    assert again.returncode == 1
    assert "pairs.csv: is named for another output; expected another file to write" in again.stderr
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    pairs, centres = measure_optima(matrix, factors["converged"])
    for table, name, expected in ((PAIRS, "pairs", pairs), (CENTRES, "centres", centres)):
        found = table.read([tmp_path / f"{name}.csv"])
        assert found[list(expected.columns)].to_dict() == expected.to_dict()


def test_factors_of_another_matrix_are_refused(planted):
    matrix, factors = planted
    with pytest.raises(InputError, match="the factors are those of matrix"):
        measure_optima(matrix_from(matrix.X[:, :20], rank=3), factors["published"])
