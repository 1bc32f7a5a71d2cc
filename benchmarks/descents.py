"""Descents of this package from given starts, as batches, so many iterations at a time.

An iteration of the flow is one gradient.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from starts import Point

from starnmf.blocks import even_blocks
from starnmf.datasets.normalization import normalize
from starnmf.datasets.registry import published
from starnmf.factorization.engines import Engine
from starnmf.factorization.flow import Course, Flow
from starnmf.matrix import Dense, Matrix


class Descent(Protocol):
    """Several restarts on their way."""

    def advance(self, iterations: int) -> None:
        """Take so many iterations of every restart."""

    def points(self) -> list[Point]:
        """Where every restart is."""


class FlowDescent:
    """The flow of this package; between two steps it is where the last step ended."""

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

    def __init__(self, engine: Engine, starts: Sequence[Point]) -> None:
        self.batches = _batches(engine, starts)

    def advance(self, iterations: int) -> None:
        for batch, _ in self.batches:
            for _ in range(iterations):
                batch.iterate()

    def points(self) -> list[Point]:
        return [batch.factors(place) for batch, size in self.batches for place in range(size)]


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
