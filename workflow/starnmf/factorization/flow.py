"""Every restart of a batch along the projected gradient flow, each with its own step size.

The flow d(U, V)/dt = -gradient of the sum loss, entries held at zero where that points outwards, is
followed from mark to mark. Up to `Course.leapt_until` gradient steps of a fixed size are followed
in leaps, to their own accuracy: that is what the paper's protocol computes. From there on the flow
is stiff, and steps are stabilised (Runge-Kutta-Chebyshev).

Restarts share the products with the data and nothing else: at every call of `Flow.advance` each
evaluates one gradient, at whatever stage of its own step it is. A restart's path is therefore the
same, to rounding, in every batch.
"""

from dataclasses import dataclass
from math import ceil
from typing import Any, Protocol, Self

import numpy as np

from starnmf.arrays import Array, Booleans, FloatArray
from starnmf.factorization.formulas import (
    FEWEST_LEAPT,
    GRADIENT_STEP,
    Formula,
    chebyshev,
    gradients_for,
    leap,
    stable_up_to,
)

LEAP_ERROR = 4e-7
"""Error estimate of a leap, relative to the factors, that its length is chosen for."""

STEP_ERROR = 2e-3
"""The same of a stabilised step."""

LARGEST_ERROR = 1.5
"""Times these, up to which a step counts. Where entries meet or leave their bounds all the time, the
estimate grows with a smaller power of the length than it does on a smooth path: a wider margin
would cost much more length there."""

SMALLEST_CHANGE, LARGEST_CHANGE = 0.2, 2.0
"""Bounds on the change of the length from step to step."""

MOST_GRADIENTS = 200
"""Gradients of a stabilised step at most: rounding grows with their number."""

RHO_MARGIN = 1.1
"""The largest eigenvalue may have grown since it was estimated."""

RHO_GRADIENTS = 500
"""Gradients for which an estimate holds, until the next mark or a step that is rejected; on observed
entries one costs as much as 50."""


TINY = np.finfo(np.float64).tiny


class FlowBatch(Protocol):
    """k restarts on a device, each at a stage of its step; how the arrays lie is the batch's own matter."""

    def stage(self, weights: Array, ending: Booleans) -> Array:
        """Evaluate F = -gradient at every Y; then a stage of every restart, or the end of its step
        where `ending`.

        `weights` (k, 12) are those of Y, Z, Y0, F, F0 in the new Y, the same in the new Z, that of
        F beside Z and E in the error estimate, and that of the new Y in E. Where a step ends, the
        weights keep Y and put F into Z; returned are, of both factors and for those restarts, the
        sums of squares (2, 2, ending) of the error estimate off the bound and of Y.
        """

    def accept(self, restarts: list[int], lengths: Array) -> None:
        """Accept the steps of the named restarts; entries leave their bounds as in leaps of these lengths."""

    def start_steps(self, restarts: list[int], lengths: Array) -> None:
        """Begin the named restarts' steps with a first stage of these lengths."""

    def largest_eigenvalue(self, restart: int) -> float:
        """Estimate, rather from above, that of the Hessian of the sum loss where the step began."""

    def loss(self, restart: int) -> float: ...  # noqa: D102
    def projected_gradient(self, restart: int) -> float: ...  # noqa: D102
    def factors(self, restart: int) -> tuple[FloatArray, FloatArray]: ...  # noqa: D102
    def keep(self, restarts: list[int]) -> Self: ...  # noqa: D102
    def arrays(self) -> list[FloatArray]: ...  # noqa: D102
    def restore(self, arrays: list[FloatArray]) -> None: ...  # noqa: D102


@dataclass(frozen=True)
class Course:
    """Where the flow is followed to: the marks that every restart arrives at exactly, in order."""

    step_size: float
    """Of the gradient steps, in time."""
    marks: Array
    """Times divided by `step_size`; whole numbers up to `leapt_until`."""
    leapt_until: int
    """Gradient steps that are followed one for one."""
    gradient_cap: int
    """Gradients after which a restart stops between marks."""
    discrete: bool = False
    """Take the steps themselves, and steps of 1 / rho after them, instead of following the flow."""


@dataclass
class Clock:
    """Where one restart is on its course, and in which step."""

    at: float = 0.0
    """Time over the course's step size; a whole number while leaping."""
    mark: int = 0
    """Place of the next mark."""
    gradients: int = 0
    wanted: float = 20.0
    """Length of the next step if no mark is in the way, in units of the step size; a guess at the start."""
    rho: float = np.nan
    """The Hessian's largest eigenvalue when last estimated; none while leaping."""
    rho_since: int = 0
    """Gradients at that time."""
    length: float = 0.0
    """Of the step under way, in units of the step size; 0 before the first, whose end evaluates the first gradient."""
    stages: int = 0
    """Gradients of the step under way, which tells its formula."""
    stage: int = 0
    """Gradients of it that have been evaluated."""
    rejected: bool = False
    """Whether the step is a second try."""


END = np.array([1.0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])
"""Weights of the end of a step: Y stays, F goes to Z."""

OF_F = [3, 4, 8, 9]
"""Places of the weights of F and F0, which are multiplied by the length of the step."""


def step_weights(formula: Formula, length: float) -> Array:
    """Weights (gradients, 12) of the stages of a step of this length and, after them, of its end; see
    `FlowBatch.stage`.
    """
    weights = np.tile(END, (formula.gradients, 1))
    stages, end = weights[:-1], weights[-1]
    stages[:, :10] = formula.stages.reshape(-1, 10)
    stages[:, OF_F] *= length
    stages[:, 11] = formula.kept
    end[10] = formula.error * length
    return weights


class BatchDescent:
    """A batch on its course, by whatever `advance` does; where every restart is, is on its clock."""

    def __init__(self, batch: Any, course: Course, restarts: int, clocks: list[Clock] | None = None) -> None:
        self.batch, self.course = batch, course
        self.clocks = clocks or [Clock() for _ in range(restarts)]

    def keep(self, restarts: list[int]) -> None:
        """Go on with the named restarts alone."""
        self.batch, self.clocks = self.batch.keep(restarts), [self.clocks[place] for place in restarts]

    def at_mark(self, restart: int) -> bool:
        """Whether a restart is at its next mark."""
        clock = self.clocks[restart]
        return bool(clock.at == self.course.marks[clock.mark])

    def is_capped(self, restart: int) -> bool:
        """Whether a restart has used up its gradients, or its marks; the gradient steps that are
        followed one for one are always done.
        """
        clock = self.clocks[restart]
        has_no_mark = bool(clock.at >= self.course.marks[-1])
        return has_no_mark or (clock.gradients >= self.course.gradient_cap and clock.at >= self.course.leapt_until)


def relative_errors(squares: Array) -> Array:
    """Errors relative to the factors, from the sums of squares that `FlowBatch.stage` returns."""
    return np.asarray(np.sqrt((squares[:, 0] / np.maximum(squares[:, 1], TINY)).sum(0)))


class Flow(BatchDescent):
    """The projected gradient flow of a `FlowBatch`."""

    batch: FlowBatch

    def __init__(self, batch: FlowBatch, course: Course, restarts: int, clocks: list[Clock] | None = None) -> None:
        super().__init__(batch, course, restarts, clocks)
        # Those of every restart's step under way, made when its first gradient is evaluated; made anew for every
        # gradient, they would take longer than a GPU takes for it.
        self._weights: list[Array | None] = [None] * len(self.clocks)

    def keep(self, restarts: list[int]) -> None:
        """Go on with the named restarts alone."""
        super().keep(restarts)
        self._weights = [self._weights[place] for place in restarts]

    def advance(self) -> list[int]:
        """Evaluate one gradient of every restart.

        Returns those that wait to `go_on`: they have arrived at a mark or, at the end of a step, at
        the gradient cap.
        """
        weights = np.empty((len(self.clocks), len(END)))
        ending = np.empty(len(self.clocks), bool)
        for place, clock in enumerate(self.clocks):
            of_step = self._weights[place]
            if of_step is None:
                of_step = step_weights(self._formula(clock), clock.length * self.course.step_size)
                self._weights[place] = of_step
            weights[place] = of_step[clock.stage]
            clock.stage += 1
            clock.gradients += 1
            ending[place] = clock.stage == len(of_step)
        squares = self.batch.stage(weights, ending)
        ended = np.flatnonzero(ending).tolist()
        if not ended:
            return []
        errors = relative_errors(squares)
        # An entry that leaves its bound within a leap moves from there on; for other steps, which may
        # be far longer than a gradient step is stable, it moves with the next one.
        leapt = np.array([self.clocks[at].length * self._is_leap(self.clocks[at]) for at in ended])
        accepted = [self._end_step(self.clocks[at], error) for at, error in zip(ended, errors.tolist(), strict=True)]
        counting = [place for place, counts in zip(ended, accepted, strict=True) if counts]
        if counting:
            self.batch.accept(counting, leapt[accepted] * self.course.step_size)
        arrived = [place for place in counting if self.at_mark(place) or self.is_capped(place)]
        self.go_on([place for place in ended if place not in arrived])
        return arrived

    def go_on(self, restarts: list[int]) -> None:
        """Begin a step of the named restarts; those at a mark turn to the next one."""
        if not restarts:
            return
        firsts = []
        for place in restarts:
            clock = self.clocks[place]
            if clock.at >= self.course.leapt_until and self._is_rho_outdated(place):
                clock.rho, clock.rho_since = self.batch.largest_eigenvalue(place), clock.gradients
            clock.mark += self.at_mark(place)
            clock.length, clock.stages = self._next_step(clock)
            clock.stage, self._weights[place] = 0, None
            firsts.append(self._formula(clock).first * clock.length * self.course.step_size)
        self.batch.start_steps(restarts, np.array(firsts))

    def _is_rho_outdated(self, restart: int) -> bool:
        clock = self.clocks[restart]
        outlived = clock.gradients - clock.rho_since >= RHO_GRADIENTS
        return bool(np.isnan(clock.rho) or clock.rejected or (self.at_mark(restart) and outlived))

    def _formula(self, clock: Clock) -> Formula:
        if clock.stages <= 1:
            return GRADIENT_STEP
        return leap(round(clock.length)) if self._is_leap(clock) else chebyshev(clock.stages)

    def _is_leap(self, clock: Clock) -> bool:
        """Whether the step under way takes many gradient steps at once."""
        return clock.stages > 1 and clock.at < self.course.leapt_until

    def _next_step(self, clock: Clock) -> tuple[float, int]:
        """Length and gradients of the next step: as wanted, but so that equal steps lead to the mark."""
        left = self.course.marks[clock.mark] - clock.at
        if clock.at < self.course.leapt_until:
            if self.course.discrete or min(left, clock.wanted) < FEWEST_LEAPT:
                return 1.0, GRADIENT_STEP.gradients
            # Never more than are wanted: a leap that was rejected must not be tried again.
            steps = max(ceil(left / ceil(left / int(clock.wanted))), FEWEST_LEAPT)
            return float(steps), leap(steps).gradients
        rho = clock.rho * self.course.step_size * RHO_MARGIN
        if self.course.discrete:
            return left / ceil(left * rho), GRADIENT_STEP.gradients
        wanted = min(clock.wanted, stable_up_to(MOST_GRADIENTS) / rho)
        length = left / ceil(left / wanted)
        return length, gradients_for(length * rho)

    def _end_step(self, clock: Clock, error: float) -> bool:
        """Accept or reject the step that has ended, and say how long the next one is to be."""
        formula = self._formula(clock)
        aim = LEAP_ERROR if clock.at < self.course.leapt_until else STEP_ERROR
        accepted = formula is GRADIENT_STEP or error <= LARGEST_ERROR * aim
        if formula is GRADIENT_STEP:
            clock.wanted = max(clock.wanted, FEWEST_LEAPT)
        else:
            # No error lets the step grow as far as it may; one that is no number shrinks it as far.
            fit = (aim / error) ** (1 / formula.error_order) if error > 0 else np.inf if error == 0 else 0.0
            growing = accepted and not clock.rejected
            longest = LARGEST_CHANGE * max(clock.length, clock.wanted) if growing else clock.length
            shortest = SMALLEST_CHANGE * clock.length
            clock.wanted = float(min(max(fit * clock.length, shortest), longest))
        clock.rejected = not accepted
        if accepted:
            mark = float(self.course.marks[clock.mark])
            at = clock.at + clock.length
            # Equal steps add up to the mark but for rounding.
            clock.at = mark if abs(at - mark) < 1e-9 * mark else at
        return accepted
