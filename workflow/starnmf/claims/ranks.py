"""Claims about what convexity comes with: more parameters, here by the rank, and efficient descent.

Section 4.3 says in its first sentence that more parameters make NMF more likely to be star-convex. The paper varies the
size of the data; whether the rank does it too is this project's question.
"""

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.claims.claim import CHECK, PROJECT, Measurement, at_most, below, exact
from starnmf.claims.datasets import bounded_if_converged, case_of, dataset_claim, measured_per_case
from starnmf.claims.landscape import Condition, fall_of_deviations, is_above_chord, is_negative
from starnmf.landscape.tables import RANKS, TRAJECTORY
from starnmf.statistics import crossed_contrast


@measured_per_case(RANKS)
def _deviation_falls(rows: pd.DataFrame) -> Measurement | None:
    """As for the size of the data, by the rank."""
    groups = _by_rank(rows, rows["alpha"])
    if len(groups) < 2:
        return None
    measured = fall_of_deviations({rank: [alpha] for rank, alpha in groups.items()}, "rank", *case_of(rows))
    return bounded_if_converged(rows, measured)


@measured_per_case(RANKS)
def _fewer_segments(rows: pd.DataFrame, is_hit: Condition) -> Measurement | None:
    """Share of segments that meet a condition at the largest rank less that at the smallest; none where none does."""
    hit = is_hit(rows)
    groups = _by_rank(rows, hit)
    if len(groups) < 2 or not hit.any():
        return None
    smallest, largest = groups[min(groups)], groups[max(groups)]
    value, low, high = crossed_contrast([largest, smallest], [1.0, -1.0])
    by_rank = ", ".join(f"{rank}: {group.mean():.3g}" for rank, group in groups.items())
    restarts, points = largest.shape
    of = f"{restarts} restarts and {points} points of each rank; share by rank {by_rank}"
    if np.isnan(low):
        return Measurement(value, -np.inf, np.inf, f"(too few for an interval: {of})")
    measured = Measurement(value, low, high, f"(95 % t-interval, {of})" if low < high else f"(all alike: {of})")
    return bounded_if_converged(rows, measured)


def _by_rank(rows: pd.DataFrame, values: pd.Series) -> dict[int, Array]:
    """Values of every rank (restarts, points)."""
    wide = rows.assign(value=values).pivot(index=["rank", "restart"], columns="point", values="value")
    ranks = sorted(set(rows["rank"].tolist()))
    return {rank: wide.xs(rank, level="rank").to_numpy(dtype=np.float64) for rank in ranks}


@measured_per_case(TRAJECTORY)
def _largest_share_of_bound(rows: pd.DataFrame, star_convex_only: bool = False) -> Measurement | None:
    """The largest of all times and descents; only of those that star-convexity holds for if asked."""
    exceeding = rows.loc[rows["chord_violation"] > 0, "repetition"].unique()
    count = rows["repetition"].nunique()
    measured = rows[~rows["repetition"].isin(exceeding)] if star_convex_only else rows
    largest = measured.groupby("repetition")["share_of_bound"].max().dropna()
    if largest.empty:
        return None
    how = f"of {len(largest)} independent descents, {largest.min():.3g} the smallest"
    how = f"({how}; on {count - len(exceeding)} of {count} the loss never exceeds its chord)"
    found = exact(largest.max(), how)
    # What star-convexity implies holds for any end of a descent, converged or not.
    return found if star_convex_only else bounded_if_converged(rows, found)


FEWER = "share of segments on which {which} at the largest rank less that at the smallest"
BOUND = "largest t (f(x(t)) - f(x*)) / (|x* - x(0)|^2 / 2) on the way, f half the sum of squares"

CLAIMS = (
    dataset_claim(
        "nmf-rank-deviation",
        PROJECT,
        "Increasing the number of parameters, here by the rank, makes alpha tend to its positive mean, as in Figure 5",
        "Spearman's rho of sigma/mu against the rank; 1 where a mean is not positive",
        below(0),
        _deviation_falls(),
        if_nothing="there is one rank alone",
    ),
    *(
        dataset_claim(
            f"nmf-rank-{name}",
            PROJECT,
            f"Increasing the number of parameters, here by the rank, makes segments on which {which} rarer",
            FEWER.format(which=which),
            below(0),
            _fewer_segments(is_hit),
            if_nothing="at no rank is there such a segment, or there is one rank alone",
        )
        for name, which, is_hit in (
            ("negative", "alpha < 0", is_negative),
            ("chord", "the loss exceeds its chord", is_above_chord),
        )
    ),
    dataset_claim(
        "nmf-efficient",
        "section 4.2, sentence 12",
        "Descent is as efficient as star-convexity implies, with an error of |x* - x(0)|^2 / (2 t) at most",
        BOUND,
        at_most(1),
        _largest_share_of_bound(),
    ),
    dataset_claim(
        "nmf-efficient-theorem",
        CHECK,
        "Where the loss never exceeds its chord, descent has the efficiency that star-convexity implies",
        BOUND,
        at_most(1),
        _largest_share_of_bound(star_convex_only=True),
        if_nothing="on every descent the loss exceeds its chord",
    ),
)
"""Claims about ranks and efficiency."""
