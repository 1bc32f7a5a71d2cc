"""Restarts of several ranks of one matrix, and what they say of each rank."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from starnmf.errors import InputError
from starnmf.factorization.other_ranks import OF_RESTARTS, Descents, with_rank
from starnmf.landscape.curvature import measure_curvature
from starnmf.matrix import Matrix
from starnmf.optima.barriers import measure_barriers
from starnmf.optima.matching import match_restarts
from starnmf.optima.tables import EQUIVALENT
from starnmf.rank_choice import LARGEST_TRIED
from starnmf.rank_choice.choice import excess_of_ranks, restarts_enough, restarts_near, with_choice
from starnmf.rank_choice.held_out import measure_held_out
from starnmf.rank_choice.stability import cophenetic_correlation, orders_of, silhouette, with_best
from starnmf.rank_choice.tables import HELD_OUT, RANK_CHOICE, RANK_RESTARTS
from starnmf.results.table import Table
from starnmf.seeds import generator

OF_RANK = ("dataset", "n", "m", "rank", "observed", "source", "data_sha256", "reduction", "device", "descent")
"""Attributes of factors that the table of ranks repeats."""


def ranks_to_try(matrix: Matrix, chosen: Sequence[int] | None = None) -> list[int]:
    """The chosen ranks, or those from 2 to 12 below half the smaller side, rounded down; and rank 1, to compare with.

    Raises `InputError` when a chosen rank does not fit the matrix, and when there is none above 1.
    """
    smaller_side, shape = min(matrix.shape), " x ".join(map(str, matrix.shape))
    ranks = sorted({1, *(range(2, min(LARGEST_TRIED + 1, smaller_side // 2)) if chosen is None else chosen)})
    dataset = matrix.description.dataset
    if ranks[-1] >= smaller_side:
        too_large = ", ".join(str(rank) for rank in ranks if rank >= smaller_side)
        raise InputError(
            f"{dataset}: ranks_tried has {too_large}, and its matrix is {shape}; expected ranks below {smaller_side}"
        )
    if len(ranks) == 1:
        raise InputError(
            f"{dataset}: found a {shape} matrix and no rank above 1 to try; expected sides of at least 6, or "
            "ranks_tried such as 2-4"
        )
    return ranks


def measure_rank_choice(
    matrix: Matrix, ranks: Sequence[int], restarts: int, points: int, splits: int, descents: Descents
) -> dict[Table, pd.DataFrame]:
    """Factorize a matrix at several ranks, compare the restarts of each, and choose among the ranks.

    Parameters
    ----------
    matrix : Dense or Observed
        Of variance 1.
    ranks : sequence of int
        As from `ranks_to_try`: 1 and others.
    restarts, points : int
        Of every rank: restarts, and random points from which curvature is measured.
    splits : int
        Random splits of the entries for held-out errors.
    descents : Descents
        How restarts are followed.

    Returns
    -------
    dict of Table to pandas.DataFrame
        `RANK_CHOICE`, `RANK_RESTARTS` and `HELD_OUT` of `starnmf.rank_choice.tables`.

    Raises
    ------
    InputError
        As of `factorize`.
    """
    measured = [_of_rank(matrix, rank, restarts, points, descents) for rank in ranks]
    held_out = measure_held_out(matrix, list(ranks), splits, descents)
    rows = pd.DataFrame([of_rank for of_rank, _ in measured])
    rows = with_choice(rows.merge(excess_of_ranks(held_out), how="left", left_on="rank", right_index=True))
    return {
        RANK_CHOICE: rows,
        RANK_RESTARTS: pd.concat([of_restarts for _, of_restarts in measured], ignore_index=True),
        HELD_OUT: held_out,
    }


def _of_rank(
    matrix: Matrix, rank: int, restarts: int, points: int, descents: Descents
) -> tuple[dict[str, str | int | float], pd.DataFrame]:
    """The row of one rank without held-out errors, and the rows of its restarts."""
    factors = descents.of_rank(matrix, rank, ("converged",), restarts, "restarts")["converged"]
    of_rank = with_rank(matrix, rank)
    pair, best = (factors.U, factors.V), int(np.argmin(factors.loss))
    matching = match_restarts(pair, descents.threads)
    barriers = measure_barriers(of_rank, pair, matching, descents.threads)[0].rise_above_ends()
    distance = with_best(matching, best, restarts, matching.distance)
    of_restarts = pd.DataFrame(
        {
            "dataset": matrix.description.dataset,
            "rank": rank,
            "restart": np.arange(restarts),
            **{name: getattr(factors, name) for name in OF_RESTARTS},
            "distance": distance.max(axis=1),
            "equivalent": (distance < EQUIVALENT).mean(axis=1),
            "one_solution": (distance < EQUIVALENT).all(axis=1),
            "barrier": with_best(matching, best, restarts, barriers),
            **_convexity(measure_curvature(of_rank, factors, points, descents.threads)),
        }
    )
    near = restarts_near(factors.loss)
    description = matrix.description
    row = {name: factors.attributes[name] for name in OF_RANK} | {
        "seed": description.seed,
        "restarts": restarts,
        "converged": int(factors.converged.sum()),
        "loss": float(factors.loss.min()),
        "highest_loss": float(factors.loss.max()),
        "near": near,
        "enough": restarts_enough(near / restarts),
        "one_solution": int(of_restarts["one_solution"].sum()),
        "silhouette": silhouette(pair, orders_of(matching, best, restarts)),
        "cophenetic": cophenetic_correlation(pair, generator(description.seed, description.dataset, "consensus")),
        "barrier": float(barriers.max(initial=0.0)),
        **{name: float(of_restarts[name].mean()) for name in ("alpha", "negative", "above", "gradients", "time")},
    }
    return row, of_restarts


def _convexity(segments: pd.DataFrame) -> pd.DataFrame:
    """Of every restart the mean alpha, and the shares of segments with a negative one and above their chord."""
    signs = segments.assign(negative=segments["alpha"] < 0, above=segments["chord_violation"] > 0)
    return signs.groupby("optimum")[["alpha", "negative", "above"]].mean()
