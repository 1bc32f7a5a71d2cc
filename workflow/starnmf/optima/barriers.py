"""The loss on the segments between optima, before and after their ranks are matched."""

import numpy as np

from starnmf.arrays import Array
from starnmf.curvature.all_pairs import FactorPairs
from starnmf.curvature.permuted_pairs import quartics_of_permuted_pairs
from starnmf.curvature.quartic import Quartic
from starnmf.factorization.balance import rebalanced
from starnmf.matrix import Matrix
from starnmf.optima.matching import Matching


def measure_barriers(
    matrix: Matrix, restarts: FactorPairs, matching: Matching, threads: int = 1
) -> tuple[Quartic, Quartic]:
    """Follow the loss between every two restarts of a matrix, from the second (l = 0) to the first (l = 1).

    The factors are balanced first (`balanced`), so that a scale between them makes no difference.

    Parameters
    ----------
    matrix : Dense or Observed
        The matrix that was factorized.
    restarts : (U, V)
        U (k, n, r) and V (k, r, m), float32 or float64.
    matching : Matching
        Of these restarts, as from `match_restarts`.
    threads : int
        Threads; the result does not depend on their number.

    Returns
    -------
    matched, unmatched : Quartic
        Of the pairs of the matching, with the ranks of the second in the order of the first's, and as the restarts
        number them. `excess_over_chord` and `rise_above_ends` are the barriers, in units of the loss.
    """
    same = np.broadcast_to(np.arange(restarts[0].shape[2]), matching.order.shape)
    matched, unmatched = quartics_of_permuted_pairs(matrix, balanced(restarts), [matching.order, same], threads)
    return matched, unmatched


def balanced(restarts: FactorPairs) -> FactorPairs:
    """The same products with |u_a| = |v_a| for every rank a, in float64; a rank with a zero factor stays as it is."""
    U, V = (factor.astype(np.float64) for factor in restarts)
    return rebalanced(U, V, np.zeros(U.shape[2]))


def relative_barriers(segments: Quartic) -> tuple[Array, Array]:
    """`rise_above_ends` and `excess_over_chord`, relative to the loss at the higher end."""
    scale = higher_end(segments)
    return relative(segments.rise_above_ends(), scale), relative(segments.excess_over_chord(), scale)


def higher_end(segments: Quartic) -> Array:
    """The loss at the end of each segment where it is higher."""
    return np.maximum(segments.loss(0), segments.loss(1))


def relative(rise: Array, loss: Array) -> Array:
    """A rise relative to a loss; 0 where there is none, and infinite where it is above a loss of 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(rise == 0, 0.0, rise / loss))
