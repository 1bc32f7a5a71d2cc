"""Curvature towards the point that the flow has reached at every time (Figure 15)."""

from collections.abc import Iterable

import pandas as pd

from starnmf.factors import Factors, Snapshots
from starnmf.landscape.segments import measure_segments, random_points
from starnmf.matrix import Matrix


def measure_times(
    matrix: Matrix, factors: Factors, repetitions: Iterable[Snapshots], points: int, threads: int
) -> pd.DataFrame:
    """Curvature from random points towards the restarts 0, 1, ... at every snapshot but the start.

    The points are those of `measure_curvature`, columns those of the table `landscape.tables.TIMES`. Raises
    `InputError` when the factors are not those of the matrix.
    """
    tables, from_points = [], random_points(factors, points)
    for restart, snapshots in enumerate(repetitions):
        segments = measure_segments(matrix, factors, (snapshots.U[1:, 0], snapshots.V[1:, 0]), from_points, threads)
        time = snapshots.time[1:][segments["optimum"]]
        tables.append(segments.assign(restart=restart, time=time))
    paper_time = float(factors.attributes["paper_time"])
    return (
        pd.concat(tables, ignore_index=True)
        .assign(paper_time=paper_time, raw_time=paper_time * matrix.description.scale)
        .drop(columns=["optimum", "at_lambda"])
    )
