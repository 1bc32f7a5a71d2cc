"""Which rank of one restart is which rank of another.

(U P D, D^-1 P^T V) has the product U V for every permutation P and positive diagonal D, so that two restarts may hold
the same solution in other numbers. Cosines do not depend on D; P is found by linear assignment (the Hungarian method).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from starnmf.arrays import Array, Integers
from starnmf.blocks import map_blocks, one_thread_per_block
from starnmf.curvature.all_pairs import FactorPairs
from starnmf.curvature.permuted_pairs import products_of_rows


@dataclass(frozen=True)
class Matching:
    """Every two of k restarts with the ranks of the second in the order of the first's.

    `first` and `second` int64 (pairs,) are the restarts, from 0, ordered by the first and then by the second; `order`
    int64 (pairs, r) is the rank of the second that belongs to each rank of the first. `U_distance` and `V_distance`
    float64 (pairs, r) are the cosine distances, 1 less the cosine, of the matched columns of U and rows of V;
    `unmatched` (pairs, r) is the larger of both for the ranks of the same number, as the restarts number them.
    """

    first: Integers
    second: Integers
    order: Integers
    U_distance: Array
    V_distance: Array
    unmatched: Array

    @property
    def distance(self) -> Array:
        """The larger one of both distances of every matched rank (pairs, r)."""
        return np.maximum(self.U_distance, self.V_distance)

    def order_between(self, one: int, other: int) -> Integers:
        """The rank of a restart `other` that belongs to each rank of a restart `one` (r,)."""
        if one == other:
            return np.arange(self.order.shape[1])
        pair = (self.first == min(one, other)) & (self.second == max(one, other))
        (order,) = self.order[pair]
        return np.asarray(order if one < other else np.argsort(order))

    def equivalent(self, limit: float) -> Array:
        """The share of ranks (pairs,) of which both distances are below a limit."""
        return np.asarray((self.distance < limit).mean(axis=1))


def match_restarts(restarts: FactorPairs, threads: int = 1) -> Matching:
    """Match the ranks of every two restarts: the order with the smallest sum of cosine distances of U and V.

    Parameters
    ----------
    restarts : (U, V)
        U (k, n, r) and V (k, r, m), float32 or float64, in any scale; sums are float64.
    threads : int
        Threads; the result does not depend on their number.

    Returns
    -------
    Matching
        Of k (k - 1) / 2 pairs. A rank with a zero column of U or row of V adds nothing to the product: it is at
        distance 0 from another such rank and at distance 1 from any other.

    Examples
    --------
    >>> import numpy as np
    >>> U, V = np.eye(4, 3), np.eye(3, 5)
    >>> order = [2, 0, 1]
    >>> found = match_restarts((np.stack([U, U[:, order] * 2]), np.stack([V, V[order] / 2])))
    >>> found.order.tolist(), found.distance.max().tolist()
    ([[1, 2, 0]], 0.0)
    """
    U, V = _directions(*restarts)
    k, r = U.shape[:2]

    def with_later(one: int) -> tuple[Integers, Array, Array, Array]:
        cosines = [_cosines(factor[one], factor[one + 1 :]) for factor in (U, V)]
        pairs, ranks = np.indices((k - one - 1, r))
        order = np.array([linear_sum_assignment(-both)[1] for both in cosines[0] + cosines[1]], dtype=np.int64)
        order = order.reshape(pairs.shape)
        U_distance, V_distance = (1 - of_factor[pairs, ranks, order] for of_factor in cosines)
        unmatched = 1 - np.minimum(*cosines)[pairs, ranks, ranks]
        return order, U_distance, V_distance, unmatched

    with one_thread_per_block():
        parts = map_blocks(with_later, range(k), threads)
    return Matching(*np.triu_indices(k, 1), *(np.concatenate(part) for part in zip(*parts, strict=True)))


def _directions(U: npt.NDArray[np.floating], V: npt.NDArray[np.floating]) -> tuple[Array, Array]:
    """Columns of U and rows of V (k, r, n) and (k, r, m) of length 1; both 0 where either is."""
    columns, rows = U.transpose(0, 2, 1).astype(np.float64), V.astype(np.float64)
    lengths = [np.linalg.norm(factor, axis=2, keepdims=True) for factor in (columns, rows)]
    used = (lengths[0] > 0) & (lengths[1] > 0)
    return columns / np.where(used, lengths[0], np.inf), rows / np.where(used, lengths[1], np.inf)


def _cosines(directions: Array, others: Array) -> Array:
    """Cosines (p, r, r) of directions (r, n) with those of p others, at most 1; that of two zeros is 1."""
    cosines = products_of_rows(directions, others)
    zero, zeros = (directions == 0).all(axis=1), (others == 0).all(axis=2)
    return np.where(zero[:, np.newaxis] & zeros[:, np.newaxis], 1.0, np.minimum(cosines, 1))
