"""Curvature at the same optima with another scale between their factors: U d and V / d have the same product."""

import numpy as np
import pandas as pd

from starnmf.factors import Factors
from starnmf.landscape.segments import measure_segments, random_points
from starnmf.matrix import Matrix

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
OPTIMA, POINTS = 10, 10
"""Enough segments to detect a change of sign; the cost is that of as many segments for every scale."""


def measure_scales(matrix: Matrix, factors: Factors, threads: int) -> pd.DataFrame:
    """Curvature from the first random points to the first optima (U d, V / d), for every scale d.

    Columns are those of the table `landscape.tables.SCALES`. At scale 1 the optima are those that descent found. Raises
    `InputError` when the factors are not those of the matrix.
    """
    U, V = (factor[:OPTIMA].astype(np.float64) for factor in (factors.U, factors.V))
    points = random_points(factors, POINTS)
    tables = [
        measure_segments(matrix, factors, (U * scale, V / scale), points, threads).assign(scale=scale)
        for scale in FACTORS
    ]
    return pd.concat(tables, ignore_index=True).drop(columns=["loss", "at_lambda"])
