"""How far the flow in float32 is from gradient descent in float64, and how many gradients either needs.

Real data, one start. To the paper's end, t = 1e-3: the flow, followed in leaps, against the 1e4 steps of 1e-7
themselves. To an optimum: the flow, until it has converged by the rule of the pipeline, against gradient descent with
steps of 1 / rho, rho the bound of the largest curvature where a step begins, until the same time. Both have caps
(`FLOW_CAP`, `STEP_CAPS`); where descent meets its own, the two are compared at the time it came to. Small enough for
that are metabolic and parts of the other matrices. alpha is the mean over the lines from 20 random points.

    python benchmarks/accuracy.py --data ../shared/data metabolic orl movielens
    python benchmarks/accuracy.py --data ../shared/data --skip-paper-end

The 1e4 steps take minutes on orl and on movielens; the second command leaves them out.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from descents import FlowDescent, loss_of, published_matrix
from starts import Point, starts_of

from starnmf.blocks import one_thread_per_block
from starnmf.curvature.all_pairs import quartics_of_pairs
from starnmf.factorization.engines import flow_engine
from starnmf.factorization.flow import Course, Flow
from starnmf.factorization.initialization import draw_starts
from starnmf.factorization.regimes import Plan, plans
from starnmf.factorization.restart import PathPoint, Restart
from starnmf.factorization.settings import Settings
from starnmf.factorization.steps import take_steps
from starnmf.matrix import Matrix, attributes_of, observed_count, subsample

RATES = {"metabolic": 1.0, "orl": 0.3, "movielens": 0.2}
"""Share of rows and columns on which gradient descent is followed to an optimum."""

STEP_CAPS = {"metabolic": 100_000, "orl": 40_000, "movielens": 40_000}
"""Steps of gradient descent on the way to an optimum."""

FLOW_CAP = Settings().gradient_cap
"""Gradients of the flow on the way to an optimum."""

POINTS = 20
"""Random points that alpha is measured from."""

LOOK = 2 ** (1 / 16)
"""Factor between the numbers of gradients at which the loss is looked at."""

LEVELS = (0.1, 0.03, 0.01, 0.003, 0.001)
"""Relative distances from the flow's last loss to which gradients are counted."""


@dataclass(frozen=True)
class Trace:
    """Losses (c,) of a restart after so many gradients (c,), where it ended, and at what time of the flow."""

    gradients: Sequence[int]
    losses: Sequence[float]
    end: Point
    time: float

    def gradients_to(self, loss: float) -> int | None:
        """Gradients after which the loss was first seen at or below a value."""
        reached = (count for count, seen in zip(self.gradients, self.losses, strict=True) if seen <= loss)
        return next(reached, None)


def compare_at_paper_end(matrix: Matrix) -> None:
    """Print the flow beside the steps at the paper's end."""
    settings = Settings()
    flow = flow_to(matrix, float(settings.steps))
    steps = take_steps(matrix, attributes_of(matrix), 0, plan_of(matrix).course.step_size, settings.steps)
    print(f"to t = {flow.time:g}: {flow.gradients[-1]} gradients of the flow for {settings.steps} steps")
    _print_distances(matrix, flow.end, steps, "steps")


def compare_to_optimum(matrix: Matrix) -> None:
    """Print the gradients that the flow and gradient descent need, and the distance of their ends."""
    flow = flow_to(matrix, None)
    descent = gradient_descent(matrix, flow.time)
    capped = "" if flow.gradients[-1] < FLOW_CAP else ", its cap"
    print(f"to an optimum: the flow ends at t = {flow.time:.6g} after {flow.gradients[-1]} gradients{capped},")
    print(f"gradient descent at t = {descent.time:.6g} after {descent.gradients[-1]}")
    print(f"  {'loss, relative to the end':28}{'flow':>10}{'descent':>10}{'ratio':>8}")
    for level in LEVELS:
        loss = flow.losses[-1] * (1 + level)
        own, other = flow.gradients_to(loss), descent.gradients_to(loss)
        assert own is not None
        told = f"{other:10}{other / own:8.1f}" if other else f"{'> ' + str(descent.gradients[-1]):>10}"
        print(f"  + {level:<26.1%}{own:10}{told}")
    print(f"at t = {descent.time:.6g}:")
    at_same_time = (
        flow if descent.time >= flow.time else flow_to(matrix, descent.time / plan_of(matrix).course.step_size)
    )
    _print_distances(matrix, at_same_time.end, descent.end, "descent")


def flow_to(matrix: Matrix, until: float | None) -> Trace:
    """The flow in float32 up to a time, in units of the paper's steps, or, None, until it has converged."""
    plan = plan_of(matrix)
    if until is None:
        return _follow(matrix, plan.course, "float32", _Convergence(plan))
    course = replace(plan.course, marks=np.union1d(plan.course.marks, until))
    return _follow(matrix, course, "float32", _stopping_at(until))


def gradient_descent(matrix: Matrix, until: float) -> Trace:
    """Steps of 1 / rho in float64 up to a time."""
    step_size = plan_of(matrix).course.step_size
    last = until / step_size
    marks = np.array([0.0, *(last * 2.0 ** -np.arange(16)[::-1])])
    course = Course(step_size, marks, leapt_until=0, gradient_cap=STEP_CAPS[matrix.description.dataset], discrete=True)
    return _follow(matrix, course, "float64", _stopping_at(last))


def plan_of(matrix: Matrix) -> Plan:
    """The pipeline's descent to the paper's end and to an optimum."""
    (plan,) = plans(matrix, ("published", "converged"), Settings(gradient_cap=FLOW_CAP))
    return plan


def _stopping_at(last: float) -> Callable[[Flow, float], bool]:
    return lambda flow, loss: flow.clocks[0].at >= last


class _Convergence:
    """Whether a restart has converged, by the rule of the pipeline."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.restart = plan, Restart(0)

    def __call__(self, flow: Flow, loss: float) -> bool:
        (clock,), projected_gradient = flow.clocks, flow.batch.projected_gradient(0)
        if clock.at == 0:
            self.restart.start_gradient = projected_gradient
        time = clock.at * self.plan.course.step_size
        self.restart.record(PathPoint(time, clock.gradients, loss, *flow.batch.factors(0)))
        return clock.at > self.plan.paper_end and self.restart.has_converged(projected_gradient, Settings().rest)


def _follow(matrix: Matrix, course: Course, dtype: str, is_over: Callable[[Flow, float], bool]) -> Trace:
    """One restart along a course; at every mark `is_over` is asked, with the loss there."""
    descent = FlowDescent(flow_engine(matrix, 1, dtype, "cpu"), course, starts_of(matrix, 1))
    (flow,) = descent.flows
    clock, gradients, losses = flow.clocks[0], [], []
    with one_thread_per_block():
        while True:
            arrived = flow.advance()
            if arrived or not gradients or clock.gradients >= LOOK * gradients[-1]:
                gradients.append(clock.gradients)
                losses.append(flow.batch.loss(0))
            if arrived and (flow.is_capped(0) or is_over(flow, losses[-1])):
                break
            flow.go_on(arrived)
    (end,) = descent.points()
    return Trace(gradients, losses, end, *descent.times)


def _print_distances(matrix: Matrix, flow: Point, other: Point, name: str) -> None:
    dU, dV = _distances(flow, other)
    losses = loss_of(matrix, flow), loss_of(matrix, other)
    alphas = mean_alpha(matrix, flow), mean_alpha(matrix, other)
    print(f"  relative distance of U {dU:.2g}, of V {dV:.2g}")
    print(f"  loss: flow {losses[0]:.9g}, {name} {losses[1]:.9g}, relative difference {losses[0] / losses[1] - 1:.2g}")
    print(
        f"  mean alpha: flow {alphas[0]:.7g}, {name} {alphas[1]:.7g}, difference {alphas[0] - alphas[1]:.2g}",
        flush=True,
    )


def _distances(point: Point, reference: Point) -> list[float]:
    """Of U and of V, in Frobenius norm, relative to the reference's."""
    pairs = zip(point, reference, strict=True)
    return [float(np.linalg.norm(a.astype(np.float64) - b) / np.linalg.norm(b)) for a, b in pairs]


def mean_alpha(matrix: Matrix, point: Point) -> float:
    """Mean curvature of the lines from random points to a point."""
    U, V = point
    points = draw_starts(attributes_of(matrix), "point", range(POINTS))
    quartics = quartics_of_pairs(matrix, (U[np.newaxis], V[np.newaxis]), points, 1)
    return float(quartics.curvature()[0].mean())


def compare(name: str, data: Path, paper_end: bool) -> None:
    """Print a dataset's table."""
    matrix = published_matrix(name, data)
    if paper_end:
        _print_title(matrix)
        compare_at_paper_end(matrix)
    part = subsample(matrix, RATES[name])
    _print_title(part)
    compare_to_optimum(part)


def _print_title(matrix: Matrix) -> None:
    (n, m), description = matrix.shape, matrix.description
    print(
        f"{description.dataset}, {n} x {m}, rank {description.rank}, {observed_count(matrix)} observed entries",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="*", metavar="dataset", help=f"any of {', '.join(RATES)}; default: all")
    parser.add_argument("--data", type=Path, required=True, help="folder of published files")
    parser.add_argument("--skip-paper-end", action="store_true", help="leave out the 1e4 steps")
    arguments = parser.parse_args()
    unknown = set(arguments.datasets) - set(RATES)
    if unknown:
        parser.error(f"unknown datasets {', '.join(sorted(unknown))}; expected some of {', '.join(RATES)}")
    torch.set_num_threads(1)
    for name in arguments.datasets or RATES:
        compare(name, arguments.data, not arguments.skip_paper_end)
