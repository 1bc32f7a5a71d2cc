"""The loss along a descent, and cosine and curvature towards its end (Figures 6, 9 and 10)."""

from collections.abc import Iterable
from functools import partial
from itertools import count

import numpy as np
import pandas as pd

from starnmf.curvature.segments import quartics_of_segments
from starnmf.factors import Factors, Snapshots
from starnmf.landscape.gradient import downhill_cosines
from starnmf.landscape.segments import check_factors_of
from starnmf.matrix import Matrix, observed_count


def measure_trajectory(
    matrix: Matrix, factors: Factors, repetitions: Iterable[Snapshots], threads: int
) -> pd.DataFrame:
    """Measure the iterates of restarts 0, 1, ... towards the restart's own last iterate.

    `repetitions` are the snapshots of restart 0, then of restart 1, and so on, as `load_snapshots` returns them; with a
    generator only one of them is in memory at a time. Columns are those of the table `landscape.tables.TRAJECTORY`;
    cosines are of U and V together.

    The share of the bound is what star-convexity says of the speed of descent. On the projected flow of half the sum of
    squares f, the squared distance from x* falls at a rate of at least 2 <grad f(x), x - x*>, which is at least
    2 (f(x) - f(x*)) where f is star-convex towards x*. As f falls as well, t (f(x(t)) - f(x*)) <= |x(0) - x*|^2 / 2.

    Raises `InputError` when the factors are not those of the matrix.
    """
    check_factors_of(matrix, factors)
    # `map` releases one repetition before it takes the next.
    tables = map(partial(_measure_repetition, matrix, factors, threads), count(), repetitions)
    return pd.concat(list(tables), ignore_index=True)


def _measure_repetition(
    matrix: Matrix, factors: Factors, threads: int, repetition: int, snapshots: Snapshots
) -> pd.DataFrame:
    iterates = list(zip(snapshots.U[:, 0], snapshots.V[:, 0], strict=True))
    optimum = (factors.U[repetition], factors.V[repetition])
    way = (optimum[0].astype(np.float64) - iterates[0][0], optimum[1].astype(np.float64) - iterates[0][1])
    quartics = quartics_of_segments(matrix, [(iterate, optimum) for iterate in iterates], threads)
    cosine, projected_cosine = downhill_cosines(matrix, iterates, way, threads)
    half_square = sum(float(np.square(part).sum()) for part in way) / 2
    above_end = observed_count(matrix) * (quartics.loss(0) - quartics.loss(1))
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
            "share_of_bound": snapshots.time * above_end / (half_square or np.nan),
        }
    )
