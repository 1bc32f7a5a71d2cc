"""Many restarts of one schedule on one matrix: stacks descend in parallel, each restart stops by itself."""

from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt

from starnmf.blocks import even_blocks, map_blocks, one_thread_per_block
from starnmf.device import device_name
from starnmf.errors import InputError
from starnmf.factorization.balance import balance, rebalanced
from starnmf.factorization.engines import Engine, Stack, engine
from starnmf.factorization.initialization import draw_starts
from starnmf.factorization.progress import Progress
from starnmf.factorization.regimes import Schedule
from starnmf.factors import Factors, Snapshots
from starnmf.matrix import FloatArray, Matrix, mean, observed_count

SNAPSHOTS = 40
"""Snapshots along a descent of fixed length; about as many along one that stops by itself."""


INTERPOLATED = 1e-5
"""Loss at which a descent is over: data have variance 1, so the factors go through every entry.

A rank that allows it lets the loss fall for ever at a rate that no relative tolerance stops.
"""


@dataclass
class Restart:
    """One restart: what was seen along its descent, and where it came to rest."""

    watched: bool
    """Whether snapshots are kept."""
    history_loss: list[float] = field(default_factory=list)
    snapshots: list[tuple[FloatArray, FloatArray]] = field(default_factory=list)
    U: FloatArray = field(default_factory=lambda: np.empty(0))
    V: FloatArray = field(default_factory=lambda: np.empty(0))
    loss: float = np.nan
    steps: int = 0
    converged: bool = False
    projected_gradient: float = np.nan
    step_size: float = np.nan


def factorize(
    matrix: Matrix, schedule: Schedule, restarts: int, repetitions: int, device: str, threads: int
) -> Factors:
    """Descend from `restarts` half-normal starts; keep snapshots along the first `repetitions`.

    On the CPU the restarts are cut into fixed stacks that `threads` threads take one by one, so the result does not
    depend on `threads`; on a GPU all restarts are one stack.
    """
    attributes = _attributes(matrix, schedule, device)
    chosen = engine(matrix, schedule.optimizer, restarts, schedule.dtype, device)
    progress = Progress(f"{attributes['dataset']} {schedule.regime}", restarts, schedule.step_cap)

    def descend(block: slice) -> list[Restart]:
        indices = range(block.start, block.stop)
        U, V = draw_starts(attributes, "start", indices)
        done = _descend_stack(chosen.start(U, V), schedule, [index < repetitions for index in indices], progress)
        if schedule.optimizer != "gradient-descent":
            _rebalance(done, balance(U, V), chosen)
        return done

    with one_thread_per_block(), progress:
        stacks = map_blocks(descend, even_blocks(restarts, chosen.largest_stack), threads)
    return _gather(list(chain.from_iterable(stacks)), attributes, schedule, repetitions)


def _descend_stack(stack: Stack, schedule: Schedule, watched: list[bool], progress: Progress) -> list[Restart]:
    """Descend with one stack until every restart of it has stopped; keep snapshots of the watched ones."""
    restarts = [Restart(keep) for keep in watched]
    running = restarts
    checks, snapshot_steps = _checks(schedule), _snapshot_steps(schedule)
    step_sizes = _step_sizes(stack, len(running), schedule)
    step = 0
    for pause in np.union1d(checks, snapshot_steps).tolist():
        stack.descend(step_sizes, pause - step)
        progress.advance((pause - step) * len(running))
        step = pause
        if step in snapshot_steps:
            for place, restart in enumerate(running):
                if restart.watched:
                    restart.snapshots.append(stack.factors(place))
        if step not in checks:
            continue
        losses = stack.losses()
        if not np.isfinite(losses).all():
            raise InputError(
                f"{schedule.regime} by {schedule.optimizer}: the loss of a restart is {losses.min():g} after {step} "
                "steps; expected a number. Steps are too long: lower the learning rate or choose another optimizer"
            )
        progress.check(float(losses.mean()))
        for restart, loss in zip(running, losses.tolist(), strict=True):
            restart.history_loss.append(loss)
        converged = np.array([_at_rest(restart.history_loss, schedule) for restart in running])
        stopped = converged | (step == schedule.step_cap)
        if stopped.any():
            gradients = stack.projected_gradients()
            for place in np.flatnonzero(stopped).tolist():
                restart = running[place]
                restart.U, restart.V = stack.factors(place)
                restart.loss, restart.steps, restart.converged = float(losses[place]), step, bool(converged[place])
                restart.projected_gradient, restart.step_size = float(gradients[place]), float(step_sizes[place])
            progress.stop(int(stopped.sum()), schedule.step_cap - step)
            left = np.flatnonzero(~stopped).tolist()
            if not left:
                break
            stack, running = stack.keep(left), [running[place] for place in left]
        step_sizes = _step_sizes(stack, len(running), schedule)
    return restarts


def _rebalance(restarts: list[Restart], balances: npt.NDArray[np.float64], chosen: Engine) -> None:
    """Give every restart, and what was seen along its descent, the balance (k, r) of its start; measure it there."""
    for restart, target in zip(restarts, balances, strict=True):
        restart.snapshots = [rebalanced(U, V, target) for U, V in restart.snapshots]
        restart.U, restart.V = rebalanced(restart.U, restart.V, target)
        stack = chosen.start(restart.U[np.newaxis], restart.V[np.newaxis])
        restart.loss, restart.projected_gradient = stack.losses().item(), stack.projected_gradients().item()


def _step_sizes(stack: Stack, restarts: int, schedule: Schedule) -> npt.NDArray[np.float64]:
    """Gradient descent's step of each restart (k,): the schedule's, or 1 / (L_U + L_V); NaN for other optimizers."""
    if schedule.optimizer != "gradient-descent":
        return np.full(restarts, np.nan)
    if schedule.learning_rate is not None:
        return np.full(restarts, schedule.learning_rate)
    return 1 / stack.curvatures()


def _at_rest(history_loss: list[float], schedule: Schedule) -> bool:
    """Whether the loss has hardly moved over two checks in a row, or nothing is left of it.

    Once may be an accelerated descent turning round.
    """
    if schedule.tolerance is None:
        return False
    if history_loss[-1] <= INTERPOLATED:
        return True
    if len(history_loss) < 3:
        return False
    small = schedule.tolerance * schedule.check_every
    return all(abs(before - after) <= small * after for before, after in pairwise(history_loss[-3:]))


def _checks(schedule: Schedule) -> npt.NDArray[np.int64]:
    """Steps at which the loss is evaluated: 0, every `check_every`, and the last."""
    return np.union1d(np.arange(0, schedule.step_cap, schedule.check_every), schedule.step_cap)


def _snapshot_steps(schedule: Schedule) -> npt.NDArray[np.int64]:
    """Evenly spaced steps where the length is known; geometrically spaced ones where a restart stops by itself."""
    if schedule.tolerance is None:
        return np.unique(np.linspace(0, schedule.step_cap, SNAPSHOTS + 1).round().astype(np.int64))
    return np.unique(np.append(0, np.geomspace(1, schedule.step_cap, SNAPSHOTS).round().astype(np.int64)))


def _attributes(matrix: Matrix, schedule: Schedule, device: str) -> dict[str, str | int | float]:
    description = matrix.description
    return {
        "dataset": description.dataset,
        "source": description.source,
        "regime": schedule.regime,
        "optimizer": schedule.optimizer,
        "rate": description.rate,
        "n": matrix.shape[0],
        "m": matrix.shape[1],
        "rank": description.rank,
        "observed": observed_count(matrix),
        "mean": mean(matrix),
        "reduction": description.reduction,
        "seed": description.seed,
        "data_sha256": description.data_sha256,
        "step_cap": schedule.step_cap,
        "check_every": schedule.check_every,
        "tolerance": schedule.tolerance if schedule.tolerance is not None else 0.0,
        "dtype": schedule.dtype,
        "device": device_name(device),
        "torch": version("torch"),
    }


def _gather(
    restarts: list[Restart], attributes: dict[str, str | int | float], schedule: Schedule, repetitions: int
) -> Factors:
    checks = _checks(schedule)
    history_loss = np.full((len(restarts), len(checks)), np.nan)
    for row, restart in zip(history_loss, restarts, strict=True):
        row[: len(restart.history_loss)] = restart.history_loss
    return Factors(
        U=np.stack([restart.U for restart in restarts]),
        V=np.stack([restart.V for restart in restarts]),
        loss=np.array([restart.loss for restart in restarts]),
        steps=np.array([restart.steps for restart in restarts]),
        converged=np.array([restart.converged for restart in restarts]),
        projected_gradient=np.array([restart.projected_gradient for restart in restarts]),
        step_size=np.array([restart.step_size for restart in restarts]),
        history_step=checks,
        history_loss=history_loss,
        attributes=attributes,
        snapshots=_gather_snapshots(restarts[:repetitions], _snapshot_steps(schedule)) if repetitions else None,
    )


def _gather_snapshots(restarts: list[Restart], steps: npt.NDArray[np.int64]) -> Snapshots:
    count = np.array([len(restart.snapshots) for restart in restarts])
    reached = int(count.max())
    first = restarts[0]
    U = np.zeros((reached, len(restarts), *first.U.shape), first.U.dtype)
    V = np.zeros((reached, len(restarts), *first.V.shape), first.V.dtype)
    for repetition, restart in enumerate(restarts):
        for at, (U_at, V_at) in enumerate(restart.snapshots):
            U[at, repetition], V[at, repetition] = U_at, V_at
    return Snapshots(steps[:reached], U, V, count)
