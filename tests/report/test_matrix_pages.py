"""What was found about one matrix: the page's answers in worlds whose answers are known."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from starnmf.factorization.tables import RUNS
from starnmf.landscape.tables import CURVATURE, RANKS
from starnmf.optima.tables import PAIRS
from tests.filled_tables import write_filled

STARNMF = Path(sys.executable).with_name("starnmf")
OPTIMA, POINTS = 6, 8


def page(
    folder, alpha, violation=None, losses=None, ranks=(2, 4), solution=None, barrier=0.5, published=None, **of_runs
):
    """The page about a matrix whose segments have these alphas (optima, points), and restarts these losses.

    Restarts with the same number in `solution` are equivalent; between others the loss rises by `barrier`.
    With a loss `published`, the regime of that name is there too, with the same alphas. `of_runs` are other columns of
    the runs table.
    """
    optimum, point = (axis.ravel() for axis in np.meshgrid(range(OPTIMA), range(POINTS), indexing="ij"))
    violation = np.zeros((OPTIMA, POINTS)) if violation is None else violation
    losses = np.full(OPTIMA, 0.5) if losses is None else np.asarray(losses)
    solution = np.zeros(len(losses)) if solution is None else np.asarray(solution)
    restart, other = np.triu_indices(len(losses), 1)
    same = solution[restart] == solution[other]
    common = {"dataset": "mine", "regime": "converged", "rate": 1.0}
    segments = {"alpha": np.ravel(alpha), "chord_violation": np.ravel(violation)}
    rows = {
        "curvature": (CURVATURE, {**common, "optimum": optimum, "point": point, **segments}),
        "ranks": (
            RANKS,
            {
                **{name: np.tile(values, len(ranks)) for name, values in segments.items()},
                "dataset": "mine",
                "regime": "converged",
                "rank": np.repeat(ranks, OPTIMA * POINTS),
                "restart": np.tile(optimum, len(ranks)),
                "point": np.tile(point, len(ranks)),
            },
        ),
        "pairs": (
            PAIRS,
            {
                **{"dataset": "mine", "regime": "converged", "restart": restart, "other": other, "converged": True},
                **{"equivalent": np.where(same, 1.0, 0.25), "equivalent_unmatched": 0.25},
                **{"rise": np.where(same, 0.0, barrier), "rise_unmatched": 2.0},
            },
        ),
        "run": (
            RUNS,
            {
                **{**common, "source": "own", "descent": "flow", "device": "cpu", "data_sha256": "0" * 64},
                **{"n": 60, "m": 40, "rank": 4, "observed": 2400, "reduction": 1.0},
                **{"restart": np.arange(len(losses)), "loss": losses, "converged": True, **of_runs},
            },
        ),
    }
    command = [STARNMF, "report", "matrix", folder / "found.md", folder / "found.html"]
    for name, (table, values) in rows.items():
        values = pd.DataFrame(values)
        if published is not None:
            of_published = values.assign(regime="published")
            values = pd.concat([of_published.assign(loss=published) if name == "run" else of_published, values])
        write_filled(table, values, folder / f"{name}.csv")
        command += [f"--{name}", folder / f"{name}.csv"]
    subprocess.run(command, check=True, capture_output=True)
    assert (folder / "found.html").read_text().startswith("<!doctype html>")
    return (folder / "found.md").read_text()


def test_a_convex_loss_is_star_convex(tmp_path):
    alpha = np.random.default_rng(0).uniform(0.1, 1, (OPTIMA, POINTS))
    text = page(tmp_path, alpha)
    assert re.search(r"\(`converged`\): \*\*yes\*\*; the loss is convex along all of 48 segments", text)
    assert "from rank 2 to 4" in text
    before, _, _ = text.partition("## How many")
    assert f"| `converged` | 2 | 0.0% (0.0% to {re.findall('to ([0-9.]+)%', before)[-1]}%)" in text


def test_a_loss_that_curves_downwards_below_its_chord_is_star_convex_and_not_convex(tmp_path):
    alpha = np.random.default_rng(0).uniform(0.1, 1, (OPTIMA, POINTS))
    alpha[:2, :3] *= -1
    assert re.search(
        r"\*\*yes\*\*, though not convex: it curves downwards along 6 of 48 segments", page(tmp_path, alpha)
    )


def test_a_loss_above_its_chord_is_not_star_convex(tmp_path):
    alpha = -np.random.default_rng(0).uniform(0.1, 1, (OPTIMA, POINTS))
    violation = np.zeros((OPTIMA, POINTS))
    violation[:, 0] = 0.02
    text = page(tmp_path, alpha, violation)
    assert re.search(
        r"\*\*no\*\*: it curves downwards along 48 of 48 segments, .*; it exceeds its chord along 6\.", text
    )
    found = next(line for line in text.splitlines() if line.startswith("| `converged` | 100.0% ("))
    assert "| 12.5% (" in found
    assert found.endswith(f"| {alpha.mean():.3g} | {alpha.min():.3g} |")


def test_ranks_have_their_shares_means_and_lowest_losses(tmp_path):
    """As many segments curve downwards at every rank here, while half of them exceed their chord."""
    alpha = np.random.default_rng(0).uniform(0.1, 1, (OPTIMA, POINTS))
    alpha[:3] *= -1
    violation = np.where(np.arange(POINTS) < 2, 0.02, 0.0) * np.ones((OPTIMA, 1))
    text = page(tmp_path, alpha, violation)
    rows = [line for line in text.splitlines() if re.match(r"\| `converged` \| [24] \|", line)]
    for row in rows:
        assert re.search(r"\| 50\.0% \(.*\) \| 25\.0% \(.*\) \|", row)
        assert f"| {alpha.mean():.3g} |" in row
    assert len(rows) == 2
    assert "from rank 2 to 4, 50% of the segments curve downwards somewhere at every rank tried" in text


@pytest.mark.parametrize(
    ("near", "of"),
    [(6, 6), (1, 6), (3, 20), (19, 20), (18, 20), (10, 20)],
)
def test_enough_restarts_are_the_fewest_that_find_the_lowest_loss(tmp_path, near, of):
    """By counting: of N restarts, none is among the share that found it with probability (1 - share)^N."""
    text = page(
        tmp_path, np.ones((OPTIMA, POINTS)), losses=[0.5 + 0.0004 * (k % 2) for k in range(near)] + [0.6] * (of - near)
    )
    share = near / of
    fewest = next(number for number in range(1, 1000) if 1 - (1 - share) ** number >= 0.95)
    assert f"{near} of {of} restarts end within 0.1% of the lowest loss, 0.5; the highest is" in text
    assert f"**{fewest} restart{'s' if fewest > 1 else ''}** would find it" in text
    allowed = int(re.search(r"lower end of its 95 % interval, (\d+)\.", text)[1])
    assert allowed >= fewest


def test_restarts_that_go_through_every_entry_have_all_found_the_lowest_loss(tmp_path):
    text = page(tmp_path, np.ones((OPTIMA, POINTS)), losses=[2e-6, 9e-6, 1e-6, 5e-3])
    assert (
        "3 of 4 restarts end at a loss below 1e-05, where the factors go through every entry; the highest is 0.005."
        in text
    )
    assert "**3 restarts** would find it" in text


def test_restarts_that_are_all_equivalent_are_one_solution(tmp_path):
    text = page(tmp_path, np.ones((OPTIMA, POINTS)), losses=np.full(30, 0.5))
    assert "**30 of 30 restarts are one solution**" in text
    assert "Of the ranks one by one 100.0% agree with it after matching, and 25.0% without." in text
    assert "for 100.0% of 435 pairs (79.6% to 100.0%, 95 %); without matching, for 0.0%." in text


def test_restarts_of_several_solutions_are_counted_by_that_of_lowest_loss(tmp_path):
    """Solution 1 has the lowest loss, in the last 4 of 12 restarts; 66 pairs, of which 28 and 6 are of one solution."""
    losses = [0.6] * 8 + [0.5] * 4
    text = page(tmp_path, np.ones((OPTIMA, POINTS)), losses=losses, solution=[0] * 8 + [1] * 4)
    assert "**4 of 12 restarts are the solution of lowest loss**" in text
    assert f"for {34 / 66:.1%} of 66 pairs" in text
    without = page(tmp_path, np.ones((OPTIMA, POINTS)), losses=losses, solution=[0] * 8 + [1] * 4, barrier=0.005)
    assert "for 100.0% of 66 pairs" in without
    different = page(tmp_path, np.ones((OPTIMA, POINTS)), losses=losses, solution=range(12))
    assert "**None of the other 11 restarts is the solution of lowest loss**" in different


def test_a_regime_whose_loss_is_above_the_lowest_says_so(tmp_path):
    """Where the paper's steps end on a small matrix, the loss is convex and nearly that of the start."""
    alpha = np.ones((OPTIMA, POINTS))
    text = page(tmp_path, alpha, losses=np.full(OPTIMA, 0.002), published=0.6)
    assert "(`published`, where the loss is still 0.6, and 0.002 is the lowest found): **yes**" in text
    assert "(`converged`): **yes**" in text


def test_the_last_change_of_alpha_is_said(tmp_path):
    changes = [0.001, -0.03, 0.02, 0, 0, 0]
    text = page(tmp_path, np.ones((OPTIMA, POINTS)), alpha_change=changes)
    assert "the mean alpha towards where it was changed by at most 0.03." in text


def test_restarts_that_were_stopped_are_named_where_optima_are_spoken_of(tmp_path):
    text = page(tmp_path, np.ones((OPTIMA, POINTS)), published=0.6, converged=np.arange(OPTIMA) < 4)
    published, converged = (line for line in text.splitlines() if "the loss is convex along all" in line)
    assert "2 of the 6 restarts had not converged" in converged
    assert "had not converged" not in published
