"""Is there a centre: an optimum from which the segments to all others stay low, as in a star domain?

The centre is the restart whose largest rise of the loss, on the segments to the others, is smallest. A restart may have
a small largest rise by chance, so that every restart is held out once: the centre is chosen among the others by the
rises between them, and judged by its rise to the one that was held out.
"""

import numpy as np
import pandas as pd

from starnmf.arrays import Array, Integers
from starnmf.curvature.all_pairs import FactorPairs
from starnmf.curvature.segments import quartics_of_segments
from starnmf.matrix import Matrix
from starnmf.optima.barriers import higher_end, relative
from starnmf.optima.matching import Matching
from starnmf.optima.tables import CENTRES, FEWEST

COLUMNS = [name for name in CENTRES.names if name not in ("dataset", "regime")]


def measure_centres(
    matrix: Matrix, restarts: FactorPairs, matching: Matching, rise: Array, counted: Integers, threads: int = 1
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
    counted : int64 (c,)
        The numbers of the restarts that count, from 0.
    threads : int
        Threads; the result does not depend on their number.

    Returns
    -------
    pandas.DataFrame
        One row for each restart that counts, with the columns of the table `optima.tables.CENTRES` from `restart` on;
        none for fewer than `FEWEST` of them.
    """
    if len(counted) < FEWEST:
        return pd.DataFrame(columns=COLUMNS)
    rises = np.zeros((len(restarts[0]), len(restarts[0])))
    rises[matching.first, matching.second] = rises[matching.second, matching.first] = rise
    table = pd.DataFrame([_held_out(rises, restart, counted[counted != restart]) for restart in counted])
    from_mean = np.zeros(len(counted))
    for centre in table["centre"].unique():
        judged = np.flatnonzero(table["centre"] == centre)
        from_mean[judged] = _rises_from_mean(matrix, restarts, matching, centre, counted, judged, threads)
    return table.assign(mean_rise=from_mean)


def _held_out(rises: Array, restart: int, kept: Integers) -> dict[str, float | int]:
    """The centre of the restarts that are kept, and its rise to one that is not beside those of the others."""
    centre = int(kept[np.argmin(rises[np.ix_(kept, kept)].max(axis=1))])
    rise, others = float(rises[centre, restart]), rises[kept[kept != centre], restart]
    return {
        "restart": int(restart),
        "centre": centre,
        "rise": rise,
        "random_rise": float(np.median(rises[kept, restart])),
        "lower": float((others < rise).mean() + (others == rise).mean() / 2),
    }


def _rises_from_mean(
    matrix: Matrix,
    restarts: FactorPairs,
    matching: Matching,
    centre: int,
    counted: Integers,
    judged: Integers,
    threads: int,
) -> Array:
    """Rises above the losses of the restarts at some places of `counted`, from the mean of all other restarts there.

    The ranks of all are in the order of the centre's.
    """
    orders = [matching.order_between(centre, number) for number in counted]
    U = np.stack([restarts[0][number][:, order] for number, order in zip(counted, orders, strict=True)])
    V = np.stack([restarts[1][number][order] for number, order in zip(counted, orders, strict=True)])
    U_sum, V_sum, others = U.sum(axis=0), V.sum(axis=0), len(counted) - 1
    from_mean = [(((U_sum - U[at]) / others, (V_sum - V[at]) / others), (U[at], V[at])) for at in judged]
    segments = quartics_of_segments(matrix, from_mean, threads)
    return relative(segments.rise_above_ends() + higher_end(segments) - segments.loss(1), segments.loss(1))
