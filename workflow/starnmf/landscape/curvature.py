"""Curvature from random points towards optima (Figures 4, 5 and 11): one row per line."""

import numpy as np
import pandas as pd

from starnmf.curvature.pairs import quartics_of_pairs
from starnmf.factorization.initialization import draw_starts
from starnmf.factors import Factors
from starnmf.landscape.agreement import check_factors_of
from starnmf.matrix import Matrix


def measure_curvature(matrix: Matrix, factors: Factors, points: int, threads: int) -> pd.DataFrame:
    """Curvature of the lines from `points` random points to every optimum.

    Columns dataset, regime, rate, optimum, point; alpha (equation 6, of the loss per observed
    entry) and at_lambda, where it is taken, 0 at the point and 1 at the optimum; chord_violation
    (Definition 1), 0 where star-convex. The points depend on their number and on the matrix, not on
    the regime: see `draw_starts`.

    Raises `InputError` when the factors are not those of the matrix.
    """
    check_factors_of(matrix, factors)
    quartics = quartics_of_pairs(
        matrix, (factors.U, factors.V), draw_starts(factors.attributes, "point", range(points)), threads
    )
    alpha, at_lambda = quartics.curvature()
    optimum, point = np.indices(alpha.shape)
    return pd.DataFrame(
        {
            "dataset": factors.attributes["dataset"],
            "regime": factors.attributes["regime"],
            "rate": factors.attributes["rate"],
            "optimum": optimum.ravel(),
            "point": point.ravel(),
            "alpha": alpha.ravel(),
            "at_lambda": at_lambda.ravel(),
            "chord_violation": quartics.chord_violation().ravel(),
        }
    )
