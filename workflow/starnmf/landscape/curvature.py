"""Curvature from random points towards optima (Figures 5 and 11): one row per segment."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from starnmf.factors import Factors
from starnmf.landscape.segments import measure_segments, random_points
from starnmf.matrix import Matrix
from starnmf.subsamples import numbers_in_rate


def measure_curvature(matrix: Matrix, factors: Factors, points: int = 20, threads: int = 1) -> pd.DataFrame:
    """Measure the curvature of the segments from random points to every optimum.

    Parameters
    ----------
    matrix : Dense or Observed
        The matrix that was factorized.
    factors : Factors
        Its k restarts.
    points : int
        Random half-normal points. They depend on their number and on the matrix, not on the regime.
    threads : int
        Threads; the result does not depend on their number.

    Returns
    -------
    pandas.DataFrame
        k x `points` rows with the columns of the table `landscape.tables.CURVATURE`: alpha
        (equation 6, of the loss per observed entry) and where on the segment it is taken, and the
        violation of the chord inequality (Definition 1), 0 where the segment is star-convex.

    Raises
    ------
    InputError
        The factors are not those of the matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from starnmf import factorize, matrix_from, measure_curvature
    >>> matrix = matrix_from(np.random.default_rng(0).gamma(2.0, size=(30, 20)), rank=2)
    >>> factors = factorize(matrix, ("published",), restarts=3)["published"]
    >>> segments = measure_curvature(matrix, factors, points=4)
    >>> len(segments), bool((segments["alpha"] > 0).all())
    (12, True)
    """
    segments = measure_segments(matrix, factors, (factors.U, factors.V), random_points(factors, points), threads)
    segments.insert(2, "rate", factors.attributes["rate"])
    segments.insert(3, "subsample", factors.attributes["subsample"])
    return segments.drop(columns="loss")


def measure_subsamples(
    matrices: Iterable[Matrix], factors: Iterable[Factors], points: int, threads: int = 1
) -> pd.DataFrame:
    """`measure_curvature` of all subsamples of a rate, each with its own factors and random points.

    Optima are numbered within the rate (`starnmf.subsamples`).
    """
    tables = [
        measure_curvature(matrix, optima, points, threads) for matrix, optima in zip(matrices, factors, strict=True)
    ]
    for subsample, table in enumerate(tables):
        numbers = numbers_in_rate(subsample, len(table) // points, len(tables))
        table["optimum"] = np.repeat(numbers, points)
    return pd.concat(tables, ignore_index=True)
