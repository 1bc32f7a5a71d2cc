"""Choices of a rank in worlds whose rank is known, and in one that has none."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from starnmf.errors import InputError
from starnmf.factorization.descent import Resume, factorize
from starnmf.factorization.other_ranks import Descents, with_rank
from starnmf.factorization.settings import Settings
from starnmf.landscape.curvature import measure_curvature
from starnmf.matrix import matrix_from
from starnmf.optima.pairs import measure_optima
from starnmf.rank_choice.measurement import measure_rank_choice, ranks_to_try
from starnmf.rank_choice.tables import HELD_OUT, RANK_CHOICE, RANK_RESTARTS
from tests.rank_choice.test_stability import plain_silhouette

SETTINGS = Settings(gradient_cap=3000)
DESCENTS = Descents(SETTINGS)
K = 5


def planted(shape, rank, seed, noise=0.1, observed=1.0):
    """Half-normal factors of which 40 % are zero, and normal noise; a share of the entries is observed."""
    random = np.random.default_rng(seed)
    n, m = shape
    U, V = (np.abs(random.standard_normal(size)) * (random.random(size) < 0.6) for size in ((n, rank), (rank, m)))
    X = np.maximum(U @ V + noise * (U @ V).std() * random.standard_normal(shape), 0)
    return matrix_from(np.where(random.random(shape) < observed, X, np.nan) if observed < 1 else X, 2, "planted", seed)


def half_normal(shape, seed):
    return matrix_from(np.abs(np.random.default_rng(seed).standard_normal(shape)), 2, "noise", seed)


def chosen(matrix, largest, restarts=6):
    rows = measure_rank_choice(matrix, list(range(1, largest + 1)), restarts, 2, 4, DESCENTS)[RANK_CHOICE]
    return list(rows.loc[rows["recommended"], "rank"])


@pytest.mark.parametrize(
    ("shape", "rank", "seed", "settings"),
    [
        ((40, 30), 3, 0, {}),
        pytest.param((24, 50), 2, 1, {"noise": 0.3}, marks=pytest.mark.extended),
        ((50, 40), 2, 2, {"observed": 0.6}),
        pytest.param((60, 40), 5, 3, {}, marks=pytest.mark.extended),
        pytest.param((60, 40), 4, 4, {"noise": 0.3}, marks=pytest.mark.extended),
        pytest.param((100, 30), 4, 5, {"noise": 0.2}, marks=pytest.mark.extended),
    ],
)
def test_a_planted_rank_is_found(shape, rank, seed, settings):
    assert chosen(planted(shape, rank, seed, **settings), rank + 1) == [rank]


def test_no_rank_is_named_where_there_is_none():
    assert chosen(half_normal((30, 24), 0), 3) == []


@pytest.fixture(scope="module", params=[1.0, 0.6], ids=["dense", "observed"])
def measured(request, tmp_path_factory):
    """A matrix, what was measured of it at the ranks 1, 2 and 4, and where the states of the descents are."""
    matrix = planted((20, 16), 2, seed=13, observed=request.param)
    folder = tmp_path_factory.mktemp("states")
    return matrix, measure_rank_choice(matrix, [1, 2, 4], K, 3, 2, resumed_in(folder)), folder


def numbers_beside(best, other):
    """The number of the column of one solution that each column of another matches, of all orders the closest."""
    (U, V), (U_other, V_other) = ([factor.astype(float) for factor in one] for one in (best, other))
    distance = cdist(U.T, U_other.T, "cosine") + cdist(V, V_other, "cosine")
    order = min(permutations(range(len(V))), key=lambda places: distance[range(len(V)), places].sum())
    return np.argsort(order)


def resumed_in(folder, threads=1):
    return Descents(SETTINGS, threads=threads, resume=Resume(folder, 3600))


def test_the_tables_are_whole(measured, tmp_path):
    _, tables, _ = measured
    for table, rows in tables.items():
        table.write(rows, tmp_path / "table.csv")
        read = table.read([tmp_path / "table.csv"])
        pd.testing.assert_frame_equal(read, rows[table.names].reset_index(drop=True), check_dtype=False)
    assert [len(tables[table]) for table in (RANK_CHOICE, RANK_RESTARTS, HELD_OUT)] == [3, 3 * K, 6]


def test_restarts_are_those_of_a_factorization_at_the_rank(measured):
    matrix, tables, _ = measured
    for rank in (1, 2, 4):
        rows = tables[RANK_RESTARTS][tables[RANK_RESTARTS]["rank"] == rank].reset_index(drop=True)
        factors = factorize(with_rank(matrix, rank), ("converged",), SETTINGS, restarts=K)["converged"]
        for name in ("loss", "time", "gradients", "converged"):
            np.testing.assert_array_equal(rows[name], getattr(factors, name))
        segments = measure_curvature(with_rank(matrix, rank), factors, 3)
        alpha, excess = (
            segments.pivot(index="optimum", columns="point", values=name).to_numpy()
            for name in ("alpha", "chord_violation")
        )
        np.testing.assert_allclose(rows["alpha"], alpha.mean(axis=1))
        np.testing.assert_allclose(rows["negative"], (alpha < 0).mean(axis=1))
        np.testing.assert_allclose(rows["above"], (excess > 0).mean(axis=1))
        best = int(np.argmin(factors.loss))
        pairs, _ = measure_optima(with_rank(matrix, rank), factors)
        with_best = pairs[(pairs["restart"] == best) | (pairs["other"] == best)]
        others = with_best["restart"] + with_best["other"] - best
        beside = with_best.set_index(others)
        np.testing.assert_allclose(rows.loc[others, "distance"], beside["largest_distance"], rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(rows.loc[others, "equivalent"], beside["equivalent"])
        np.testing.assert_allclose(rows.loc[others, "barrier"], beside["rise"] * beside["loss"], atol=1e-12)
        assert rows.loc[best, ["distance", "equivalent", "barrier"]].tolist() == [0, 1, 0]
        assert rows["one_solution"].tolist() == (rows["distance"] < 0.1).tolist()
        # Columns that match are parallel: so are the products of the restarts that are one solution.
        products = factors.U.astype(np.float64) @ factors.V
        for product, row in zip(products, rows.itertuples(), strict=True):
            if row.distance < 1e-3:
                np.testing.assert_allclose(product, products[best], atol=0.2 * products[best].max())
        of_rank = tables[RANK_CHOICE].set_index("rank").loc[rank]
        assert (of_rank["loss"], of_rank["highest_loss"]) == (factors.loss.min(), factors.loss.max())
        assert (of_rank["restarts"], of_rank["converged"]) == (K, factors.converged.sum())
        assert of_rank["near"] == (factors.loss <= 1.001 * factors.loss.min()).sum()
        # k restarts, independent of each other, miss all of the near ones with this probability to the power of k.
        missed = 1 - of_rank["near"] / K
        assert of_rank["enough"] == next(k for k in range(1, 1000) if missed**k <= 0.05)
        assert of_rank["one_solution"] == rows["one_solution"].sum()
        assert of_rank["barrier"] == pytest.approx((pairs["rise"] * pairs["loss"]).max(), abs=1e-12)
        for name in ("alpha", "negative", "above", "gradients", "time"):
            assert of_rank[name] == pytest.approx(rows[name].mean())
        # Each column of a restart has the number of the column of the best that it matches.
        restarts = [(number, factors.U[number], factors.V[number]) for number in range(K)]
        labels = np.concatenate([numbers_beside(restarts[best][1:], one) for _, *one in restarts])
        columns, rows_of_V = (np.concatenate(part) for part in ([U.T for _, U, _ in restarts], list(factors.V)))
        if rank > 1:
            expected = min(plain_silhouette(points.astype(float), labels) for points in (columns, rows_of_V))
            assert of_rank["silhouette"] == pytest.approx(expected)


def test_what_is_done_is_not_followed_again(measured, monkeypatch):
    matrix, tables, folder = measured
    monkeypatch.setattr("starnmf.factorization.descent._Run._advance", None)
    again = measure_rank_choice(matrix, [1, 2, 4], K, 3, 2, resumed_in(folder, threads=2))
    for table, rows in tables.items():
        pd.testing.assert_frame_equal(again[table], rows)


def test_ranks_are_those_asked_for_or_those_that_halves_of_the_matrix_have():
    matrix = half_normal((20, 16), 0)
    assert ranks_to_try(matrix) == [1, 2, 3, 4, 5, 6, 7]
    assert ranks_to_try(half_normal((90, 100), 0)) == list(range(1, 13))
    assert ranks_to_try(matrix, [4, 15]) == [1, 4, 15]
    with pytest.raises(
        InputError, match="noise: ranks_tried has 16, 40, and its matrix is 20 x 16; expected ranks below"
    ):
        ranks_to_try(matrix, [2, 16, 40])
    with pytest.raises(InputError, match="noise: found a 5 x 16 matrix and no rank above 1 to try; expected sides of"):
        ranks_to_try(half_normal((5, 16), 0))
