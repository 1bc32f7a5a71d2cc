"""Whether restarts of one rank agree: as columns, and in how they group the columns of the matrix."""

import numpy as np
from scipy.cluster.hierarchy import cophenet, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import silhouette_score

from starnmf.arrays import Array, Integers
from starnmf.curvature.all_pairs import FactorPairs
from starnmf.optima.matching import Matching

LARGEST_CONSENSUS = 1000
"""Most columns of the matrix in a consensus matrix; of more, a random sample."""


def with_best(matching: Matching, best: int, restarts: int, values: Array) -> Array:
    """Of values of every two restarts (pairs, ...), those of the best with each (restarts, ...); 0 with itself."""
    found = np.zeros((restarts, *values.shape[1:]))
    for one, other in ((matching.first, matching.second), (matching.second, matching.first)):
        with_best = one == best
        found[other[with_best]] = values[with_best]
    return found


def orders_of(matching: Matching, best: int, restarts: int) -> Integers:
    """Which column of every restart matches each column of the best: (restarts, r)."""
    return np.stack([matching.order_between(best, restart) for restart in range(restarts)])


def silhouette(restarts: FactorPairs, orders: Integers) -> float:
    """Silhouette of the columns of U, and of the rows of V, of all restarts: the smaller one.

    A cluster are the columns that match one column of the best restart, and the distance is the cosine distance, as in
    SigProfiler (Alexandrov et al. 2013) and cNMF (Kotliar et al. 2019). NaN at rank 1, where there is one cluster.
    """
    k, r = orders.shape
    if r == 1 or k == 1:
        return float("nan")
    U, V = restarts
    labels = np.argsort(orders, axis=1).reshape(-1)
    factors = (U.transpose(0, 2, 1).reshape(k * r, -1), V.reshape(k * r, -1))
    return min(float(silhouette_score(factor.astype(np.float64), labels, metric="cosine")) for factor in factors)


def cophenetic_correlation(restarts: FactorPairs, random: np.random.Generator) -> float:
    """Cophenetic correlation of the consensus matrix of the columns of the data (Brunet et al. 2004).

    A restart puts a column of the data into the cluster of its largest contribution |u_a| v_aj. The consensus matrix
    holds for every two columns the share of restarts that put them together; the correlation is that of 1 - consensus
    with the distances in its average-linkage tree. NaN where all columns are equally far from each other.
    """
    U, V = restarts
    sampled = np.sort(random.choice(V.shape[2], min(V.shape[2], LARGEST_CONSENSUS), replace=False))
    clusters = np.argmax(np.linalg.norm(U, axis=1)[:, :, np.newaxis] * V[:, :, sampled], axis=1)
    consensus = np.mean([cluster[:, np.newaxis] == cluster for cluster in clusters], axis=0)
    distances = squareform(1 - consensus, checks=False)
    if len(distances) < 2 or not np.ptp(distances) > 0:
        return float("nan")
    return float(cophenet(linkage(distances, method="average"), distances)[0])
