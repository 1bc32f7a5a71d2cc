"""The table of the championship: its cells, who is first in them and by how much, as CSV and as Markdown."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from contenders import Measurement
from peers import MERITS
from race import Arrival
from table import LIBRARIES, Row, measured_with, three_digits, write_csv

PEERS = ("pyplanc", "nn-fac", "torchnmf", "cmfrec", "libmf")
"""Distributions whose versions the table tells."""


@dataclass(frozen=True)
class Result:
    """A contender in a cell."""

    problem: str
    starts: int
    at_rest: bool
    """Whether the references were followed to rest."""
    arrival: Arrival
    measured_with: dict[str, str] = field(
        default_factory=partial(measured_with, torch.device("cpu"), (*LIBRARIES, *PEERS))
    )

    @property
    def is_ours(self) -> bool:
        return self.arrival.contender.startswith("ours")

    @property
    def seconds(self) -> float:
        """Infinite if it did not arrive."""
        return float(np.nan_to_num(self.arrival.seconds, nan=np.inf))

    @property
    def at_least(self) -> float:
        """Seconds, or those in which it did not arrive."""
        if np.isfinite(self.seconds):
            return self.seconds
        return self.arrival.followed * self.arrival.restarts

    def text(self) -> str:
        """A line of the printed cell."""
        arrival = self.arrival
        if not arrival.iterations:
            return f"  {arrival.contender}"
        done = f"  {arrival.contender:18}{arrival.iterations:8} iterations "
        if np.isinf(self.seconds):
            return f"{done}not in {arrival.followed:.3g} s a restart; {arrival.excess:.2%} above"
        scaled = "" if arrival.clocked == arrival.restarts else f" (from {arrival.clocked})"
        return f"{done}{arrival.seconds:10.3g} s{scaled}"


@dataclass(frozen=True)
class Cell:
    """A problem, a number of restarts and a distance from the references, with all contenders, the fastest first."""

    problem: str
    restarts: int
    within: float
    results: tuple[Result, ...]

    def best(self, ours: bool) -> Result | None:
        """The fastest of ours, or of the others, or what came closest if none arrived; None if there is none."""
        chosen = [one for one in self.results if one.is_ours == ours and one.arrival.iterations]
        return min(chosen, key=lambda one: (one.seconds, one.arrival.excess), default=None)

    def lead(self) -> float:
        """Seconds of the fastest of the others over those of ours; where one did not arrive, those it was given.

        NaN where neither arrived.
        """
        ours, other = self.best(True), self.best(False)
        if ours is None or other is None or not np.isfinite(min(ours.seconds, other.seconds)):
            return float("nan")
        return other.at_least / ours.at_least

    def arrived(self) -> tuple[bool, bool]:
        """Whether any of ours and any of the others did."""
        ours, other = (bool(best and np.isfinite(best.seconds)) for best in (self.best(True), self.best(False)))
        return ours, other

    def is_at_rest(self) -> bool:
        """Whether the references were followed to rest."""
        return all(one.at_rest for one in self.results)

    def is_first(self) -> bool:
        """Whether one of ours arrives before all others."""
        ours, other = self.best(True), self.best(False)
        return ours is not None and other is not None and ours.seconds < other.seconds

    def verdict(self) -> str:
        """Who is first, by how much and, where it is not one of ours, by what."""
        ours, other = self.best(True), self.best(False)
        if other is None:
            return "no other contender"
        if not any(np.isfinite(one.seconds) for one in self.results):
            return "nobody arrived"
        if self.is_first():
            bound = "" if np.isfinite(other.seconds) else "at least "
            return f"ours first, by {bound}{self.lead():.3g}"
        behind = (
            "ours did not arrive" if ours is None or np.isinf(ours.seconds) else f"ours takes {1 / self.lead():.3g}x"
        )
        return f"lost to {other.arrival.contender}, {behind}: {MERITS.get(other.arrival.contender, '')}"

    def text(self) -> str:
        """The printed cell."""
        rest = "" if self.is_at_rest() else ", references not at rest"
        title = f"{self.problem}, {self.restarts} to within {self.within:.2%}{rest}: {self.verdict()}"
        return "\n".join([title, *(one.text() for one in self.results)])

    def rows(self) -> list[Row]:
        """Rows of the table of all benchmarks."""
        ours = self.best(True)
        return [self._row(one, ours.seconds if ours else np.inf) for one in self.results]

    def absent(self, reason: str) -> Result:
        """The result of a contender that could not take part."""
        one = self.results[0]
        nothing = Arrival(reason, self.restarts, self.within, np.nan, 0, 0, np.nan, np.nan)
        return replace(one, arrival=nothing)

    def _row(self, one: Result, ours: float) -> Row:
        arrival = one.arrival
        ratio = one.seconds / ours if np.isfinite(one.seconds) and np.isfinite(ours) else np.nan
        told = arrival.contender + (f" ({arrival.iterations} iterations)" if arrival.iterations else "")
        measured = Measurement(told, arrival.seconds, ratio, np.nan, None, int(arrival.clocked > 0))
        unit = f"{self.restarts} to {self.within:.1%}"
        if one.is_ours or np.isnan(ratio):
            return Row("championship", self.problem, measured, unit)
        return Row("championship", self.problem, measured, unit, target="ratio >= 1", met=ratio >= 1)


def cells_of(results: Iterable[Result]) -> list[Cell]:
    """The cells of results whose problems lie together."""

    def key(one: Result) -> tuple[float, int]:
        return -one.arrival.within, one.arrival.restarts

    cells = []
    for problem, of_problem in groupby(results, lambda one: one.problem):
        for (within, restarts), cell in groupby(sorted(of_problem, key=key), key):
            ranked = sorted(cell, key=lambda one: (one.seconds, np.nan_to_num(one.arrival.excess, nan=np.inf)))
            cells.append(Cell(problem, restarts, -within, tuple(ranked)))
    return cells


def markdown(cells: Sequence[Cell]) -> str:
    """The cells as a table of the documentation, with what they come to."""
    lines = [
        "| problem | restarts | within | ours | s | best of the others | s | lead |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_markdown_row(cell) for cell in cells]
    for within in sorted({cell.within for cell in cells}, reverse=True):
        chosen = [cell for cell in cells if cell.within == within]
        first, leads = sum(cell.is_first() for cell in chosen), [cell.lead() for cell in chosen]
        decided = [lead for lead in leads if np.isfinite(lead)]
        median = f", median lead {np.median(decided):.3g} in the {len(decided)} that are decided" if decided else ""
        lines += ["", f"Within {within:.2%}: first in {first} of {len(chosen)} cells{median}."]
    lost = [
        f"- {cell.problem}, {cell.restarts}, {cell.within:.2%}: {cell.verdict()}"
        for cell in cells
        if not cell.is_first()
    ]
    loose = (
        [] if all(cell.is_at_rest() for cell in cells) else ["", "*: references that nobody followed to convergence."]
    )
    return "\n".join([*lines, "", *lost, *loose])


def write(results: Sequence[Result], path: Path) -> None:
    """Write every contender of every cell, with what it was measured with."""
    table = []
    for cell in cells_of(results):
        for one in cell.results:
            told = asdict(one.arrival)
            numbers = {name: three_digits(told[name]) for name in ("seconds", "excess", "followed")}
            whole = {"problem": one.problem} | told | numbers
            whole |= {"starts": one.starts, "at_rest": "yes" if one.at_rest else "no"}
            table.append({name: str(value) for name, value in whole.items()} | one.measured_with)
    write_csv(table, path)


def read(path: Path) -> list[Result]:
    """The results of an earlier run; none where there was no such run."""
    if not path.exists():
        return []
    with open(path, newline="") as file:
        return [_result_of(row) for row in csv.DictReader(file)]


def _result_of(row: dict[str, str]) -> Result:
    kinds = {one.name: one.type for one in fields(Arrival)}
    values = {name: kind(row[name] or "nan") for name, kind in kinds.items() if callable(kind)}
    kept = {name: row[name] for name in ("date", "processor", "versions")}
    return Result(row["problem"], int(row["starts"]), row["at_rest"] == "yes", Arrival(**values), kept)


def _markdown_row(cell: Cell) -> str:
    sides = [_side(cell.best(ours), ours) for ours in (True, False)]
    bound = {(True, False): "> ", (False, True): "< "}.get(cell.arrived(), "")
    lead = bound + _two_digits(cell.lead()) if np.isfinite(cell.lead()) else "none arrived"
    mark = "" if cell.is_at_rest() else "*"
    return f"| {cell.problem}{mark} | {cell.restarts} | {cell.within:.2%} | {' | '.join(sides)} | {lead} |"


def _side(one: Result | None, ours: bool) -> str:
    if one is None:
        return "none | "
    name = one.arrival.contender.removeprefix("ours: ") if ours else one.arrival.contender
    if np.isfinite(one.seconds):
        return f"{name} | {_two_digits(one.seconds)}"
    return f"{name} | not in {_two_digits(one.at_least)} ({one.arrival.excess:.2%} above)"


def _two_digits(value: float) -> str:
    return f"{float(f'{value:.2g}'):g}"
