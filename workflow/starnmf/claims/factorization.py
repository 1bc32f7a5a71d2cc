"""Claims of section 4.1 about the descent: how it starts, and whether it converges."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from starnmf.claims.claim import CHECK, Claim, Finding, at_most, exact, measured_on
from starnmf.claims.datasets import dataset_claim
from starnmf.claims.statistics import LARGEST_Z, mean
from starnmf.factorization.tables import RUNS
from starnmf.results.table import rows_where

HALF_NORMAL = np.pi / 2 - 1
"""Squared coefficient of variation of the half-normal distribution."""

LIKE_OPTIMA = 1.01
"""A descent has converged when its loss is at most 1 % above that of optima."""


@measured_on(RUNS)
def _start_means(table: pd.DataFrame) -> Iterable[Finding]:
    """Every regime has the same starts, so that the rows of one are enough."""
    for dataset, rows in rows_where(table, rate=1.0).groupby("dataset"):
        rows = rows_where(rows, regime=rows["regime"].iloc[0])
        first = rows.iloc[0]
        # Entries of a half-normal matrix have the squared coefficient of variation pi / 2 - 1.
        variance = ((1 + HALF_NORMAL / first["n"]) * (1 + HALF_NORMAL / first["m"]) - 1) / first["rank"]
        ratio = (rows["start_mean"] / rows["mean"]).mean()
        how = f"(mean of {len(rows)} starts over mean of X: {ratio:.5g})"
        yield Finding(exact(abs(ratio - 1) / np.sqrt(variance / len(rows)), how), rows, dataset=str(dataset))


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
                if not optima["converged"].all():
                    # Optima are lower than where descents were stopped, so that the ratio is larger.
                    stopped = f", {(~optima['converged']).sum()} of which have not converged"
                    ratio = replace(ratio, high=np.inf).with_note(stopped)
                yield Finding(ratio, pd.concat([optima, ends]), regime, str(dataset))


CLAIMS: tuple[Claim, ...] = (
    dataset_claim(
        "nmf-start-mean",
        CHECK,
        "The means of initialization and data match",
        "standard errors between the mean of U0 V0 and that of X",
        at_most(LARGEST_Z),
        _start_means(),
        limit_reason="a right start misses it once in 16,000 times",
    ),
    dataset_claim(
        "nmf-published-converges",
        "section 4.1, paragraph 2, sentence 4",
        "Learning rate 1e-7 and 1e4 steps give convergence for all datasets",
        "final loss over the mean loss of optima",
        at_most(LIKE_OPTIMA),
        _as_low_as_optima(),
        limit_reason="what convergence means is not said; a loss within 1 % of that of optima",
    ),
)
"""Claims about the descent, in the paper's order."""
