"""Curvature at the same optima with another scale between their factors: U d and V / d have the
same product.
"""

import numpy as np
import pandas as pd

from starnmf.curvature.pairs import quartics_of_pairs
from starnmf.factorization.initialization import draw_starts
from starnmf.factors import Factors
from starnmf.landscape.agreement import check_factors_of
from starnmf.matrix import Matrix

SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)
OPTIMA, POINTS = 10, 10
"""Lines enough to tell a change of sign; every scale costs as much as all of them at scale 1."""


def measure_scales(matrix: Matrix, factors: Factors, threads: int) -> pd.DataFrame:
    """Curvature from the first random points to the first optima (U d, V / d), for every scale d.

    Columns dataset, regime, scale, optimum, point, alpha, chord_violation, as in
    `measure_curvature`. At scale 1 the optima are where descent left them. Raises `InputError` when
    the factors are not those of the matrix.
    """
    check_factors_of(matrix, factors)
    points = draw_starts(factors.attributes, "point", range(POINTS))
    tables = []
    for scale in SCALES:
        U, V = (factor[:OPTIMA].astype(np.float64) for factor in (factors.U, factors.V))
        quartics = quartics_of_pairs(matrix, (U * scale, V / scale), points, threads)
        alpha = quartics.curvature()[0]
        optimum, point = np.indices(alpha.shape)
        tables.append(
            pd.DataFrame(
                {
                    "dataset": factors.attributes["dataset"],
                    "regime": factors.attributes["regime"],
                    "scale": scale,
                    "optimum": optimum.ravel(),
                    "point": point.ravel(),
                    "alpha": alpha.ravel(),
                    "chord_violation": quartics.chord_violation().ravel(),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)
