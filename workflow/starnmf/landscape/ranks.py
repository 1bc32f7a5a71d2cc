"""Curvature towards optima of several ranks of one matrix (Figure 17)."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from starnmf.errors import InputError
from starnmf.factorization.other_ranks import OF_RESTARTS, Descents, with_rank
from starnmf.factors import Factors
from starnmf.landscape.curvature import measure_curvature
from starnmf.matrix import Matrix


def ranks_of(matrix: Matrix, factors: Iterable[float]) -> list[int]:
    """Multiples of the matrix's own rank, rounded, each once: at least 1 and below min(n, m).

    The own rank may be min(n, m). Raises `InputError` when no rank is left.
    """
    description, smaller_side = matrix.description, min(matrix.shape)
    multiples = {max(1, round(factor * description.rank)) for factor in factors}
    ranks = sorted(rank for rank in multiples if rank == description.rank or rank < smaller_side)
    if not ranks:
        raise InputError(
            f"{description.dataset}: {', '.join(map(str, sorted(multiples)))} do not fit its "
            f"{' x '.join(map(str, matrix.shape))} matrix; expected a rank below {smaller_side}"
        )
    return ranks


def measure_ranks(
    matrix: Matrix, ranks: Sequence[int], own: Mapping[str, Factors], restarts: int, points: int, descents: Descents
) -> dict[str, pd.DataFrame]:
    """Factorize a matrix at several ranks; measure the curvature from random points to each optimum.

    Parameters
    ----------
    matrix : Dense or Observed
        Of variance 1.
    ranks : sequence of int
        As from `ranks_of`.
    own : dict of str to Factors
        The factors of the matrix at its own rank, by regime: other ranks are followed to the ends
        of the same regimes, and the own one is not followed again.
    restarts : int
        Of every rank, but for the own one of which there may be fewer.
    points : int
        Random points from which curvature is measured. Their products have the mean of the data,
        and their factors the same expected norm, at every rank.
    descents : Descents
        How restarts are followed.

    Returns
    -------
    dict of str to pandas.DataFrame
        By regime, ranks x `restarts` x `points` rows with the columns of the table
        `landscape.tables.RANKS`.

    Raises
    ------
    InputError
        As of `factorize`, and when the factors are not those of the matrix.
    """
    tables: dict[str, list[pd.DataFrame]] = {regime: [] for regime in own}
    for rank in ranks:
        is_own = rank == matrix.description.rank
        found = own if is_own else descents.of_rank(matrix, rank, tuple(own), restarts)
        for regime, factors in found.items():
            segments = measure_curvature(with_rank(matrix, rank), factors, points, descents.threads)
            segments = segments[segments["optimum"] < restarts].rename(columns={"optimum": "restart"})
            ends = {name: getattr(factors, name)[segments["restart"]] for name in OF_RESTARTS}
            tables[regime].append(segments.assign(rank=rank, **ends).drop(columns=["rate", "subsample", "at_lambda"]))
    return {regime: pd.concat(of_regime, ignore_index=True) for regime, of_regime in tables.items()}
