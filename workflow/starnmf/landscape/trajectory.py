"""What a descent sees on its way: the loss, and the landscape towards where it ends (Figures 6, 9
and 10).
"""

from collections.abc import Iterable
from functools import partial
from itertools import count

import numpy as np
import pandas as pd

from starnmf.curvature.one_line import quartics_of_lines
from starnmf.factors import Factors, Snapshots
from starnmf.landscape.agreement import check_factors_of
from starnmf.landscape.gradient import downhill_cosines
from starnmf.matrix import Matrix


def measure_trajectory(
    matrix: Matrix, factors: Factors, repetitions: Iterable[Snapshots], threads: int
) -> pd.DataFrame:
    """Along the iterates x_t of restarts 0, 1, ...: loss, and cosine, curvature and chord towards
    x*.

    `repetitions` gives the snapshots of restart 0, then of restart 1, and so on, as
    `load_snapshots` does; a generator keeps one of them in memory at a time. x* is the restart's
    own last iterate, x_0 its first snapshot.

    Columns dataset, regime, repetition; time along the flow, the same in gradient steps (step), and
    the time of the paper's last step (paper_time); loss per observed entry; cosine between
    -gradient(x_t) and x* - x_0, U and V together, NaN where either is zero, and projected_cosine,
    the same of the projected gradient; alpha (equation 6) and chord_violation (Definition 1) on the
    line from x_t (l = 0) to x* (l = 1), NaN where x_t is x*.

    Raises `InputError` when the factors are not those of the matrix.
    """
    check_factors_of(matrix, factors)
    # `map` lets go of one repetition before it asks for the next.
    tables = map(partial(_measure_repetition, matrix, factors, threads), count(), repetitions)
    return pd.concat(list(tables), ignore_index=True)


def _measure_repetition(
    matrix: Matrix, factors: Factors, threads: int, repetition: int, snapshots: Snapshots
) -> pd.DataFrame:
    iterates = list(zip(snapshots.U[:, 0], snapshots.V[:, 0], strict=True))
    optimum = (factors.U[repetition], factors.V[repetition])
    way = (optimum[0].astype(np.float64) - iterates[0][0], optimum[1].astype(np.float64) - iterates[0][1])
    quartics = quartics_of_lines(matrix, [(iterate, optimum) for iterate in iterates], threads)
    cosine, projected_cosine = downhill_cosines(matrix, iterates, way, threads)
    arrived = np.array([all(map(np.array_equal, iterate, optimum)) for iterate in iterates])
    return pd.DataFrame(
        {
            "dataset": factors.attributes["dataset"],
            "regime": factors.attributes["regime"],
            "repetition": repetition,
            "time": snapshots.time,
            "step": snapshots.time / float(factors.attributes["step_size"]),
            "paper_time": factors.attributes["paper_time"],
            "loss": quartics.loss(0),
            "cosine": cosine,
            "projected_cosine": projected_cosine,
            "alpha": np.where(arrived, np.nan, quartics.curvature()[0]),
            "chord_violation": np.where(arrived, np.nan, quartics.chord_violation()),
        }
    )
