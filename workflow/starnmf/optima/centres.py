"""Is there a centre: an optimum from which the segments to all others stay low, as in a star domain?

The centre is the restart whose largest rise of the loss, on the segments to the others, is smallest. A restart with a
small largest rise may have it by chance, so that the centre is judged on restarts that were held out from its choice:
each fifth of the restarts once, with a centre that is chosen among the other four.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from starnmf.curvature.all_pairs import FactorPairs, quartics_of_pairs
from starnmf.matrix import Matrix
from starnmf.optima.barriers import relative
from starnmf.optima.matching import Matching
from starnmf.optima.tables import CENTRES, FEWEST, FOLDS

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

COLUMNS = [name for name in CENTRES.names if name not in ("dataset", "regime")]


def measure_centres(
    matrix: Matrix, restarts: FactorPairs, matching: Matching, rise: Array, threads: int = 1
) -> pd.DataFrame:
    """Hold out every restart once, and measure how far the loss rises on the way to it from a centre of the others.

    Parameters
    ----------
    matrix : Dense or Observed
        The matrix that was factorized.
    restarts : (U, V)
        U (k, n, r) and V (k, r, m), balanced.
    matching : Matching
        Of these restarts.
    rise : float64 (k (k - 1) / 2,)
        Of every pair of the matching, relative to the loss at the higher end.
    threads : int
        Threads; the result does not depend on their number.

    Returns
    -------
    pandas.DataFrame
        One row for each restart, by its number from 0 among these, with the columns of the table
        `optima.tables.CENTRES` from `restart` on; none for fewer than `FEWEST` restarts.
    """
    k = len(restarts[0])
    rises = np.zeros((k, k))
    rises[matching.first, matching.second] = rises[matching.second, matching.first] = rise
    rows = [_held_out(matrix, restarts, matching, rises, fold, threads) for fold in range(FOLDS if k >= FEWEST else 0)]
    return pd.DataFrame(
        {name: np.concatenate([of_fold[name] for of_fold in rows]) for name in COLUMNS} if rows else [], columns=COLUMNS
    ).sort_values("restart", ignore_index=True)


def _held_out(
    matrix: Matrix, restarts: FactorPairs, matching: Matching, rises: Array, fold: int, threads: int
) -> dict[str, npt.NDArray[np.generic]]:
    """The columns of the restarts of one fold."""
    numbers = np.arange(len(rises))
    out, kept = numbers[numbers % FOLDS == fold], numbers[numbers % FOLDS != fold]
    centre = kept[np.argmin(rises[np.ix_(kept, kept)].max(axis=1))]
    others = rises[np.ix_(kept[kept != centre], out)]
    to_centre = rises[centre, out]
    lower = (others < to_centre).mean(axis=0) + (others == to_centre).mean(axis=0) / 2
    return {
        "restart": out,
        "centre": np.full(len(out), centre),
        "rise": to_centre,
        "random_rise": np.median(rises[np.ix_(kept, out)], axis=0),
        "lower": lower,
        "mean_rise": _rise_from_mean(matrix, restarts, matching, centre, kept, out, threads),
    }


def _rise_from_mean(
    matrix: Matrix, restarts: FactorPairs, matching: Matching, centre: int, kept: Indices, out: Indices, threads: int
) -> Array:
    """Rise above the loss of each restart in `out` on the segment from the mean of `kept`, in the order of a centre."""
    U, V = (factor.mean(axis=0, keepdims=True) for factor in _in_order_of(restarts, matching, centre, kept))
    segments = quartics_of_pairs(matrix, _in_order_of(restarts, matching, centre, out), (U, V), threads)
    highest = segments.rise_above_ends() + np.maximum(segments.loss(0), segments.loss(1))
    return relative(highest - segments.loss(1), segments.loss(1))[:, 0]


def _in_order_of(restarts: FactorPairs, matching: Matching, centre: int, numbers: Indices) -> FactorPairs:
    """The factors of some restarts, their ranks in the order of the centre's."""
    orders = [matching.order_between(centre, number) for number in numbers]
    U, V = restarts
    return (
        np.stack([U[number][:, order] for number, order in zip(numbers, orders, strict=True)]),
        np.stack([V[number][order] for number, order in zip(numbers, orders, strict=True)]),
    )
