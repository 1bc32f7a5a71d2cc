"""Claims beyond the paper: what optima are to each other, and spurious minima of planted problems."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from starnmf.claims.claim import PROJECT, Claim, Finding, Measurement, at_least, at_most, measured_on
from starnmf.claims.datasets import case_of, ends_that_count, measured_per_case
from starnmf.claims.statistics import quantiles, share
from starnmf.optima.tables import CENTRES, EQUIVALENT, FEWEST, PAIRS
from starnmf.seeds import generator
from starnmf.statistics import proportion_interval, resampled_pair_means
from starnmf.theory.tables import SPURIOUS

RESAMPLES = 1000

LOW = 0.01
"""The rise of the loss above the higher end of a segment, relative to it, up to which there is no barrier."""


@measured_per_case(PAIRS)
def _equivalent(rows: pd.DataFrame) -> Measurement | None:
    rows = rows[ends_that_count(rows)]
    if rows.empty:
        return None
    how = f"of single ranks {rows['equivalent'].mean():.4g}, unmatched {rows['equivalent_unmatched'].mean():.4g}"
    return share_of_pairs(rows.assign(hit=rows["equivalent"] == 1), how)


@measured_per_case(PAIRS)
def _without_barrier(rows: pd.DataFrame) -> Measurement | None:
    rows = rows[ends_that_count(rows)]
    if rows.empty:
        return None
    unmatched = (rows["rise_unmatched"] <= LOW).mean()
    how = f"unmatched {unmatched:.4g}; largest rise {rows['rise'].max():.3g}, median {rows['rise'].median():.3g}"
    return share_of_pairs(rows.assign(hit=rows["rise"] <= LOW), how)


@measured_per_case(CENTRES)
def _from_centre(rows: pd.DataFrame) -> Measurement | None:
    """Share of restarts without a barrier from a centre; none where most have none from a random restart either."""
    if (rows["random_rise"] <= LOW).mean() > 0.5:
        return None
    by = f"rise from the centre {rows['rise'].median():.3g}, from a random restart {rows['random_rise'].median():.3g}"
    low = int((rows["rise"] <= LOW).sum())
    return share(low, len(rows)).with_note(f" (median {by}, from the mean {rows['mean_rise'].median():.3g})")


@measured_per_case(CENTRES)
def _lower_from_centre(rows: pd.DataFrame) -> Measurement | None:
    """Share of restarts from which the rise is higher than from the centre; none where most have no barrier at all."""
    if (rows["random_rise"] <= LOW).mean() > 0.5:
        return None
    higher = 1 - rows["lower"].to_numpy(dtype=np.float64)
    random = generator(0, *case_of(rows), "bootstrap of centres")
    drawn = random.integers(len(higher), size=(RESAMPLES, len(higher)))
    return quantiles(float(higher.mean()), higher[drawn].mean(axis=1), f"{len(higher)} restarts held out in turn")


def share_of_pairs(rows: pd.DataFrame, what: str) -> Measurement:
    """The share of pairs of restarts for which `hit` is true, with its 95 % interval.

    Pairs that share a restart are alike: restarts are resampled. Where all pairs are hit, or none, resampling knows no
    spread: the interval is Wilson's of as many pairs as share no restart. Fewer than `FEWEST` restarts decide nothing.

    Parameters
    ----------
    rows
        Rows of `PAIRS` of one dataset and regime, with a column `hit`.
    what
        What else is said of the pairs.
    """
    restarts = np.unique(rows[["restart", "other"]])
    count, hits = len(restarts), int(rows["hit"].sum())
    value = hits / len(rows)
    how = f"{hits} of {len(rows)} pairs of {count} restarts; {what}"
    if count < FEWEST:
        return Measurement(value, 0.0, 1.0, f"({how}; expected {FEWEST} restarts or more to judge)")
    if hits in (0, len(rows)):
        low, high = proportion_interval(hits * (count // 2) // len(rows), count // 2)
        return Measurement(value, low, high, f"(95 % Wilson interval of {count // 2} separate pairs, {how})")
    values = np.zeros((count, count))
    first, second = (np.searchsorted(restarts, rows[name]) for name in ("restart", "other"))
    values[first, second] = values[second, first] = rows["hit"]
    resampled = resampled_pair_means(values, RESAMPLES, generator(0, *case_of(rows), "bootstrap of pairs"))
    return quantiles(value, resampled, f"restarts resampled, {how}")


@measured_on(SPURIOUS)
def _partly_observed(table: pd.DataFrame) -> Iterable[Finding]:
    for true_rank, rows in table[(table["observed"] < 1) & (table["true_rank"] > 1)].groupby("true_rank"):
        yield Finding(_share(rows), rows, case=f"true rank {true_rank}")


@measured_on(SPURIOUS)
def _fully_observed(table: pd.DataFrame) -> Iterable[Finding]:
    rows = table[table["observed"] == 1]
    if not rows.empty:
        yield Finding(_share(rows), rows)


def _share(rows: pd.DataFrame) -> Measurement:
    """The share of descents that end in a certified spurious minimum, of all laws and ranks."""
    undecided = int(rows["undecided"].sum())
    return share(int(rows["spurious"].sum()), int(rows["trials"].sum())).with_note(f" ({undecided} ends undecided)")


AS_FEW = "30 restarts that are all alike cannot tell a share of 1 from one of 0.8, where their interval begins"
NO_PAIRS = "no two restarts have converged"
NO_BARRIERS = f"there are fewer than {FEWEST} restarts, or from most to most others there is no barrier"

CLAIMS = (
    Claim(
        "beyond-equivalent",
        "abstract of arXiv 2605.19325",
        "Runs end in equivalent factors: after matching, all are within a cosine distance of 0.1",
        f"share of pairs of restarts all of whose ranks are within {EQUIVALENT} in U and in V",
        at_least(0.9),
        _equivalent(),
        if_nothing=NO_PAIRS,
        paper_value="99 % of 400 runs",
        limit_reason="100 restarts that are all alike cannot tell the 99 % of the statement from 93 %",
    ),
    Claim(
        "beyond-no-barrier",
        PROJECT,
        "Segments between matched optima have no barrier",
        f"share of pairs of restarts between which the loss rises by {LOW:.0%} of the higher end's at most",
        at_least(0.75),
        _without_barrier(),
        if_nothing=NO_PAIRS,
        limit_reason=AS_FEW,
    ),
    Claim(
        "beyond-star-centre",
        PROJECT,
        "The optimum with the smallest largest rise to the others is a centre: there is no barrier between it and most "
        "others, though there is between most pairs",
        f"share of restarts, held out from its choice, to which the loss rises by {LOW:.0%} at most from the centre",
        at_least(0.75),
        _from_centre(),
        if_nothing=NO_BARRIERS,
        limit_reason=AS_FEW,
    ),
    Claim(
        "beyond-better-centre",
        PROJECT,
        "The optimum with the smallest largest rise to some optima has smaller rises to others than a random one has",
        "mean share of optima from which the rise to a restart, held out from the choice, exceeds that from the centre",
        at_least(0.5),
        _lower_from_centre(),
        if_nothing=NO_BARRIERS,
        limit_reason="from a random optimum it is half",
    ),
    Claim(
        "beyond-spurious",
        PROJECT,
        "Where entries are unobserved, non-negative recovery of ranks 2 and 3 has spurious minima, and descent ends in "
        "one",
        "share of descents that end in a certified local minimum above the planted loss",
        at_least(0.002),
        _partly_observed(),
        limit_reason="2,000 descents without any contradict it",
    ),
    Claim(
        "beyond-spurious-observed",
        PROJECT,
        "Where all entries are observed, descent finds an exact factorization",
        "share of descents that end in a certified local minimum above the planted loss",
        at_most(0.05),
        _fully_observed(),
        limit_reason="one restart more in twenty",
    ),
)
"""Claims beyond the paper."""
