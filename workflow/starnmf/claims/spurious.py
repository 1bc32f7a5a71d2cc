"""Claims beyond the paper about spurious minima of planted problems."""

from collections.abc import Iterable

import pandas as pd

from starnmf.claims.claim import PROJECT, Claim, Finding, Measurement, at_least, at_most, measured_on
from starnmf.claims.statistics import share
from starnmf.theory.tables import SPURIOUS


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


CLAIMS = (
    Claim(
        "beyond-spurious",
        "abstract of arXiv 2505.03717",
        "Non-negative recovery has spurious minima for every true rank above 1: where entries are unobserved, descent "
        "ends in one",
        "share of descents that end in a certified local minimum above the planted loss",
        at_least(0.001),
        _partly_observed(),
        limit_reason="4,000 descents without any contradict it",
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
"""Claims about spurious minima."""
