"""Error of a rank on entries that its factorization was not fitted to.

Of a partly observed matrix a tenth of the observed entries is held out; predictions outside the range of the other
entries are moved to its ends, such as one and five stars. Of a fully observed one it is a block, by the
bi-cross-validation of Owen and Perry (2009, Annals of Applied Statistics 3, 564-594) with half of the rows and half of
the columns held out, which they found to work well:

    X = [A B]    A is held out; D ~ U_D V_D is factorized. The rows of U_A >= 0 minimise |B - U_A V_D|, the columns of
        [C D]    V_A >= 0 minimise |C - U_D V_A|, and U_A V_A is the prediction of A.

Non-negative least squares stand in place of the pseudo-inverses of U_D and V_D, which may predict negative entries.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from starnmf.arrays import Array, FloatArray
from starnmf.factorization.other_ranks import Descents
from starnmf.matrix import Dense, Matrix, Observed, observed_count, observed_from_entries
from starnmf.rank_choice import HELD_OUT_STARTS
from starnmf.seeds import generator

SHARE = 0.1
"""Of the observed entries that are held out."""


@dataclass(frozen=True)
class Split:
    """The part of a matrix that is fitted, and the error of its factors U and V on the `entries` held out."""

    fitted: Matrix
    entries: int
    error: Callable[[FloatArray, FloatArray], float]


def measure_held_out(matrix: Matrix, ranks: list[int], splits: int, descents: Descents) -> pd.DataFrame:
    """Errors of several ranks in the same random splits of a matrix: the table `HELD_OUT`.

    Ranks that are not below the smaller side of what is fitted have no rows.
    """
    rows = []
    for number in range(splits):
        split = split_of(matrix, number)
        for rank in (rank for rank in ranks if rank < min(split.fitted.shape)):
            of_regimes = descents.of_rank(split.fitted, rank, ("converged",), HELD_OUT_STARTS, f"held-out-{number}")
            found = of_regimes["converged"]
            best = int(np.argmin(found.loss))
            error = split.error(found.U[best], found.V[best])
            rows.append((rank, number, split.entries, float(found.loss[best]), error))
    table = pd.DataFrame(rows, columns=["rank", "split", "entries", "fitted", "error"])
    return table.assign(dataset=matrix.description.dataset)


def split_of(matrix: Matrix, number: int) -> Split:
    """A random split of the entries of a matrix; those with different numbers are independent."""
    description = matrix.description
    random = generator(description.seed, description.dataset, "held out", number)
    split = _block(matrix, random) if isinstance(matrix, Dense) else _entries(matrix, random)
    seed = int(random.integers(2**31))
    return replace(split, fitted=replace(split.fitted, description=replace(description, seed=seed)))


def _block(matrix: Dense, random: np.random.Generator) -> Split:
    """Half of the rows and half of the columns, whose common entries are held out."""
    halves = [np.array_split(random.permutation(side), 2) for side in matrix.shape]
    (kept_rows, held_rows), (kept_columns, held_columns) = ([np.sort(half) for half in pair] for pair in halves)
    A, B, C = (
        matrix.X[np.ix_(*block)].astype(np.float64)
        for block in ((held_rows, held_columns), (held_rows, kept_columns), (kept_rows, held_columns))
    )

    def error(U: FloatArray, V: FloatArray) -> float:
        predicted = non_negative_least_squares(V.T, B.T).T @ non_negative_least_squares(U, C)
        return float(np.square(predicted - A).mean() / 2)

    return Split(matrix.select(kept_rows, kept_columns), A.size, error)


def _entries(matrix: Observed, random: np.random.Generator) -> Split:
    """A share of the observed entries, at random; one entry at least stays in every row and column."""
    count = observed_count(matrix)
    order = random.permutation(count)
    rows, columns = matrix.row_of_entry[order], matrix.indices[order]
    stays = np.zeros(count, dtype=np.bool_)
    for places in (rows, columns):
        stays[np.unique(places, return_index=True)[1]] = True
    held = np.flatnonzero(~stays)[: round(SHARE * count)]
    fitted = np.ones(count, dtype=np.bool_)
    fitted[held] = False
    values = matrix.values[order]

    def error(U: FloatArray, V: FloatArray) -> float:
        predicted = np.einsum("ea,ae->e", U[rows[held]], V[:, columns[held]], dtype=np.float64)
        within = np.clip(predicted, values[fitted].min(), values[fitted].max())
        return float(np.square(within - values[held]).mean() / 2)

    part = observed_from_entries(rows[fitted], columns[fitted], values[fitted], matrix.shape, matrix.description)
    return Split(part, len(held), error)


def non_negative_least_squares(A: FloatArray, B: Array) -> Array:
    """The X >= 0 (r, q) that minimises |B - A X|, for A (p, r) and B (p, q).

    Every column is solved with the triangular factor of A in place of A, which has the same minimiser.
    """
    Q, R = np.linalg.qr(A.astype(np.float64))
    return np.stack([nnls(R, column)[0] for column in (Q.T @ B).T], axis=1)
