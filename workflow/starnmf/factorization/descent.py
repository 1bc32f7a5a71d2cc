"""Many restarts on one matrix: batches are followed in parallel, each restart stops by itself, all can be resumed."""

import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from starnmf.arrays import Array
from starnmf.blocks import even_blocks, map_blocks, one_thread_per_block
from starnmf.curvature.all_pairs import quartics_of_pairs
from starnmf.device import device_name
from starnmf.errors import InputError
from starnmf.factorization.balance import balance, rebalanced
from starnmf.factorization.engines import ENGINES
from starnmf.factorization.initialization import draw_starts
from starnmf.factorization.regimes import Plan, plans
from starnmf.factorization.restart import STATIONARY, End, PathPoint, Restart, histories
from starnmf.factorization.settings import Settings
from starnmf.factorization.state import SavedBatch, load_state, save_state
from starnmf.factors import Factors, Snapshots
from starnmf.matrix import Matrix, Observed, attributes_of
from starnmf.progress_bar import progress_bar

Attributes = Mapping[str, str | int | float]

OF_MATRIX = ("dataset", "source", "rate", "subsample", "n", "m", "rank", "observed", "mean", "reduction", "seed")
"""Attributes of the matrix that its factors have too."""

ALPHA_POINTS = 10
"""Random points from which the change of curvature over the last doubling of time is measured."""


@dataclass(frozen=True)
class Resume:
    """Where unfinished descents are kept, and how often they are written."""

    folder: Path
    seconds: float


class Interrupted(Exception):  # noqa: N818 - it reports no error
    """The run was asked to stop, and its state is saved."""


def factorize(
    matrix: Matrix,
    regimes: tuple[str, ...] = ("published", "converged"),
    settings: Settings | None = None,
    restarts: int = 10,
    repetitions: int = 0,
    device: str = "cpu",
    threads: int = 1,
    resume: Resume | None = None,
) -> dict[str, Factors]:
    """Follow half-normal starts along the projected gradient flow to the ends of the given regimes.

    On the CPU the restarts are cut into fixed batches that `threads` threads take one by one, so
    that the result does not depend on `threads`; on a GPU all restarts are one batch.

    Parameters
    ----------
    matrix : Dense or Observed
        Of variance 1, as from `matrix_from` or `load_matrix`.
    regimes : tuple of str
        Some of `literal`, `published` and `converged`.
    settings : Settings
        Descent, learning rate, steps and when a restart has converged; the defaults if not given.
    restarts : int
        Number of starts.
    repetitions : int
        The first so many restarts keep snapshots along their way.
    device : str
        `cpu` or `cuda`.
    threads : int
        Threads on a CPU.
    resume : Resume
        Where the state is kept from which a stopped run resumes; without it, such a run is lost.

    Returns
    -------
    dict of str to Factors
        The factors U (restarts, n, r) and V (restarts, r, m) of each regime, and how they ended.

    Raises
    ------
    InputError
        A regime is unknown, a loss is no number, or a state on disk belongs to another descent.

    Examples
    --------
    >>> import numpy as np
    >>> from starnmf import factorize, matrix_from
    >>> X = np.random.default_rng(0).gamma(2.0, size=(30, 20))
    >>> factors = factorize(matrix_from(X, rank=2), ("converged",), restarts=3)["converged"]
    >>> factors.U.shape, factors.V.shape, bool(factors.converged.all())
    ((3, 30, 2), (3, 2, 20), True)
    """
    settings = settings or Settings()
    found: dict[str, Factors] = {}
    for plan in plans(matrix, regimes, settings):
        run = _Run(matrix, plan, settings, restarts, repetitions, device, resume)
        done = run.follow(threads)
        found |= {regime: _gather(matrix, run, regime, done, threads) for regime in plan.regimes}
    return found


class _Run:
    """One plan on one matrix."""

    def __init__(
        self,
        matrix: Matrix,
        plan: Plan,
        settings: Settings,
        restarts: int,
        repetitions: int,
        device: str,
        resume: Resume | None,
    ) -> None:
        self.plan, self.restarts, self.repetitions, self.resume = plan, restarts, repetitions, resume
        self.attributes = _attributes(matrix, plan, settings, device)
        self.engine = ENGINES[plan.descent](matrix, restarts, plan.dtype, device)
        self.stop, self.done, self.rest = threading.Event(), 0, settings.rest
        self.identity = {
            **self.attributes,
            "plan": plan.kind,
            "regimes": plan.regimes,
            **asdict(settings),
            "stationary": STATIONARY,
            "restarts": restarts,
            "repetitions": repetitions,
            "matrix": _checksum(matrix),
        }

    def follow(self, threads: int) -> list[Restart]:
        """Follow all restarts to their ends."""
        part = "" if self.attributes["rate"] == 1 else f" subsample {self.attributes['subsample']}"
        self.bar = progress_bar(f"{self.attributes['dataset']}{part}", None, "gradient", unit_scale=True)
        with one_thread_per_block(), self.bar, _stopped_by_signals(self.stop):
            blocks = even_blocks(self.restarts, self.engine.largest_batch)
            return list(chain.from_iterable(map_blocks(self._follow_batch, blocks, threads)))

    def _follow_batch(self, block: slice) -> list[Restart]:
        path = self.resume.folder / f"{self.plan.kind}-{block.start}.h5" if self.resume else None
        descent, running, restarts = self._begin(range(block.start, block.stop), path)
        saved, seconds = time.monotonic(), self.resume.seconds if self.resume else np.inf
        while running:
            running = self._advance(descent, running, restarts)
            if path and (self.stop.is_set() or not running or time.monotonic() - saved > seconds):
                clocks, arrays = (descent.clocks, descent.batch.arrays()) if running else ([], [])
                save_state(path, self.identity, SavedBatch(running, clocks, arrays, restarts))
                saved = time.monotonic()
            if self.stop.is_set():
                raise Interrupted
        if not self.plan.descent.follows_flow:
            self._rebalance(restarts)
        return restarts

    def _begin(self, indices: range, path: Path | None) -> tuple[Any, list[int], list[Restart]]:
        """A batch at its start, or where it was stopped; places of the restarts in it; all of them."""
        batch = self.engine.start(*draw_starts(self.attributes, "start", indices))
        restarts = [Restart(index) for index in indices]
        running, clocks = list(range(len(restarts))), None
        if path and path.exists():
            running, clocks, arrays, restarts = load_state(path, self.identity)
            self.done += len(restarts) - len(running)
            if running:
                batch = batch.keep(running)
                batch.restore(arrays)
        return self.engine.descent(batch, self.plan.course, len(running), clocks), running, restarts

    def _advance(self, descent: Any, running: list[int], restarts: list[Restart]) -> list[int]:
        """Evaluate one gradient of every restart in the batch; returns the places of those that go on."""
        arrived = descent.advance()
        self.bar.update(len(running))
        left = [place for place in arrived if not self._record(descent, restarts[running[place]], place)]
        descent.go_on(left)
        stopped = set(arrived) - set(left)
        if not stopped:
            return running
        self.done += len(stopped)
        going = [place for place in range(len(running)) if place not in stopped]
        if going:
            descent.keep(going)
        return [running[place] for place in going]

    def _record(self, descent: Any, restart: Restart, place: int) -> bool:
        """Note what a restart that waits has come to; returns whether it stops there."""
        plan, clock, batch = self.plan, descent.clocks[place], descent.batch
        at_mark, capped = descent.at_mark(place), descent.is_capped(place)
        watched = restart.index < self.repetitions
        measured = capped or (at_mark and clock.at in plan.logarithmic)
        is_snapshot = watched and at_mark and clock.at in plan.even
        if not measured and not is_snapshot:
            return False
        loss = batch.loss(place) if measured else np.nan
        point = PathPoint(clock.at * plan.course.step_size, clock.gradients, loss, *batch.factors(place))
        if is_snapshot:
            for regime in set(plan.regimes) - {"converged"}:
                restart.snapshots.setdefault(regime, []).append(point)
        if not measured:
            return False
        if not np.isfinite(loss):
            raise InputError(
                f"{self.attributes['dataset']}, {plan.kind}: the loss of restart {restart.index} is {loss:g} after "
                f"{clock.gradients} gradients; expected a number. Steps are too long: lower the learning rate"
            )
        if clock.at == 0:
            restart.start_gradient = batch.projected_gradient(place)
        restart.record(point)
        self.bar.set_postfix_str(self._progress(restart), refresh=False)
        if watched and at_mark and plan.descent.follows_flow and "converged" in plan.regimes:
            restart.snapshots.setdefault("converged", []).append(point)
        at_paper_end = clock.at == plan.paper_end
        may_end = at_paper_end or capped or (clock.at > plan.paper_end and restart.is_flat(self.rest))
        if not may_end:
            return False
        projected_gradient = batch.projected_gradient(place)
        if at_paper_end:
            for regime in set(plan.regimes) - {"converged"}:
                restart.end(regime, projected_gradient, self.rest)
        if "converged" not in plan.regimes:
            return True
        has_converged = not at_paper_end and restart.has_converged(projected_gradient, self.rest)
        if capped or has_converged:
            restart.end("converged", projected_gradient, self.rest)
        return capped or has_converged

    def _progress(self, restart: Restart) -> str:
        """What is known of how far the descent is: when it will have converged is not."""
        known = f"{self.done} of {self.restarts} restarts done, loss {restart.losses[-1]:.4g}"
        if "converged" not in self.plan.regimes or not np.isfinite(restart.loss_change):
            return known
        falls = f"falls by {restart.loss_change:.2%} per doubling of time"
        return f"{known} {falls} (converged below {self.rest:.2%} with a small gradient)"

    def _rebalance(self, restarts: list[Restart]) -> None:
        """Give every end the balance (k, r) of its start, which gradient descent would have kept."""
        starts = draw_starts(self.attributes, "start", range(restarts[0].index, restarts[-1].index + 1))
        for restart, target in zip(restarts, balance(*starts), strict=True):
            end = restart.ends["converged"]
            now, half = (self._rebalanced(point, target) for point in (end.now, end.half))
            restart.ends["converged"] = replace(end, now=now, half=half)

    def _rebalanced(self, point: PathPoint, target: Array) -> PathPoint:
        U, V = rebalanced(point.U, point.V, target)
        return replace(point, loss=self.engine.start(U[np.newaxis], V[np.newaxis]).loss(0), U=U, V=V)


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C and a scheduler's signal to end set `stop`, so that every batch saves its state first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except Interrupted:
        raise KeyboardInterrupt from None
    finally:
        for number, handler in caught.items():
            signal.signal(number, handler)


def _attributes(matrix: Matrix, plan: Plan, settings: Settings, device: str) -> dict[str, str | int | float]:
    of_matrix = attributes_of(matrix)
    return {name: of_matrix[name] for name in OF_MATRIX} | {
        "data_sha256": matrix.description.data_sha256,
        "descent": plan.descent.value,
        "step_size": plan.course.step_size,
        "paper_time": plan.course.step_size * plan.paper_end,
        "rest": settings.rest,
        "gradient_cap": settings.gradient_cap,
        "dtype": plan.dtype,
        "device": device_name(device),
    }


def _checksum(matrix: Matrix) -> str:
    """Of the entries, and of where they are."""
    digest = sha256(matrix.values.tobytes())
    if isinstance(matrix, Observed):
        digest.update(matrix.indices.tobytes())
        digest.update(matrix.indptr.tobytes())
    return digest.hexdigest()


def _gather(matrix: Matrix, run: _Run, regime: str, restarts: Sequence[Restart], threads: int) -> Factors:
    ends = [restart.ends[regime] for restart in restarts]
    history_time, history_loss = histories(restarts)
    up_to = history_time <= max(end.now.time for end in ends)
    watched = [restart.snapshots.get(regime, []) for restart in restarts[: run.repetitions]]
    return Factors(
        U=np.stack([end.now.U for end in ends]),
        V=np.stack([end.now.V for end in ends]),
        loss=np.array([end.now.loss for end in ends]),
        time=np.array([end.now.time for end in ends]),
        gradients=np.array([end.now.gradients for end in ends]),
        converged=np.array([end.converged for end in ends]),
        loss_change=np.array([end.loss_change for end in ends]),
        alpha_change=_alpha_changes(matrix, run.attributes, ends, threads),
        projected_gradient=np.array([end.projected_gradient for end in ends]),
        history_time=history_time[up_to],
        history_loss=history_loss[:, up_to],
        attributes={**run.attributes, "regime": regime, "torch": version("torch")},
        snapshots=_gather_snapshots(watched) if any(watched) else None,
    )


def _alpha_changes(matrix: Matrix, attributes: Attributes, ends: Sequence[End], threads: int) -> Array:
    """Change (k,) of the mean curvature towards every restart over the last doubling of its time."""
    points = [end.now for end in ends] + [end.half for end in ends]
    reached = np.stack([point.U for point in points]), np.stack([point.V for point in points])
    quartics = quartics_of_pairs(matrix, reached, draw_starts(attributes, "point", range(ALPHA_POINTS)), threads)
    now, half = quartics.curvature()[0].mean(1).reshape(2, -1)
    return np.asarray(now - half)


def _gather_snapshots(watched: Sequence[Sequence[PathPoint]]) -> Snapshots:
    count = np.array([len(points) for points in watched])
    longest = watched[int(count.argmax())]
    U = np.zeros((len(longest), len(watched), *longest[0].U.shape), longest[0].U.dtype)
    V = np.zeros((len(longest), len(watched), *longest[0].V.shape), longest[0].V.dtype)
    for place, points in enumerate(watched):
        for at, point in enumerate(points):
            U[at, place], V[at, place] = point.U, point.V
    return Snapshots(np.array([point.time for point in longest]), U, V, count)
