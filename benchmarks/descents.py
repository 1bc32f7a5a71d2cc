"""Descents from given starts, so many iterations at a time: ours as batches, those of others one start after the other.

An iteration of the flow is one gradient. None keeps more than its factors and, the flow, where it is in a step, so that
iterations can be taken in any portions.
"""

import ctypes
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from baselines import iterations_of_sklearn
from starts import Point

from starnmf.blocks import even_blocks
from starnmf.datasets.normalization import normalize
from starnmf.datasets.registry import published
from starnmf.factorization.engines import Engine
from starnmf.factorization.flow import Course, Flow
from starnmf.matrix import Dense, Matrix

Array = npt.NDArray[np.float64]


class Descent(Protocol):
    """Several restarts on their way."""

    @property
    def set_up(self) -> float:
        """Seconds of the processor that a call of `advance` takes for no iteration at all."""

    def advance(self, iterations: int) -> None:
        """Take so many iterations of every restart."""

    def points(self) -> list[Point]:
        """Where every restart is."""


class FlowDescent:
    """The flow of this package; between two steps it is where the last step ended."""

    set_up = 0.0

    def __init__(self, engine: Engine, course: Course, starts: Sequence[Point]) -> None:
        self.flows = [Flow(batch, course, size) for batch, size in _batches(engine, starts)]

    def advance(self, iterations: int) -> None:
        for flow in self.flows:
            for _ in range(iterations):
                flow.go_on(flow.advance())

    def points(self) -> list[Point]:
        return [flow.batch.factors(place) for flow in self.flows for place in range(len(flow.clocks))]

    @property
    def times(self) -> list[float]:
        """Time of every restart along the flow."""
        return [clock.at * flow.course.step_size for flow in self.flows for clock in flow.clocks]


class HalsDescent:
    """Hierarchical alternating least squares of this package."""

    set_up = 0.0

    def __init__(self, engine: Engine, starts: Sequence[Point]) -> None:
        self.batches = _batches(engine, starts)

    def advance(self, iterations: int) -> None:
        for batch, _ in self.batches:
            for _ in range(iterations):
                batch.iterate()

    def points(self) -> list[Point]:
        return [batch.factors(place) for batch, size in self.batches for place in range(size)]


class SklearnDescent:
    """scikit-learn's coordinate descent, float32."""

    set_up = 0.0

    def __init__(self, matrix: Dense, starts: Sequence[Point]) -> None:
        self.matrix = matrix
        self.now = [(U.astype(np.float32), V.astype(np.float32)) for U, V in starts]

    def advance(self, iterations: int) -> None:
        self.now = [iterations_of_sklearn("cd", self.matrix, U, V, iterations) for U, V in self.now]

    def points(self) -> list[Point]:
        return list(self.now)


class PlancDescent:
    """An algorithm of PLANC, float64, on one thread; `X` (n, m) column by column."""

    def __init__(self, planc: ModuleType, algorithm: str, X: Array, starts: Sequence[Point]) -> None:
        self.planc, self.algorithm, self.X = planc, algorithm, X
        self.now = [(np.asfortranarray(U, np.float64), np.asfortranarray(V.T, np.float64)) for U, V in starts]
        start = time.process_time()
        self.advance(0)
        self.set_up = time.process_time() - start

    def advance(self, iterations: int) -> None:
        with _silent():
            found = [
                self.planc.nmf(self.X, W.shape[1], iterations, self.algorithm, 1, Winit=W, Hinit=H) for W, H in self.now
            ]
        self.now = [(np.asfortranarray(one.W), np.asfortranarray(one.H)) for one in found]

    def points(self) -> list[Point]:
        return [(W, H.T) for W, H in self.now]


def imported_planc() -> ModuleType | None:
    """PLANC's Python module, its linear algebra on one thread; None where it is not installed."""
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # read when its own libraries are loaded
    try:
        import pyplanc  # type: ignore[import-not-found]
    except ImportError:
        return None
    module: ModuleType = pyplanc
    return module


def loss_of(matrix: Matrix, point: Point) -> float:
    """1/2 mean squared error over the observed entries, in float64."""
    U, V = (factor.astype(np.float64) for factor in point)
    if isinstance(matrix, Dense):
        return 0.5 * float(np.square(U @ V - matrix.X).mean())
    fitted = np.einsum("er,er->e", U[matrix.row_of_entry], V.T[matrix.indices])
    return 0.5 * float(np.square(fitted - matrix.values).mean())


def published_matrix(name: str, folder: Path) -> Matrix:
    """The matrix of a dataset's published files, which need not come from the publisher's own address."""
    return normalize(name, folder, "mirror", published(name).rank, 0, {})


def _batches(engine: Engine, starts: Sequence[Point]) -> list[tuple[Any, int]]:
    """Batches as large as the engine likes, each with the number of its restarts."""
    U, V = np.stack([U for U, _ in starts]), np.stack([V for _, V in starts])
    blocks = even_blocks(len(starts), engine.largest_batch)
    return [(engine.start(U[block], V[block]), len(U[block])) for block in blocks]


@contextmanager
def _silent() -> Iterator[None]:
    """Drop what a library prints by itself."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
        ctypes.CDLL(None).fflush(None)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
