"""Curvature against the rank: which ranks, from which starts and points, and beside the factorization of every day."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from starnmf.errors import InputError
from starnmf.factorization.descent import Resume, factorize
from starnmf.factorization.initialization import draw_starts
from starnmf.factorization.other_ranks import Descents, with_rank
from starnmf.factorization.settings import Settings
from starnmf.landscape.curvature import measure_curvature
from starnmf.landscape.ranks import measure_ranks, ranks_of
from starnmf.landscape.tables import RANKS
from starnmf.matrix import mean
from tests.landscape.test_measurements import PART, WHOLE, X, loss, quartic_through

SETTINGS = Settings(gradient_cap=400)
either_kind = pytest.mark.parametrize("matrix", [WHOLE, PART], ids=["dense", "observed"])


def of_own_rank(matrix, rank):
    return replace(matrix, description=replace(matrix.description, rank=rank))


@pytest.mark.parametrize(
    ("own", "factors", "ranks"),
    [
        (4, [0.25, 0.5, 1, 2], [1, 2, 4, 8]),
        (3, [0.25, 0.5, 1, 2], [1, 2, 3, 6]),
        (2, [0.25, 0.5, 1, 2], [1, 2, 4]),  # 0.5 is at least 1
        (1, [0.25, 0.5, 1, 2], [1, 2]),
        (5, [0.5, 1, 2], [2, 5]),  # 10 is more than the 9 columns
        (9, [0.5, 1, 2], [4, 9]),  # the own rank may be as large as the matrix
        (4, [2.25], None),  # 9 is not below 9
    ],
)
def test_ranks_are_multiples_of_the_own_one_that_fit(own, factors, ranks):
    if ranks is None:
        with pytest.raises(InputError, match="made-up: 9 do not fit its 12 x 9 matrix; expected a rank below 9"):
            ranks_of(of_own_rank(WHOLE, own), factors)
    else:
        assert ranks_of(of_own_rank(WHOLE, own), factors) == ranks


def of_factorization(matrix, restarts, regimes=("converged",)):
    return factorize(matrix, regimes, SETTINGS, restarts)


@pytest.mark.parametrize("restarts", [3, 5])  # the factorization may have more or fewer than the other ranks
@either_kind
def test_at_its_own_rank_a_matrix_has_the_curvature_of_its_factorization(matrix, restarts, monkeypatch):
    regimes = ("published", "converged")
    found = of_factorization(matrix, 4, regimes)
    table = measure_ranks(matrix, [1, 2, 4], found, restarts, 4, Descents(SETTINGS))
    for regime in regimes:
        followed = table[regime].groupby("rank")["restart"].nunique()
        assert followed.to_dict() == {1: restarts, 2: min(restarts, 4), 4: restarts}
        own = table[regime][table[regime]["rank"] == 2].reset_index(drop=True)
        expected = measure_curvature(matrix, found[regime], points=4)[: len(own)]
        np.testing.assert_allclose(own["alpha"], expected["alpha"], rtol=1e-9)
        np.testing.assert_array_equal(own[["restart", "point"]], expected[["optimum", "point"]])
        of_restarts = own.drop_duplicates("restart")
        for name in ("loss", "time", "gradients", "converged"):
            np.testing.assert_array_equal(of_restarts[name], getattr(found[regime], name)[:restarts])
    monkeypatch.setattr("starnmf.factorization.other_ranks.factorize", None)  # the own rank is not followed again
    again = measure_ranks(matrix, [2], found, restarts, 4, Descents(SETTINGS))["converged"]
    pd.testing.assert_frame_equal(again, own)


@either_kind
def test_every_rank_is_measured_towards_optima_of_that_rank(matrix):
    table = measure_ranks(matrix, [1, 3], of_factorization(matrix, 2), 2, 3, Descents(SETTINGS))["converged"]
    assert sorted(table) == sorted(RANKS.names)
    assert list(zip(table["rank"], table["restart"], table["point"], strict=True)) == [
        (rank, restart, point) for rank in (1, 3) for restart in range(2) for point in range(3)
    ]
    at = np.linspace(0, 1, 1001)
    for rank in (1, 3):
        one = with_rank(matrix, rank)
        factors = factorize(one, ("converged",), SETTINGS, restarts=2)["converged"]
        assert factors.U.shape == (2, 12, rank)
        points = list(zip(*draw_starts(factors.attributes, "point", range(3)), strict=True))
        for row in table[table["rank"] == rank].itertuples():
            end = factors.U[row.restart], factors.V[row.restart]
            assert row.loss == pytest.approx(loss(matrix, *(factor.astype(np.float64) for factor in end)), rel=1e-5)
            quartic = quartic_through(matrix, points[row.point], end)
            assert row.alpha == pytest.approx(quartic.deriv(2)(at).min(), rel=1e-4)
            excess = (quartic(at) - at * quartic(1) - (1 - at) * quartic(0)).max()
            assert row.chord_violation == pytest.approx(excess / abs(quartic(0) - quartic(1)), rel=1e-4, abs=1e-9)
    # With more parameters the same data are fitted better.
    means = table.groupby("rank")["loss"].mean()
    assert means[3] < means[1] < np.square(X).mean()


def test_starts_of_two_ranks_share_no_numbers_and_have_the_mean_of_the_data():
    drawn = {}
    for rank in (1, 2, 4):
        description = with_rank(WHOLE, rank).description
        attributes = {
            "dataset": "made-up",
            "rate": 0.4,
            "subsample": description.subsample,
            "seed": description.seed,
            "rank": rank,
        }
        attributes |= {"n": 400, "m": 300, "mean": mean(WHOLE)}
        U, V = (factor[0] for factor in draw_starts(attributes, "start", range(1)))
        assert (U @ V).mean() == pytest.approx(mean(WHOLE), rel=0.1)
        drawn[rank] = np.abs(U).ravel() * np.sqrt(rank)
    assert with_rank(WHOLE, 2).description == WHOLE.description
    numbers = np.concatenate([values.round(9) for values in drawn.values()])
    assert len(np.unique(numbers)) == len(numbers)
    # The same generator, reshaped, would give every rank the first numbers of the others.
    assert abs(np.corrcoef(drawn[1][:400], drawn[4][:400])[0, 1]) < 0.2


@pytest.mark.extended
def test_a_rank_that_is_done_is_not_followed_again(tmp_path, monkeypatch):
    found = of_factorization(WHOLE, 2)
    arguments = (WHOLE, [1, 2, 3], found, 2, 3, Descents(SETTINGS, resume=Resume(tmp_path, 0.0)))
    first = measure_ranks(*arguments)["converged"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rank-1", "rank-3"]
    monkeypatch.setattr("starnmf.factorization.descent._Run._advance", None)
    again = measure_ranks(*arguments)["converged"]
    pd.testing.assert_frame_equal(first, again)


def test_more_restarts_and_points_keep_the_earlier_ones():
    own = of_factorization(WHOLE, 1, ("published",))
    few = measure_ranks(WHOLE, [3], own, 2, 2, Descents(SETTINGS))["published"]
    many = measure_ranks(WHOLE, [3], own, 4, 5, Descents(SETTINGS))["published"]
    kept = many[(many["restart"] < 2) & (many["point"] < 2)]
    np.testing.assert_allclose(kept["alpha"], few["alpha"], rtol=1e-5)
