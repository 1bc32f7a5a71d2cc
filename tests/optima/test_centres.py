"""A planted star is found, and a world without one has none."""

import numpy as np
import pandas as pd
import pytest

from starnmf.matrix import Dense, Description
from starnmf.optima.barriers import balanced, measure_barriers, relative_barriers
from starnmf.optima.centres import measure_centres
from starnmf.optima.matching import match_restarts
from starnmf.optima.tables import FEWEST

N, M, R = 12, 15, 2
DESCRIPTION = Description(dataset="made-up", rank=R, source="own", raw_sha256={})


def solutions(turns):
    """A matrix of rank 2 and factors (U A, A^-1 V) of it for matrices A near 1, in random order and scale."""
    random = np.random.default_rng(0)
    U, V = 1 + random.random((N, R)), 1 + random.random((R, M))
    matrix = Dense((U @ V * 1.02).astype(np.float32), DESCRIPTION)
    changed = [np.eye(R) + np.array([[0, a], [b, 0]]) for a, b in turns]
    orders = [random.permutation(R) for _ in turns]
    scales = [np.exp(random.normal(size=R)) for _ in turns]
    restarts = (
        np.stack([(U @ A)[:, o] * s for A, o, s in zip(changed, orders, scales, strict=True)]),
        np.stack([np.linalg.solve(A, V)[o] / s[:, None] for A, o, s in zip(changed, orders, scales, strict=True)]),
    )
    return matrix, balanced(restarts)


def around(count, radius=0.2):
    """Changes of the same size in all directions."""
    angle = 2 * np.pi * (np.arange(count) + 0.25) / count
    return list(zip(radius * np.cos(angle), radius * np.sin(angle), strict=True))


def measured(turns):
    matrix, restarts = solutions(turns)
    matching = match_restarts(restarts)
    rise = relative_barriers(measure_barriers(matrix, restarts, matching)[0])[0]
    return matrix, restarts, matching, rise, measure_centres(matrix, restarts, matching, rise, np.arange(len(turns)))


def test_the_hub_of_a_star_of_solutions_is_its_centre():
    turns = [*around(7), (0.0, 0.0), *around(12, 0.21)]
    _, _, _, rise, table = measured(turns)
    assert table["restart"].tolist() == list(range(20))
    others = table[table["restart"] != 7]
    assert (others["centre"] == 7).all()
    # On the ring the neighbours of a solution are as close to it as the hub, all others are farther away.
    assert others["lower"].max() <= 0.5
    assert others["rise"].max() < 0.5 * rise.max()
    assert others["rise"].mean() < 0.75 * others["random_rise"].mean()
    # The mean of solutions in all directions is close to the hub.
    assert others["mean_rise"].max() < 0.5 * rise.max()


def test_without_a_hub_a_centre_is_no_better_than_others():
    *_, table = measured(around(20))
    assert table["lower"].mean() == pytest.approx(0.5, abs=0.15)
    assert table["rise"].median() > 0.7 * table["random_rise"].median()


def test_ties_with_the_centre_count_half():
    matrix, restarts, matching, *_ = measured(around(12))
    table = measure_centres(matrix, restarts, matching, np.ones(len(matching.first)), np.arange(12))
    assert (table["lower"] == 0.5).all()


@pytest.mark.parametrize("hub", [True, False])
def test_a_centre_is_judged_on_restarts_that_it_was_not_chosen_by(hub):
    """Rises of chance alone, or low ones from one restart: any matching and matrix will do."""
    matrix, restarts, matching, *_ = measured(around(30))
    random = np.random.default_rng(3)
    rise = random.exponential(size=len(matching.first))
    if hub:
        rise[(matching.first == 4) | (matching.second == 4)] *= 1e-3
    table = measure_centres(matrix, restarts, matching, rise, np.arange(30)).set_index("restart")
    if hub:
        held_out = table.drop(4)
        assert (held_out["centre"] == 4).all()
        assert held_out["lower"].max() < 0.1
    else:
        assert 0.3 < table["lower"].mean() < 0.7
    rises = pd.DataFrame(np.nan, range(30), range(30))
    for i, j, value in zip(matching.first, matching.second, rise, strict=True):
        rises.loc[i, j] = rises.loc[j, i] = value
    for restart, row in table.iterrows():
        kept = [other for other in range(30) if other != restart]
        assert row["centre"] == rises.loc[kept, kept].max().idxmin()
        assert row["rise"] == rises.loc[row["centre"], restart]
        assert row["random_rise"] == rises.loc[kept, restart].median()
        without = [other for other in kept if other != row["centre"]]
        assert row["lower"] == pytest.approx(np.mean([rises.loc[one, restart] < row["rise"] for one in without]))


def test_the_rise_from_the_mean_is_that_on_a_fine_grid():
    matrix, (U, V), matching, _, table = measured(around(10))
    at = np.linspace(0, 1, 2001)[:, np.newaxis, np.newaxis]
    for _, row in table.iterrows():
        restart, centre = int(row["restart"]), int(row["centre"])
        kept = [other for other in range(10) if other != restart]

        def ordered(number, centre=centre):
            return U[number][:, matching.order_between(centre, number)], V[number][
                matching.order_between(centre, number)
            ]

        mean = [np.mean([ordered(number)[factor] for number in kept], axis=0) for factor in (0, 1)]
        end = ordered(restart)
        U_at, V_at = ((1 - at) * mean[factor] + at * end[factor] for factor in (0, 1))
        loss = np.square(U_at @ V_at - matrix.X).mean(axis=(1, 2)) / 2
        assert row["mean_rise"] == pytest.approx(loss.max() / loss[-1] - 1, rel=1e-5)


def test_orders_between_restarts_invert_each_other():
    _, (U, V), matching, *_ = measured(around(10))
    for one, other in [(2, 7), (7, 2), (3, 3)]:
        order = matching.order_between(one, other)
        # Changes of a fifth leave each column closer to its own than to the other one.
        distance = [
            np.linalg.norm(U[one] - U[other][:, o]) + np.linalg.norm(V[one] - V[other][o]) for o in ([0, 1], [1, 0])
        ]
        assert order.tolist() == ([0, 1] if distance[0] < distance[1] else [1, 0])


def test_few_restarts_have_no_centre():
    *_, table = measured(around(FEWEST - 1))
    assert table.empty
    assert list(table.columns) == ["restart", "centre", "rise", "random_rise", "lower", "mean_rise"]
