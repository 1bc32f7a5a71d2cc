"""What a claim is: a statement of the paper, a measurement of result files, and a criterion that judges it."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from starnmf.claims.results import Results
from starnmf.results.table import Table


class Verdict(StrEnum):
    """What the ledger says of a claim."""

    REPRODUCED = "reproduced"
    CONTRADICTED = "contradicted"
    REGIME_DEPENDENT = "regime-dependent"
    UNDECIDED = "undecided"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Measurement:
    """A number with its interval; `low` and `high` are the number itself where all cases were counted."""

    value: float
    low: float
    high: float
    how: str
    """The test, the interval and the number of cases, in words."""

    @property
    def interval(self) -> str:
        """The interval and where it comes from; the latter alone where there is no interval."""
        return self.how if self.low == self.high else f"[{self.low:.4g}, {self.high:.4g}] {self.how}"


def counted(value: float, how: str) -> Measurement:
    """A measurement without uncertainty: every case was looked at."""
    return Measurement(value, value, value, how)


@dataclass(frozen=True)
class Criterion:
    """The values for which a claim holds: those from `lowest` to `highest`."""

    lowest: float
    highest: float
    words: str

    def judge(self, measurement: Measurement) -> Verdict:
        """Reproduced when the whole interval meets the criterion, contradicted when none of it does."""
        if math.isnan(measurement.value):
            return Verdict.UNDECIDED
        if self.lowest <= measurement.low and measurement.high <= self.highest:
            return Verdict.REPRODUCED
        if measurement.high < self.lowest or measurement.low > self.highest:
            return Verdict.CONTRADICTED
        return Verdict.UNDECIDED


def at_most(limit: float) -> Criterion:
    """Values up to a limit."""
    return Criterion(-math.inf, limit, f"at most {limit:.4g}")


def at_least(limit: float) -> Criterion:
    """Values from a limit on."""
    return Criterion(limit, math.inf, f"at least {limit:.4g}")


def below(limit: float) -> Criterion:
    """Values under a limit."""
    return Criterion(-math.inf, math.nextafter(limit, -math.inf), f"below {limit:.4g}")


def above(limit: float) -> Criterion:
    """Values over a limit."""
    return Criterion(math.nextafter(limit, math.inf), math.inf, f"above {limit:.4g}")


def within(lowest: float, highest: float) -> Criterion:
    """Values between two limits."""
    return Criterion(lowest, highest, f"from {lowest:.4g} to {highest:.4g}")


@dataclass(frozen=True)
class Finding:
    """What one measurement of a claim told."""

    measurement: Measurement
    evidence: tuple[str, ...]
    """The files it was taken from."""
    regime: str = ""
    dataset: str = ""
    reason: str = ""
    """What a reader must know beside the number: stand-in data, restarts that met their cap, the right value."""


TOO_LITTLE = "the files of this run hold too little to measure it"


@dataclass(frozen=True)
class Claim:
    """One claim, declared once."""

    id: str
    where: str
    statement: str
    metric: str
    criterion: Criterion
    table: Table
    """The result table that it is measured on."""
    measure: Callable[[Results], Iterable[Finding]]
    paper_value: str = ""
    """What the paper prints, where it prints a number."""
    datasets: tuple[str, ...] = ()
    """The datasets that the paper makes the claim of; one that is not in the run gets a row that says so."""
    if_nothing: str = TOO_LITTLE
    """Why there is nothing to measure where that table is there and it finds nothing in it."""
