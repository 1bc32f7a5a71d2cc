"""Curvature of the segments from random points to factors, for all landscape tables that hold it."""

import numpy as np
import pandas as pd

from starnmf.curvature.all_pairs import FactorPairs, quartics_of_pairs
from starnmf.errors import InputError
from starnmf.factorization.initialization import draw_starts
from starnmf.factors import Factors
from starnmf.matrix import Matrix


def random_points(factors: Factors, count: int) -> FactorPairs:
    """The first random points of a matrix that curvature is measured from: the same under every regime."""
    return draw_starts(factors.attributes, "point", range(count))


def measure_segments(
    matrix: Matrix, factors: Factors, ends: FactorPairs, points: FactorPairs, threads: int
) -> pd.DataFrame:
    """Measure the segments from every point to every end, which are factors of the matrix.

    One row for each end and point: dataset, regime, optimum (number of the end), point, loss at the end, alpha,
    at_lambda, chord_violation. Raises `InputError` when the factors are not those of the matrix.
    """
    check_factors_of(matrix, factors)
    quartics = quartics_of_pairs(matrix, ends, points, threads)
    alpha, at_lambda = quartics.curvature()
    optimum, point = np.indices(alpha.shape)
    return pd.DataFrame(
        {
            "dataset": factors.attributes["dataset"],
            "regime": factors.attributes["regime"],
            "optimum": optimum.ravel(),
            "point": point.ravel(),
            "loss": quartics.loss(1).ravel(),
            "alpha": alpha.ravel(),
            "at_lambda": at_lambda.ravel(),
            "chord_violation": quartics.chord_violation().ravel(),
        }
    )


def check_factors_of(matrix: Matrix, factors: Factors) -> None:
    """Raise `InputError` unless the factors are of this matrix: same dataset, rate, subsample, shape and raw files."""
    description, (n, m) = matrix.description, matrix.shape
    known = factors.attributes
    of_factors = str(known["dataset"]), float(known["rate"]), int(known["subsample"])
    shape = (factors.U.shape[1], factors.V.shape[2])
    of_matrix = description.dataset, description.rate, description.subsample
    if of_factors != of_matrix or shape != (n, m):
        raise InputError(
            f"the factors are those of {_named(*of_factors)} ({shape[0]} x {shape[1]}), the matrix "
            f"is {_named(*of_matrix)} ({n} x {m}); expected factors of the same matrix. "
            "Pass the matrix that was factorized"
        )
    if known.get("data_sha256", description.data_sha256) != description.data_sha256:
        raise InputError(
            f"{description.dataset}: the factors are those of other raw files than the matrix (checksums "
            f"{known['data_sha256']} and {description.data_sha256}); expected factors of the same matrix. Pass the "
            "matrix that was factorized"
        )


def _named(dataset: str, rate: float, subsample: int) -> str:
    return f"{dataset} at rate {rate:g}" + ("" if rate == 1 else f", subsample {subsample}")
