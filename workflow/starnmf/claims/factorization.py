"""Claims of section 4.1 about the descent: how it starts, and whether it converges."""

from collections.abc import Iterable

import pandas as pd

from starnmf.claims.claim import CHECK, Claim, Finding, at_most, measured_on, within
from starnmf.claims.datasets import dataset_claim
from starnmf.claims.statistics import mean
from starnmf.factorization.tables import RUNS
from starnmf.results.table import rows_where

LIKE_OPTIMA = 1.01
"""A descent has converged when its loss is at most 1 % above that of optima."""


@measured_on(RUNS)
def _start_means(table: pd.DataFrame) -> Iterable[Finding]:
    """Every regime has the same starts, so that the rows of one are enough."""
    for dataset, rows in rows_where(table, rate=1.0).groupby("dataset"):
        rows = rows_where(rows, regime=rows["regime"].iloc[0])
        # There are many datasets: a rare interval that misses by chance must not contradict the claim.
        ratio = mean(rows["start_mean"] / rows["mean"], "start", confidence=0.999)
        yield Finding(ratio, rows, dataset=str(dataset))


@measured_on(RUNS)
def _as_low_as_optima(table: pd.DataFrame) -> Iterable[Finding]:
    for dataset, rows in rows_where(table, rate=1.0).groupby("dataset"):
        optima = rows_where(rows, regime="converged")
        for regime in ("literal", "published"):
            ends = rows_where(rows, regime=regime)
            if not optima.empty and not ends.empty:
                lowest = optima["loss"].mean()
                ratio = mean(ends["loss"] / lowest, "restart").with_note(
                    f"; mean loss {ends['loss'].mean():.4g} against {lowest:.4g} of optima"
                )
                yield Finding(ratio, pd.concat([optima, ends]), regime, str(dataset))


CLAIMS: tuple[Claim, ...] = (
    dataset_claim(
        "nmf-start-mean",
        CHECK,
        "The means of initialization and data match",
        "mean of U0 V0 over mean of X",
        within(0.95, 1.05),
        _start_means(),
    ),
    dataset_claim(
        "nmf-published-converges",
        "section 4.1",
        "Learning rate 1e-7 and 1e4 steps give convergence for all datasets",
        "final loss over the mean loss of optima",
        at_most(LIKE_OPTIMA),
        _as_low_as_optima(),
    ),
)
"""Claims about the descent, in the paper's order."""
