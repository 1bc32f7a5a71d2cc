"""Features of several kinds that the tests of left inverses and of the algorithm are tried on."""

import numpy as np

from starnmf.companions.purification.model import sparse_features

KINDS = ["sparse", "dense", "signed", "unit"]


def features(kind, m, n, random):
    """Independent columns (m, n) of absolute sum 1: `dense` half-normal, `signed` normal, `unit` canonical vectors."""
    if kind == "sparse":
        return sparse_features(m, n, random)
    A = np.eye(m)[:, :n] if kind == "unit" else random.standard_normal((m, n))
    A = A if kind == "signed" else np.abs(A)
    return A / np.abs(A).sum(axis=0)
