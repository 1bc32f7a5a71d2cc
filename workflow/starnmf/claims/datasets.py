"""Claims of Table 1 and section 4.1 about the datasets."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Concatenate, TypeAlias

import numpy as np
import pandas as pd

from starnmf.choices import Regime
from starnmf.claims.claim import (
    CHECK,
    Claim,
    Finding,
    Measure,
    Measurement,
    Parameters,
    at_least,
    at_most,
    exact,
    measured_on,
)
from starnmf.claims.data import PAPER_DATASETS
from starnmf.datasets.registry import published
from starnmf.datasets.tables import MATRICES
from starnmf.results.table import Table

OBSERVED = tuple(name for name in PAPER_DATASETS if published(name).density is not None)

dataset_claim = partial(Claim, datasets=PAPER_DATASETS)
"""A claim that the paper makes about every dataset."""


OfCase: TypeAlias = Callable[Concatenate[pd.DataFrame, Parameters], Measurement | None]


def measured_per_case(table: Table) -> Callable[[OfCase[Parameters]], Callable[Parameters, Measure]]:
    """Decorate a function that measures the rows of one dataset and regime: one finding for each of them."""

    def decorate(function: OfCase[Parameters]) -> Callable[Parameters, Measure]:
        @measured_on(table)
        def of_cases(rows: pd.DataFrame, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Iterable[Finding]:
            for (dataset, regime), of_case in rows.groupby(["dataset", "regime"]):
                measurement = function(of_case, *args, **kwargs)
                if measurement is not None:
                    yield Finding(measurement, of_case, str(regime), str(dataset))

        return of_cases

    return decorate


def case_of(rows: pd.DataFrame) -> tuple[str, str]:
    """The dataset and regime of rows that are all of one."""
    return str(rows["dataset"].iloc[0]), str(rows["regime"].iloc[0])


def ends_that_count(rows: pd.DataFrame) -> pd.Series:
    """Whether the ends that rows are about are what their regime says: under `converged`, whether they converged."""
    return rows["converged"] | (rows["regime"] != Regime.CONVERGED)


def bounded_if_converged(rows: pd.DataFrame, measured: Measurement) -> Measurement:
    """What was measured; without bounds, so that it decides nothing, if not all ends count that rows are about."""
    if ends_that_count(rows).all():
        return measured
    return replace(measured, low=-np.inf, high=np.inf).with_note(" (of restarts that have not converged too)")


def number_of(hits: pd.Series, counts: pd.Series, how: str) -> Measurement:
    """How many are hit; of those whose ends do not count, any number may be.

    Parameters
    ----------
    hits, counts
        Whether each is hit, and whether its end counts (`ends_that_count`).
    how
        What is said of the number.
    """
    unknown = int((~counts).sum())
    if not unknown:
        return exact(hits.sum(), f"({how})")
    least = int(hits[counts].sum())
    how = f"({how}; {unknown} of them lead to restarts that have not converged)"
    return Measurement(float(hits.sum()), least, least + unknown, how)


@measured_on(MATRICES)
def _shape(table: pd.DataFrame) -> Iterable[Finding]:
    for row in _published(table):
        paper = published(row["dataset"])
        found, printed = (row["n"], row["m"], row["rank"]), (*paper.shape, paper.rank)
        how = f"(found {tuple(map(int, found))}, printed {printed})"
        wrong = sum(int(one) != other for one, other in zip(found, printed, strict=True))
        yield Finding(exact(wrong, how), row, dataset=row["dataset"])


@measured_on(MATRICES)
def _density(table: pd.DataFrame) -> Iterable[Finding]:
    for row in _published(table):
        printed = published(row["dataset"]).density
        if printed is not None:
            off = exact(abs(row["density"] - printed), f"(found {row['density']:.6f}, printed {printed})")
            yield Finding(off, row, dataset=row["dataset"])


def _published(table: pd.DataFrame) -> Iterable[pd.Series]:
    """Matrices of published files: synthetic ones have the shape that was configured."""
    rows = table[(table["source"] != "stand-in") & table["dataset"].isin(PAPER_DATASETS)]
    return (row for _, row in rows.iterrows())


@measured_on(MATRICES)
def _variance(table: pd.DataFrame) -> Iterable[Finding]:
    for _, row in table.iterrows():
        off = exact(abs(row["variance"] - 1), f"(variance {row['variance']:.8f})")
        yield Finding(off, row, dataset=row["dataset"])


@measured_on(MATRICES)
def _out_of_scope(table: pd.DataFrame) -> Iterable[Finding]:
    ratio = (table["rank"] / np.sqrt(table["n"])).set_axis(table["dataset"])
    if (ratio >= 1).all() and not set(PAPER_DATASETS) <= set(ratio.index):
        return  # One of the datasets that are not in the run may be the one.
    listed = "r / sqrt(n): " + ", ".join(f"{dataset} {value:.2g}" for dataset, value in ratio.items())
    yield Finding(exact((ratio < 1).sum(), f"(of {len(ratio)})"), table, reason=listed)


SYNTHETIC = "the data are synthetic, of a configured shape"

CLAIMS: tuple[Claim, ...] = (
    dataset_claim(
        "nmf-table-1-shape",
        "Table 1, column 2",
        "Shape and rank are (n, m, r)",
        "numbers of the three that differ",
        at_most(0),
        _shape(),
        if_nothing=SYNTHETIC,
    ),
    dataset_claim(
        "nmf-table-1-density",
        "Table 1, column 3",
        "Share of observed entries",
        "distance from the printed density",
        at_most(0.00005),
        _density(),
        "four decimals",
        datasets=OBSERVED,
        if_nothing=SYNTHETIC,
    ),
    Claim(
        "nmf-rank-out-of-scope",
        "section 4.1, paragraph 1, sentence 2",
        "Some datasets have ranks outside the scope of the theorem, r >= sqrt(n)",
        "datasets with r < sqrt(n)",
        at_least(1),
        _out_of_scope(),
        if_nothing="no dataset of this run has r < sqrt(n), and not all of the paper's are in it",
    ),
    dataset_claim(
        "nmf-variance",
        CHECK,
        "Data are scaled so that the variance of observed entries is 1",
        "distance of the variance from 1",
        at_most(1e-5),
        _variance(),
        limit_reason="rounding of float32 entries",
    ),
)
"""Claims about the datasets, in the paper's order."""
