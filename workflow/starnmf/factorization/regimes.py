"""The regimes, which are times on one path, and the marks at which the path is recorded.

Section 4.1 asks for 1e4 steps of 1e-7. A gradient step of size h advances the flow by h, so that
1e4 steps on the sum loss 1/2 sum (UV - X)^2 (`published`) end at time 1e-3 and on the mean loss
(`literal`) at 1e-3 / observed entries; `converged` is where the flow changes no more.
"""

from dataclasses import dataclass

import numpy as np

from starnmf.arrays import Array
from starnmf.choices import Descent, Regime
from starnmf.errors import InputError
from starnmf.factorization.flow import Course
from starnmf.factorization.settings import Settings
from starnmf.matrix import Matrix, observed_count

SNAPSHOTS = 40
"""Evenly spaced snapshots up to the paper's last step, beside the start."""

EARLIEST, LATEST = -13, 100
"""Halves of a doubling of time, counted from the paper's last step, between which the path is
recorded: from 1e-5 on."""


@dataclass(frozen=True)
class Plan:
    """One descent: its course, and the regimes whose ends lie on it."""

    kind: str
    """`literal`, or the way of descent: the name of its state on disk."""
    descent: Descent
    regimes: tuple[str, ...]
    course: Course
    dtype: str
    """`float64` for `literal`, which moves less than float32 resolves."""
    paper_end: float
    """The paper's last step, in units of the course."""
    even: Array
    """Marks with a snapshot for the paper's figures."""
    logarithmic: Array
    """Marks, half a doubling apart, with a loss and with a snapshot for figures against time."""


def plans(matrix: Matrix, regimes: tuple[str, ...], settings: Settings) -> list[Plan]:
    """The descents that lead to the given regimes: one for all but `literal` on the flow, and one for
    `converged` by a method that leaves it.

    Raises `InputError` for an unknown regime.
    """
    for regime in regimes:
        if regime not in set(Regime):
            raise InputError(f"regime: found {regime!r}; expected one of {', '.join(Regime)}")
    rate, factor = settings.learning_rate, matrix.description.step_factor
    chosen = []
    if "literal" in regimes:
        chosen.append(_plan("literal", ("literal",), rate / observed_count(matrix), "float64", settings))
    followed = tuple(regime for regime in ("published", "converged") if regime in regimes)
    if not Descent(settings.descent).follows_flow and "converged" in followed:
        chosen.append(_iterations_plan(settings))
        followed = followed[:-1]
    if followed:
        # A smaller matrix is driven less by every step; longer steps drive it as far as the published one.
        chosen.append(_plan(_on_the_flow(settings).value, followed, rate * factor, "float32", settings))
    return chosen


def _plan(kind: str, regimes: tuple[str, ...], step_size: float, dtype: str, settings: Settings) -> Plan:
    last = LATEST if "converged" in regimes else 0
    steps = settings.steps
    before = [round(steps * 2 ** (half / 2)) for half in range(EARLIEST, 1)]
    after = [steps * 2 ** (half / 2) for half in range(1, last + 1)]
    logarithmic = np.unique(np.array([0.0, *before, *after]))
    even = np.unique(np.linspace(0, steps, SNAPSHOTS + 1).round())
    course = Course(
        step_size=step_size,
        marks=np.union1d(even, logarithmic),
        leapt_until=steps,
        gradient_cap=settings.gradient_cap if "converged" in regimes else 10**9,
        discrete=settings.descent == "steps",
    )
    return Plan(kind, _on_the_flow(settings), regimes, course, dtype, float(steps), even, logarithmic)


def _on_the_flow(settings: Settings) -> Descent:
    """The way of descent of regimes that lie on the flow, whatever finds the optima."""
    chosen = Descent(settings.descent)
    return chosen if chosen.follows_flow else Descent.FLOW


def _iterations_plan(settings: Settings) -> Plan:
    """Iterations in place of time."""
    logarithmic = np.unique([0.0, *(round(10 * 2 ** (half / 2)) for half in range(LATEST))])
    course = Course(1.0, logarithmic, leapt_until=0, gradient_cap=settings.gradient_cap)
    descent = Descent(settings.descent)
    return Plan(descent.value, descent, ("converged",), course, "float32", 0.0, np.empty(0), logarithmic)
