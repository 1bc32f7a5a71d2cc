"""Factorizing a matrix at ranks other than its own."""

from dataclasses import dataclass, replace

from starnmf.factorization.descent import Resume, factorize
from starnmf.factorization.settings import Settings
from starnmf.factors import Factors
from starnmf.matrix import Matrix
from starnmf.seeds import generator

OF_RESTARTS = ("loss", "time", "gradients", "converged")
"""Attributes of factors that tables of ranks repeat: how the descent of every restart ended."""


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


@dataclass(frozen=True)
class Descents:
    """How restarts are followed: as in `factorize`, each rank with a folder of its own in that of `resume`."""

    settings: Settings
    device: str = "cpu"
    threads: int = 1
    resume: Resume | None = None

    def of_rank(
        self, matrix: Matrix, rank: int, regimes: tuple[str, ...], restarts: int, name: str = ""
    ) -> dict[str, Factors]:
        """The factors of restarts of a matrix at a rank, by regime; `name` is that of the folder above the rank's."""
        kept = replace(self.resume, folder=self.resume.folder / name / f"rank-{rank}") if self.resume else None
        return factorize(with_rank(matrix, rank), regimes, self.settings, restarts, 0, self.device, self.threads, kept)
