"""Curvature towards optima of several ranks of one matrix (Figure 17)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd

from starnmf.errors import InputError
from starnmf.factorization.descent import Resume, factorize
from starnmf.factorization.settings import Settings
from starnmf.landscape.curvature import measure_curvature
from starnmf.matrix import Matrix
from starnmf.seeds import generator

OF_RESTARTS = ("loss", "time", "gradients", "converged")
"""How the descent of a restart ended."""


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


def with_rank(matrix: Matrix, rank: int) -> Matrix:
    """The matrix with a rank, of which starts and random points have addresses.

    The matrix's own rank keeps them: its restarts are the first ones of `factorize`, and its points
    those of every other measurement of the landscape.
    """
    description = matrix.description
    if rank == description.rank:
        return matrix
    seed = int(generator(description.seed, description.dataset, "rank", rank).integers(2**31))
    return replace(matrix, description=replace(description, rank=rank, seed=seed))


def measure_ranks(
    matrix: Matrix,
    ranks: Sequence[int],
    regimes: tuple[str, ...],
    settings: Settings | None = None,
    restarts: int = 5,
    points: int = 20,
    device: str = "cpu",
    threads: int = 1,
    resume: Resume | None = None,
) -> dict[str, pd.DataFrame]:
    """Factorize a matrix at several ranks; measure the curvature from random points to each optimum.

    Parameters
    ----------
    matrix : Dense or Observed
        Of variance 1.
    ranks : sequence of int
        As from `ranks_of`.
    regimes, settings, restarts, device, threads
        As of `factorize`, for every rank.
    points : int
        Random points from which curvature is measured. Their products have the mean of the data,
        and their factors the same expected norm, at every rank.
    resume : Resume
        As of `factorize`: each rank has a folder in it.

    Returns
    -------
    dict of str to pandas.DataFrame
        By regime, ranks x `restarts` x `points` rows with the columns of the table
        `landscape.tables.RANKS`.

    Raises
    ------
    InputError
        As of `factorize`.
    """
    tables: dict[str, list[pd.DataFrame]] = {regime: [] for regime in regimes}
    for rank in ranks:
        of_rank = with_rank(matrix, rank)
        kept = replace(resume, folder=resume.folder / f"rank-{rank}") if resume else None
        found = factorize(of_rank, regimes, settings, restarts, device=device, threads=threads, resume=kept)
        for regime, factors in found.items():
            segments = measure_curvature(of_rank, factors, points, threads).rename(columns={"optimum": "restart"})
            ends = {name: getattr(factors, name)[segments["restart"]] for name in OF_RESTARTS}
            tables[regime].append(segments.assign(rank=rank, **ends).drop(columns=["rate", "subsample", "at_lambda"]))
    return {regime: pd.concat(of_regime, ignore_index=True) for regime, of_regime in tables.items()}
