"""Factors are measured on the matrix they were found for, and on no other."""

from starnmf.errors import InputError
from starnmf.factors import Factors
from starnmf.matrix import Matrix


def check_factors_of(matrix: Matrix, factors: Factors) -> None:
    """Raise `InputError` unless the factors are of this matrix: same dataset, same rate, same shape."""
    description, (n, m) = matrix.description, matrix.shape
    of_factors = str(factors.attributes["dataset"]), float(factors.attributes["rate"])
    shape = (factors.U.shape[1], factors.V.shape[2])
    if of_factors != (description.dataset, description.rate) or shape != (n, m):
        raise InputError(
            f"the factors are those of {of_factors[0]} at rate {of_factors[1]:g} ({shape[0]} x {shape[1]}), the matrix "
            f"is {description.dataset} at rate {description.rate:g} ({n} x {m}); expected factors of the same matrix. "
            "Pass the matrix that was factorized"
        )
