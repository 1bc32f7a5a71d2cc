"""What a claim is: a statement of the paper, a measurement of a result table, and a criterion that judges it."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import wraps
from typing import Concatenate, Literal, ParamSpec, TypeAlias

import numpy as np
import pandas as pd

from starnmf.claims.data import Data
from starnmf.results.table import Table, rows_where

Parameters = ParamSpec("Parameters")


class Verdict(StrEnum):
    """What the ledger says of a claim.

    The last four are about what was not measured on the paper's own data or networks; what such a
    measurement would say stands in the column `outcome`.
    """

    REPRODUCED = "reproduced"
    CONTRADICTED = "contradicted"
    PARTLY = "partly"
    REGIME_DEPENDENT = "regime-dependent"
    UNDECIDED = "undecided"
    REDUCED = "reduced"
    SYNTHETIC = "synthetic"
    OTHER_DATA = "other data"
    NOT_RUN = "not run"


class StatedBy(StrEnum):
    """Whose statement a claim is."""

    PAPER = "paper"
    COMPANION = "companion"
    OTHER = "other"
    PROJECT = "project"
    CHECK = "check"


PROJECT = "this project"
"""Where a claim stands that neither the paper nor a companion states."""

CHECK = "the pipeline"
"""Where a check of the pipeline against itself stands."""

COMPANIONS = ("isometry", "purification", "inductive")
"""The sections of the ledger that are about companions."""

BEYOND = "beyond"
"""The section of the ledger about questions that the paper does not ask."""


@dataclass(frozen=True)
class Measurement:
    """A number with its interval; `low` and `high` are the number itself where it is exact."""

    value: float
    low: float
    high: float
    how: str
    """The test, the interval and the number of cases, in words."""

    def with_note(self, note: str) -> "Measurement":
        """The measurement with more words about how it was made."""
        return replace(self, how=f"{self.how}{note}")

    @property
    def interval(self) -> str:
        """The interval and where it comes from; the latter alone where there is no interval."""
        return self.how if self.low == self.high else f"[{self.low:.4g}, {self.high:.4g}] {self.how}"


def exact(value: float, how: str) -> Measurement:
    """A measurement without uncertainty."""
    return Measurement(float(value), float(value), float(value), how)


@dataclass(frozen=True)
class Criterion:
    """The values for which a claim holds: those from `lowest` to `highest`."""

    lowest: float
    highest: float
    words: str
    limit: float
    """The number that decides: the bound, or how far a value may be from `centre`."""
    centre: float | None = None
    """The value that others may be near, where both bounds are finite."""

    def judge(self, measurement: Measurement) -> Verdict:
        """Reproduced when the whole interval meets the criterion, contradicted when none of it does."""
        if math.isnan(measurement.value):
            return Verdict.UNDECIDED
        if self.lowest <= measurement.low and measurement.high <= self.highest:
            return Verdict.REPRODUCED
        if measurement.high < self.lowest or measurement.low > self.highest:
            return Verdict.CONTRADICTED
        return Verdict.UNDECIDED

    def flips(self, measurements: Sequence[Measurement]) -> tuple[float, float]:
        """The limits at which the verdict on all of some measurements changes.

        Returns
        -------
        holds : float
            The strictest limit with which every interval meets the criterion.
        fails : float
            With limits stricter than this one, at least one interval misses it as a whole.
        """
        lows = [measurement.low for measurement in measurements]
        highs = [measurement.high for measurement in measurements]
        if self.centre is not None:
            far = [max(abs(low - self.centre), abs(high - self.centre)) for low, high in zip(lows, highs, strict=True)]
            near = [max(low - self.centre, self.centre - high, 0.0) for low, high in zip(lows, highs, strict=True)]
            return max(far), max(near)
        return (max(highs), max(lows)) if self.lowest == -math.inf else (min(lows), min(highs))


def at_most(limit: float) -> Criterion:
    """Values up to a limit."""
    return Criterion(-math.inf, limit, f"at most {limit:.4g}", limit)


def at_least(limit: float) -> Criterion:
    """Values from a limit on."""
    return Criterion(limit, math.inf, f"at least {limit:.4g}", limit)


def below(limit: float) -> Criterion:
    """Values under a limit."""
    return Criterion(-math.inf, math.nextafter(limit, -math.inf), f"below {limit:.4g}", limit)


def above(limit: float) -> Criterion:
    """Values over a limit."""
    return Criterion(math.nextafter(limit, math.inf), math.inf, f"above {limit:.4g}", limit)


def around(centre: float, distance: float) -> Criterion:
    """Values no further than a distance from a value."""
    lowest, highest = centre - distance, centre + distance
    return Criterion(lowest, highest, f"from {lowest:.4g} to {highest:.4g}", distance, centre)


def within(lowest: float, highest: float) -> Criterion:
    """Values between two limits."""
    return around((lowest + highest) / 2, (highest - lowest) / 2)


@dataclass(frozen=True, eq=False)
class Finding:
    """One measurement of a claim, and the case it is about."""

    measurement: Measurement
    rows: pd.DataFrame | pd.Series
    """The rows of the result table that it was measured on."""
    regime: str = ""
    """`literal`, `published` or `converged`, and nothing else."""
    dataset: str = ""
    case: str = ""
    """What else distinguishes it, such as `n = 8` or `44 layers, epoch 100`."""
    data: Data | None = None
    """The data it was measured on; where it is not given, the ledger asks the run about the dataset."""
    reason: str = ""
    """What a reader must know beside the number; the ledger adds what must be said of a dataset."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """The files that the rows come from."""
        return tuple(dict.fromkeys(np.atleast_1d(self.rows["file"])))


@dataclass(frozen=True)
class Measure:
    """A function that measures the rows of one result table."""

    table: Table
    findings: Callable[[pd.DataFrame], Iterable[Finding]]
    """One finding for each case; none where the rows hold too little."""


Findings: TypeAlias = Callable[Concatenate[pd.DataFrame, Parameters], Iterable[Finding]]


def measured_on(table: Table) -> Callable[[Findings[Parameters]], Callable[Parameters, Measure]]:
    """Decorate a function of a table's rows and of options: called with the options it makes a `Measure`."""

    def decorate(function: Findings[Parameters]) -> Callable[Parameters, Measure]:
        @wraps(function)
        def with_options(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Measure:
            return Measure(table, lambda rows: function(rows, *args, **kwargs))

        return with_options

    return decorate


def extreme(
    table: Table,
    column: str | Callable[[pd.DataFrame], pd.Series],
    which: Literal["largest", "smallest"],
    cases: str,
    **where: object,
) -> Measure:
    """The largest or smallest value of a column, or of a function of the columns.

    Only the rows that `rows_where` finds count; `cases` is what they are called.
    """

    def findings(rows: pd.DataFrame) -> Iterable[Finding]:
        rows = rows_where(rows, **where)
        values = rows[column] if isinstance(column, str) else column(rows)
        if not values.empty:
            value = values.max() if which == "largest" else values.min()
            yield Finding(exact(value, f"({which} of {len(values)} {cases})"), rows)

    return Measure(table, findings)


TOO_LITTLE = "the files of this run hold too little to measure it"


@dataclass(frozen=True)
class Claim:
    """One claim, declared once."""

    id: str
    where: str
    """The place of the sentence that is judged, or `PROJECT` or `CHECK`."""
    statement: str
    metric: str
    criterion: Criterion
    measure: Measure
    paper_value: str = ""
    """What the paper prints, where it prints a number."""
    datasets: tuple[str, ...] = ()
    """The datasets that the paper makes the claim about; one that is not in the run gets a row that says so."""
    if_nothing: str = TOO_LITTLE
    """Why there is no finding although the run has the table."""
    limit_reason: str = ""
    """Why the criterion has this limit, where the statement does not give one and this project chose it."""

    @property
    def section(self) -> str:
        """The section of the ledger, with which the id begins."""
        return self.id.partition("-")[0]

    @property
    def stated_by(self) -> StatedBy:
        """Whose statement it is."""
        own = {PROJECT: StatedBy.PROJECT, CHECK: StatedBy.CHECK}
        others = dict.fromkeys(COMPANIONS, StatedBy.COMPANION) | {BEYOND: StatedBy.OTHER}
        return own.get(self.where, others.get(self.section, StatedBy.PAPER))
