"""Seconds that solvers need to come near the lowest loss that any of them reached, on one matrix.

In a first pass every solver is followed from a few starts, the loss is evaluated between portions of its iterations,
and it stops when the loss of each restart falls by less than `REST` of itself over a doubling of the iterations, or
when its seconds are used up; one of ours is followed for longer, to make the references. That gives the references and
the numbers of iterations after which a solver has arrived. With these numbers it then runs against the clock: from the
start, in one call, without a loss evaluation until it is done.

A start has a reference of its own, the lowest loss that any solver reached from it. Where some solvers draw their own
starts, nobody else begins where they do; then all are judged against one loss, the lowest that is the median over the
restarts of any solver. A solver has arrived when at least half of its restarts are near their references.

Seconds are those of the processor, which another process on the machine does not lengthen much. All solvers run on one
thread.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from descents import Descent, loss_of

from starnmf.matrix import Matrix

Array = npt.NDArray[np.float64]

REST = 2e-5
"""Share of itself by which the loss at rest falls at most over a doubling of the iterations."""

GROWTH = 1.25
"""Factor between the numbers of iterations that a solver is tried with; its square for one that cannot resume."""

MARKS = np.unique(np.ceil(GROWTH ** np.arange(72)).astype(np.int64))
"""These numbers."""

WITHIN = (1e-3, 1e-4)
"""Relative distances from the reference at which a restart has arrived."""

LEAST_SECONDS, MOST_RUNS = 0.5, 20
"""A clocked run is repeated until its seconds add up to these, so many times at most; the median counts."""

MOST_TRIES = 4
"""Numbers of iterations that are clocked, when rounding keeps a run from arriving where the first pass did."""


@dataclass(frozen=True)
class Solver:
    """A contender: its name and how it begins at the starts of these numbers, or with these seeds."""

    name: str
    begin: Callable[[range], Descent]
    is_ours: bool = False
    takes_starts: bool = True
    continues: bool = True
    """Whether a portion of iterations goes on where the last one ended; otherwise all are run again."""
    fewest: int = 16
    """Iterations before which it is not at rest, since its loss may hardly move at first."""
    patience: float = 1.0
    """Times the seconds of all that it is followed for, so that the references are at rest; it must arrive in time."""


@dataclass(frozen=True)
class Arrival:
    """What it took a solver to come within a distance of the reference; `seconds` is NaN if it did not."""

    contender: str
    restarts: int
    within: float
    seconds: float
    iterations: int
    """Of each restart; those it was followed for if it did not arrive."""
    clocked: int
    """Restarts that ran against the clock; seconds of all follow in proportion."""
    excess: float
    """Lowest loss in the first pass over the reference, minus 1: median over the starts."""
    followed: float
    """Seconds a restart took in the first pass."""


@dataclass(frozen=True)
class FirstPass:
    """A solver's losses (k, c) of k restarts after so many iterations (c,)."""

    solver: Solver
    iterations: npt.NDArray[np.int64]
    losses: Array
    seconds: Array
    """Those of a restart until then (c,)."""
    limit: float = np.inf
    """Seconds after which a restart makes references but does not arrive any more."""

    @property
    def followed(self) -> int:
        """Place of the iterations that reached the limit, or of the last ones."""
        return min(int(np.searchsorted(self.seconds, self.limit)), len(self.seconds) - 1)

    def lowest(self) -> Array:
        """Lowest loss (k,) of every restart."""
        return np.asarray(self.losses.min(1))

    def at_rest(self) -> npt.NDArray[np.bool_]:
        """Which restarts (k,) are at rest."""
        return at_rest(self.iterations, self.losses, self.solver.fewest)

    def describe(self) -> str:
        """What it came to."""
        losses = ", ".join(f"{loss:.7g}" for loss in self.lowest())
        rest = f"{self.at_rest().sum()} of {len(self.losses)} at rest"
        effort = f"{self.iterations[-1]:8} iterations, {self.seconds[-1]:8.3g} s"
        return f"{self.solver.name:16}{effort}, {rest}; losses {losses}"

    def arrivals(self, bounds: Array) -> Array:
        """Iterations (k,) after which restarts were first at their bounds (k,) or below; infinite: not in time."""
        below = self.losses[:, : self.followed + 1] <= bounds[:, np.newaxis]
        return np.where(below.any(1), self.iterations[below.argmax(1)], np.inf)


def at_rest(iterations: npt.NDArray[np.int64], losses: Array, fewest: int) -> npt.NDArray[np.bool_]:
    """Which restarts (k,) have a loss that fell by less than `REST` since half the iterations."""
    half = np.searchsorted(iterations, iterations[-1] / 2, side="right") - 1
    return np.asarray((losses[:, half] / losses[:, -1] - 1 < REST) & (iterations[-1] >= fewest))


def first_pass(solver: Solver, matrix: Matrix, starts: int, seconds: float) -> FirstPass:
    """Follow a solver from so many starts until all are at rest or have taken so many seconds each."""
    _run(solver, range(1), 2)  # compiles
    descent = solver.begin(range(starts))
    iterations: list[int] = []
    losses: list[list[float]] = []
    spent: list[float] = []
    for mark in MARKS[:: 1 if solver.continues else 2].tolist():
        start = time.process_time()
        descent.advance(mark - (iterations[-1] if iterations else 0))
        before = spent[-1] if spent and solver.continues else 0.0
        spent.append(before + (time.process_time() - start) / starts)
        iterations.append(mark)
        losses.append([loss_of(matrix, point) for point in descent.points()])
        done = at_rest(np.array(iterations), np.array(losses).T, solver.fewest)
        if done.all() or spent[-1] >= seconds * solver.patience:
            break
    return FirstPass(solver, np.array(iterations), np.array(losses).T, np.array(spent), seconds)


def references(passes: Sequence[FirstPass]) -> Array:
    """The loss (k,) that restarts from k starts are judged against."""
    lowest = np.array([one.lowest() for one in passes])
    if all(one.solver.takes_starts for one in passes):
        return np.asarray(lowest.min(0))
    return np.full(lowest.shape[1], np.median(lowest, axis=1).min())


def are_followed_to_rest(passes: Sequence[FirstPass]) -> bool:
    """Whether at least half of the restarts that made the references were at rest."""
    lowest = np.array([one.lowest() for one in passes])
    resting = np.array([one.at_rest() for one in passes])
    if all(one.solver.takes_starts for one in passes):
        made = resting[lowest.argmin(0), np.arange(lowest.shape[1])]
    else:
        made = resting[np.median(lowest, axis=1).argmin()]
    return bool(2 * made.sum() >= len(made))


def clocked(
    one: FirstPass, matrix: Matrix, reference: Array, within: float, batch: int, seconds: float
) -> list[Arrival]:
    """The seconds of one restart and of `batch` restarts.

    Of a single restart the seconds are the median over the starts: those of the start whose number of iterations is.
    The same number brings half of many restarts to their references. Solvers of others run one restart after the other.
    Ours run many as a batch, of as many as take no more than `seconds`.
    """
    solver, bounds = one.solver, (1 + within) * reference
    excess = float(np.median(one.losses[:, : one.followed + 1].min(1) / reference - 1))
    seen = excess, float(one.seconds[one.followed])
    arrivals = one.arrivals(bounds)
    place = int(np.argsort(arrivals, kind="stable")[(len(arrivals) - 1) // 2])
    late = np.nan, int(one.iterations[one.followed]), 0, *seen
    nothing = [Arrival(solver.name, restarts, within, *late) for restarts in (1, batch)]
    if np.isinf(arrivals[place]):
        return nothing
    timed = _clocked_run(solver, matrix, range(place, place + 1), bounds[[place]], int(arrivals[place]))
    if timed is None or timed[0] > one.limit:
        return nothing
    single = Arrival(solver.name, 1, within, timed[0], timed[1], 1, *seen)
    if not solver.is_ours:
        return [single, Arrival(solver.name, batch, within, batch * timed[0], timed[1], 1, *seen)]
    size = max(min(batch, int(seconds / timed[0])), 1)
    together = _clocked_run(solver, matrix, range(size), bounds[:size], timed[1])
    if together is None or together[0] > one.limit * size:
        return [single, nothing[1]]
    scaled = together[0] * batch / size
    return [single, Arrival(solver.name, batch, within, scaled, together[1], size, *seen)]


def _clocked_run(
    solver: Solver, matrix: Matrix, places: range, bounds: Array, iterations: int
) -> tuple[float, int] | None:
    """Seconds and iterations that bring at least half of the first restarts to their bounds; None: it does not."""
    for _ in range(MOST_TRIES):
        spent: list[float] = []
        while not spent or (sum(spent) < LEAST_SECONDS and len(spent) < MOST_RUNS):
            start = time.process_time()
            descent = _run(solver, places, iterations)
            spent.append(time.process_time() - start)
        losses = np.array([loss_of(matrix, point) for point in descent.points()[: len(bounds)]])
        if 2 * (losses <= bounds[: len(losses)]).sum() >= len(losses):
            return float(np.median(spent)), iterations
        iterations = int(np.ceil(iterations * GROWTH))
    return None


def _run(solver: Solver, places: range, iterations: int) -> Descent:
    descent = solver.begin(places)
    descent.advance(iterations)
    return descent
