"""Seconds until a restart is within 0.1 % of the loss it has at rest: the flow and HALS, scikit-learn's `cd`, PLANC.

All descend from the same starts and are judged by one objective, half the mean squared error in float64. In a first
pass every contender is followed until the loss of each of its restarts falls by less than 1e-4 of itself over a
doubling of its iterations (of the flow: gradients), or until its seconds are used up (`Problem.seconds` a restart). The
lowest loss that anybody reached from a start is the reference of that start. Each contender then runs against the
clock, without looks at the loss, for as many iterations as brought more than half of its restarts within 0.1 % of their
references. Ours run as one batch, or in as many as the engine asks for; the others one start after the other. Those
that did not arrive have no seconds, but the first pass tells what they spent.

Without `--data` the problems are planted: low-rank gamma factors plus noise. With `--data FOLDER` they are the
published files in that folder: metabolic, orl, movielens. Only the flow knows unobserved entries. Ours and scikit-learn
compute in float32, PLANC in float64. PLANC takes part where it is installed, without the older numpy it asks for:

    pip install --no-deps pyplanc
    python benchmarks/optimizers.py planted planted-metabolic
    python benchmarks/optimizers.py --data ../shared/data metabolic orl
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from allocator import start_again_with_fair_allocator
from clock import seconds_per_call
from contenders import Contender, Measurement, absent, measure
from descents import (
    Descent,
    FlowDescent,
    HalsDescent,
    PlancDescent,
    SklearnDescent,
    imported_planc,
    loss_of,
    published_matrix,
)
from starts import Point, starts_of
from table import Row, show

from starnmf.blocks import one_thread_per_block
from starnmf.factorization.engines import flow_engine, hals_engine
from starnmf.factorization.regimes import plans
from starnmf.factorization.settings import Settings
from starnmf.matrix import Dense, Description, Matrix, observed_from_entries, scaled_to_unit_variance
from starnmf.seeds import generator

CPU = torch.device("cpu")

REST = 1e-4
"""Share of itself by which the loss at rest falls at most over a doubling of the iterations."""

FEWEST = 256
"""Iterations before which nobody is at rest: the flow's loss hardly moves over its first gradients."""

WITHIN = 1e-3
"""Relative distance from the reference loss at which a restart has arrived."""

MARKS = np.unique(np.round(2 ** (np.arange(160) / 8)).astype(np.int64))
"""Iterations between which the first pass looks at the loss, an eighth of a doubling apart."""

NOISE = 0.1
"""Standard deviation of the noise over that of the planted product."""

SECONDS = 10.0
"""Of the rounds of a case; there is one round at least."""

PLANC = {"anlsbpp": "PLANC ANLS-BPP", "hals": "PLANC HALS"}


@dataclass(frozen=True)
class Problem:
    """The restarts a problem is solved from, and what the first pass may take."""

    restarts: int
    seconds: float
    """Most seconds of the processor a restart of the contenders of others in the first pass."""
    our_seconds: float
    """The same of ours, which are to find the reference."""
    planted: tuple[int, int, int, int | None] | None = None
    """Rows, columns, rank and observed entries (None: all) of a planted problem."""


PLANTED = {
    "planted": Problem(6, 2, 2, (400, 1000, 20, None)),
    "planted-metabolic": Problem(8, 1, 1, (9335, 36, 3, None)),
    "planted-orl": Problem(2, 20, 20, (400, 10304, 49, None)),
    "planted-observed": Problem(8, 2, 2, (1000, 1500, 10, 100_000)),
}

PUBLISHED = {
    "metabolic": Problem(8, 3, 3),
    "orl": Problem(2, 45, 90),
    "movielens": Problem(4, 30, 30),
}


@dataclass(frozen=True)
class Solver:
    """A contender: its name and how it begins at its starts."""

    name: str
    begin: Callable[[], Descent]

    @property
    def is_ours(self) -> bool:
        return self.name.startswith("ours")


@dataclass(frozen=True)
class FirstPass:
    """A solver's losses (k, c) of k restarts after so many iterations (c,)."""

    solver: Solver
    iterations: npt.NDArray[np.int64]
    losses: npt.NDArray[np.float64]
    seconds: float
    """Of the processor for a restart, without looks at the loss; others on the machine then do not move the caps."""

    def at_rest(self) -> npt.NDArray[np.bool_]:
        """Which restarts (k,) are at rest."""
        return at_rest(self.iterations, self.losses)

    def arrival(self, reference: npt.NDArray[np.float64]) -> int | None:
        """Iterations after which more than half of the restarts are near their references (k,); None: never."""
        arrived = self.losses <= (1 + WITHIN) * reference[:, np.newaxis]
        most = np.flatnonzero(2 * arrived.sum(0) > len(reference))
        return int(self.iterations[most[0]]) if len(most) else None

    def describe(self, reference: npt.NDArray[np.float64]) -> str:
        """What the first pass came to."""
        rest = self.at_rest()
        above = ", ".join(f"{excess:.2%}" for excess in self.losses.min(1) / reference - 1)
        return (
            f"  {self.solver.name:22}{self.iterations[-1]:8} iterations, {self.seconds:8.3g} s a restart, "
            f"{rest.sum()} of {len(rest)} at rest; above the references: {above}"
        )


def compare(name: str, data: Path | None = None, seconds: float = SECONDS) -> list[Row]:
    problem = PUBLISHED[name] if data else PLANTED[name]
    matrix = published_matrix(name, data) if data else planted(name)
    solvers, missing = solvers_of(matrix, problem.restarts)
    with one_thread_per_block():
        passes = [first_pass(solver, matrix, problem) for solver in solvers]
        reference = np.min([one.losses.min(1) for one in passes], axis=0)
        print(f"{name}: the first pass; references {', '.join(f'{loss:.7g}' for loss in reference)}")
        print("\n".join(one.describe(reference) for one in passes), flush=True)
        arrivals = [(one, count) for one in passes if (count := one.arrival(reference)) is not None]
        # The fastest of ours by its first pass is what the others are compared with.
        arrivals.sort(key=lambda pair: (not pair[0].solver.is_ours, pair[0].seconds * pair[1] / pair[0].iterations[-1]))
        contenders = [_contender(one.solver, count, problem.restarts) for one, count in arrivals]
        measurements = measure(contenders, np.nan, torch.float32, CPU, seconds, memory=False) if contenders else []
    if arrivals and not arrivals[0][0].solver.is_ours:  # none of ours arrived
        measurements = [replace(measured, ratio=np.nan) for measured in measurements]
    late = [one for one in passes if one.arrival(reference) is None]
    missing += [f"{one.solver.name} (not in {one.iterations[-1]}, {one.seconds:.3g} s)" for one in late]
    measurements += map(absent, missing)
    return [show(_row(name, measured)) for measured in measurements]


def cases() -> list[str]:
    return list(PLANTED)


def solvers_of(matrix: Matrix, restarts: int) -> tuple[list[Solver], list[str]]:
    """The contenders on a matrix, and why others are missing."""
    starts = starts_of(matrix, restarts)
    # An engine for twice as many restarts puts those at hand into one batch if it can.
    engine = flow_engine(matrix, 2 * restarts, "float32", CPU.type)
    (plan,) = plans(matrix, ("converged",), Settings())
    flow = Solver("ours: flow", partial(FlowDescent, engine, plan.course, starts))
    if not isinstance(matrix, Dense):
        return [flow], []
    hals = Solver("ours: hals", partial(HalsDescent, hals_engine(matrix, 2 * restarts, "float32", CPU.type), starts))
    sklearn = Solver("scikit-learn cd", partial(SklearnDescent, matrix, starts))
    planc, missing = _planc_solvers(matrix, starts)
    return [flow, hals, sklearn, *planc], missing


def first_pass(solver: Solver, matrix: Matrix, problem: Problem) -> FirstPass:
    """Follow all restarts until they are at rest or the seconds are used up."""
    solver.begin().advance(int(MARKS[8]))  # compiles
    descent = solver.begin()
    iterations, losses, spent = [0], [_losses(matrix, descent)], 0.0
    most = problem.restarts * (problem.our_seconds if solver.is_ours else problem.seconds)
    for mark in MARKS:
        start = time.process_time()
        descent.advance(int(mark) - iterations[-1])
        spent += time.process_time() - start - descent.set_up
        iterations.append(int(mark))
        losses.append(_losses(matrix, descent))
        if spent > most or at_rest(np.array(iterations), np.array(losses).T).all():
            break
    return FirstPass(solver, np.array(iterations), np.array(losses).T, spent / problem.restarts)


def at_rest(iterations: npt.NDArray[np.int64], losses: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which restarts (k,) have a loss that fell by less than `REST` since half the iterations."""
    half = np.searchsorted(iterations, iterations[-1] / 2, side="right") - 1
    return (losses[:, half] / losses[:, -1] - 1 < REST) & (iterations[-1] >= FEWEST)


def planted(name: str) -> Matrix:
    """Gamma factors times each other plus noise, with variance 1."""
    shape = PLANTED[name].planted
    assert shape is not None
    n, m, r, observed = shape
    description = Description(dataset=name, rank=r, source="own", raw_sha256={})
    random = generator(description.seed, "planted", name)
    product = random.gamma(0.5, size=(n, r)) @ random.gamma(0.5, size=(r, m))
    noise = NOISE * product.std() * random.standard_normal((n, m))
    X = np.maximum(product + noise, 0).astype(np.float32)
    if observed is None:
        return scaled_to_unit_variance(Dense(X, description))
    rows, columns = np.divmod(random.choice(n * m, observed, replace=False), m)
    return scaled_to_unit_variance(observed_from_entries(rows, columns, X[rows, columns], (n, m), description))


def _planc_solvers(matrix: Dense, starts: list[Point]) -> tuple[list[Solver], list[str]]:
    planc = imported_planc()
    if planc is None:
        return [], [f"{name}: pyplanc is not installed" for name in PLANC.values()]
    X = np.asfortranarray(matrix.X, np.float64)
    return [Solver(name, partial(PlancDescent, planc, key, X, starts)) for key, name in PLANC.items()], []


def _losses(matrix: Matrix, descent: Descent) -> list[float]:
    return [loss_of(matrix, point) for point in descent.points()]


def _contender(solver: Solver, iterations: int, restarts: int) -> Contender:
    def turn() -> float:
        return seconds_per_call(lambda: solver.begin().advance(iterations), CPU) / restarts

    return Contender(f"{solver.name} ({iterations} iterations)", lambda: turn)


def _row(name: str, measured: Measurement) -> Row:
    unit = f"restart to {WITHIN:.1%}"
    if measured.contender.startswith("ours") or not measured.rounds:
        return Row("optimizers", name, measured, unit)
    return Row("optimizers", name, measured, unit, target="ratio >= 1", met=measured.ratio >= 1)


def _asked() -> Iterator[list[Row]]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", nargs="*", metavar="problem", help="default: all")
    parser.add_argument("--data", type=Path, help="folder of published files, in place of planted problems")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of the rounds of a case (default {SECONDS:g})")
    arguments = parser.parse_args()
    known = PUBLISHED if arguments.data else PLANTED
    unknown = set(arguments.problems) - set(known)
    if unknown:
        parser.error(f"unknown problems {', '.join(sorted(unknown))}; expected some of {', '.join(known)}")
    torch.set_num_threads(1)
    for name in arguments.problems or known:
        yield compare(name, arguments.data, arguments.seconds)


if __name__ == "__main__":
    start_again_with_fair_allocator()
    list(_asked())
