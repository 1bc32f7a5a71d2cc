"""Curvature towards the point that the flow has reached at every time (Figure 15)."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from starnmf.curvature.pairs import quartics_of_pairs
from starnmf.factorization.initialization import draw_starts
from starnmf.factors import Factors, Snapshots
from starnmf.landscape.agreement import check_factors_of
from starnmf.matrix import Matrix


def measure_times(
    matrix: Matrix, factors: Factors, repetitions: Iterable[Snapshots], points: int, threads: int
) -> pd.DataFrame:
    """Curvature from random points towards where restarts 0, 1, ... are at every snapshot but the
    start.

    The points are those of `measure_curvature`. Columns dataset, regime, restart, point; time along
    the flow and that of the paper's last step (paper_time); loss per observed entry where the
    restart is; alpha (equation 6) and chord_violation (Definition 1) on the line from the point to
    it.

    Raises `InputError` when the factors are not those of the matrix.
    """
    check_factors_of(matrix, factors)
    random_points = draw_starts(factors.attributes, "point", range(points))
    tables = []
    for restart, snapshots in enumerate(repetitions):
        reached = (snapshots.U[1:, 0], snapshots.V[1:, 0])
        quartics = quartics_of_pairs(matrix, reached, random_points, threads)
        alpha = quartics.curvature()[0]
        place, point = np.indices(alpha.shape)
        tables.append(
            pd.DataFrame(
                {
                    "dataset": factors.attributes["dataset"],
                    "regime": factors.attributes["regime"],
                    "restart": restart,
                    "point": point.ravel(),
                    "time": snapshots.time[1:][place.ravel()],
                    "paper_time": factors.attributes["paper_time"],
                    "loss": quartics.loss(1).ravel(),
                    "alpha": alpha.ravel(),
                    "chord_violation": quartics.chord_violation().ravel(),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)
