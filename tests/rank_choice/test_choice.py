"""The rule in worlds whose answer is known, and the numbers that it rests on beside other computations of them."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from starnmf.rank_choice.choice import excess_of_ranks, restarts_enough, restarts_near, with_choice
from starnmf.rank_choice.tables import RANK_CHOICE
from starnmf.report.rank import write_rank_page
from tests.filled_tables import write_filled


@pytest.mark.parametrize(("near", "of"), [(1, 2), (2, 3), (3, 4), (5, 6), (1, 1), (19, 20)])
def test_restarts_that_are_enough_are_counted_in_all_outcomes(near, of):
    """Each new restart ends as one of `of` did, all equally likely."""

    def share_that_finds(count):
        return np.mean([min(outcome) < near for outcome in product(range(of), repeat=count)])

    expected = next(count for count in range(1, 10) if share_that_finds(count) >= 0.95)
    assert restarts_enough(near / of) == expected


def test_restarts_near_the_lowest_loss_are_within_a_thousandth_of_it():
    assert restarts_near(np.array([1.0, 1.0009, 1.0011, 2.0])) == 2
    assert restarts_near(np.array([2e-6, 9e-6, 1.1e-5])) == 2, "below 1e-5 factors go through every entry"


def held_out(errors):
    """The table of errors (ranks, splits) of the ranks 1, 2, ..."""
    rank, split = (axis.ravel() for axis in np.indices(np.shape(errors)))
    return pd.DataFrame({"rank": rank + 1, "split": split, "error": np.ravel(errors)})


def test_a_rank_is_as_good_as_the_best_where_a_paired_t_test_says_no_more():
    random = np.random.default_rng(0)
    noise = 0.1 * random.standard_normal((6, 5)) + random.standard_normal(5)
    errors = np.exp(noise + np.array([[0.5, 0.2, 0.1, 0, 0.03, 0.3]]).T)
    excess = excess_of_ranks(held_out(errors))
    means = stats.gmean(errors, axis=1)
    best = int(np.argmin(means))
    np.testing.assert_allclose(excess["held_out"], means)
    np.testing.assert_allclose(excess["excess"], means / means[best] - 1, atol=1e-15)
    for rank in range(6):
        if rank != best:
            p = stats.ttest_rel(np.log(errors[rank]), np.log(errors[best]), alternative="greater").pvalue
            assert (excess["excess_low"].iloc[rank] > 0) == (p < 0.05)
    assert excess["excess_low"].iloc[best] == 0


def test_errors_of_one_split_are_compared_as_they_are():
    excess = excess_of_ranks(held_out([[2.0], [1.0], [1.5]]))
    np.testing.assert_allclose(excess["excess_low"], [1, 0, 0.5])


def ranks(one_solution, excess_low, restarts=20):
    """Rows of the ranks 1, 2, ... with so many restarts that are one solution."""
    return pd.DataFrame(
        {
            "rank": range(1, len(one_solution) + 1),
            "restarts": restarts,
            "one_solution": one_solution,
            "excess": np.asarray(excess_low) + 0.1,
            "excess_low": excess_low,
        }
    )


NONE = float("nan")
WORLDS = {
    # Restarts of 20 that are one solution, lower ends of the excess, the recommended rank, and what is said.
    "the rank predicts and is stable, no larger one is": (
        [20, 20, 18, 20, 4, 1],
        [1, 0.5, 0.2, 0, 0.1, 0.2],
        4,
        [
            "Rank 4: 20 of 20 restarts are one solution; from rank 5 on they are not.",
            "No larger rank predicts held-out entries better than rank 4",
        ],
    ),
    "larger ranks predict, and are not stable": (
        [20, 20, 20, 7, 2],
        [1, 0.5, 0.2, 0.1, 0],
        3,
        [
            "Rank 3: 20 of 20 restarts",
            "from rank 4 on",
            "predicted best by rank 5, the largest compared",
        ],
    ),
    "larger ranks are stable, and predict no better": (
        [20, 20, 20, 20, 3],
        [1, -0.1, 0, 0.2, 0.3],
        2,
        ["Rank 2: 20 of 20", "; those of rank 3 to 4 are too, and from rank 5 on they are not", "better than rank 2"],
    ),
    "every rank is stable and predicts": (
        [20, 20, 20],
        [1, 0.5, 0],
        3,
        ["Rank 3: 20 of 20 restarts are one solution; no larger rank was tried."],
    ),
    "90 % are enough": ([20, 18, 17], [1, 0.5, 0], 2, ["Rank 2: 18 of 20 restarts are one solution"]),
    "no rank predicts better than one column does": (
        [20, 20, 20, 12],
        [0, 0.1, 0.2, 0.3],
        None,
        ["No rank: entries that were held out are predicted no better by ranks 2 to 4 than by rank 1."],
    ),
    "ranks predict, and none is stable": (
        [20, 12, 17, 3],
        [1, 0.5, 0, 0.1],
        None,
        ["No rank: no larger rank predicts held-out entries better than rank 3", "(at most 17 of 20, at rank 3)"],
    ),
    "ranks at which nothing could be held out are not chosen": (
        [20, 20, 20, 20],
        [1, 0, NONE, NONE],
        2,
        ["Rank 2: 20 of 20"],
    ),
}


@pytest.mark.parametrize("world", WORLDS)
def test_the_recommended_rank_is_that_of_the_rule(world, tmp_path):
    one_solution, excess_low, expected, sentences = WORLDS[world]
    rows = with_choice(ranks(one_solution, excess_low))
    assert list(rows.loc[rows["recommended"], "rank"]) == ([] if expected is None else [expected])
    filled = rows.assign(
        **{"dataset": "007", "source": "own", "n": 60, "m": 40, "observed": 2400, "reduction": 1.0, "loss": 0.25},
        **{"near": 12, "enough": 3, "held_out": 0.5, "barrier": 0.05, "silhouette": 0.81, "cophenetic": 0.92},
        **{"negative": 0.3, "above": 0.1},
        converged=np.where(rows["rank"] == rows["rank"].max(), rows["restarts"] - 4, rows["restarts"]),
    )
    write_filled(RANK_CHOICE, filled.sample(frac=1, random_state=0), tmp_path / "ranks.csv")
    write_rank_page(tmp_path / "ranks.csv", tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text()
    for sentence in sentences:
        assert sentence in page
    assert ("**3 restarts** would find one of these" in page) == (expected is not None)
    cells = "| {} | 0.81 | 0.92 | 12 | 3 | 30.0% | 10.0% | 20.0% |"  # the last: the barrier over the loss
    for row in rows.itertuples():
        assert "| 0.25 | 0.5 " + cells.format(f"{row.one_solution} of {row.restarts}") in page
    assert f"restarts of every rank; not converged: 4 of rank {rows['rank'].max()}.\n" in page
