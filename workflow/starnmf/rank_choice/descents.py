"""Converged restarts at any rank, by which a rank is judged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starnmf.errors import InputError
from starnmf.factorization.descent import Resume, factorize
from starnmf.factorization.settings import Settings
from starnmf.factors import Factors
from starnmf.landscape.ranks import with_rank
from starnmf.matrix import Matrix
from starnmf.rank_choice import LARGEST_TRIED


@dataclass(frozen=True)
class Descents:
    """How restarts are followed: as in `factorize`, each descent with a folder of its own in that of `resume`."""

    settings: Settings
    device: str = "cpu"
    threads: int = 1
    resume: Resume | None = None

    def converged(self, matrix: Matrix, rank: int, restarts: int, name: str) -> Factors:
        """The factors of converged restarts of a matrix at a rank; `name` is that of the descent's folder."""
        kept = replace(self.resume, folder=self.resume.folder / name / f"rank-{rank}") if self.resume else None
        found = factorize(
            with_rank(matrix, rank),
            ("converged",),
            self.settings,
            restarts,
            device=self.device,
            threads=self.threads,
            resume=kept,
        )
        return found["converged"]


def ranks_to_try(matrix: Matrix, chosen: Sequence[int] | None = None) -> list[int]:
    """The chosen ranks, or those from 2 to 12 that are below half the smaller side; and rank 1, to compare with.

    Raises `InputError` when a chosen rank does not fit the matrix, and when there is none above 1.
    """
    smaller_side, shape = min(matrix.shape), " x ".join(map(str, matrix.shape))
    ranks = sorted({1, *(range(2, min(LARGEST_TRIED + 1, smaller_side // 2)) if chosen is None else chosen)})
    dataset = matrix.description.dataset
    if ranks[-1] >= smaller_side:
        too_large = ", ".join(str(rank) for rank in ranks if rank >= smaller_side)
        raise InputError(
            f"{dataset}: ranks_tried has {too_large}, and its matrix is {shape}; expected ranks below {smaller_side}"
        )
    if len(ranks) == 1:
        raise InputError(
            f"{dataset}: found a {shape} matrix and no rank above 1 to try; expected sides of at least 6, or "
            "ranks_tried such as 2-4"
        )
    return ranks
