"""The segments between every two of several factor pairs, with the ranks of the second one in given orders.

(U P, P^T V) has the product U V for every permutation P, but another segment leads to it. Its inner products with other
factors are those of (U, V) with rows and columns exchanged, so that no factor of a dense matrix is moved.
"""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from starnmf.arrays import Array, Integers
from starnmf.blocks import one_thread_per_block
from starnmf.curvature.all_pairs import (
    FactorPairs,
    Products,
    map_with_progress,
    products_of,
    quartics_of_pairs,
    stacked,
)
from starnmf.curvature.quartic import Quartic, quartic_of_control_residuals
from starnmf.matrix import Dense, Matrix, Observed, observed_count


def quartics_of_permuted_pairs(
    matrix: Matrix, pairs: FactorPairs, orders: Sequence[Integers], threads: int = 1
) -> list[Quartic]:
    """The loss along the segments between every two of k factor pairs, as quartics of k (k - 1) / 2 segments.

    Parameters
    ----------
    matrix : Dense or Observed
        Of shape (n, m).
    pairs : (U, V)
        U (k, n, r) and V (k, r, m), float32 or float64; sums are float64.
    orders : sequence of int64 (k (k - 1) / 2, r)
        For every two, in the order of `np.triu_indices(k, 1)`, the rank of the second pair (l = 0) that stands in the
        place of each rank of the first pair (l = 1). Several of them share most of the work.
    threads : int
        Threads; the result does not depend on their number.

    Returns
    -------
    list of Quartic
        One for each of `orders`.
    """
    if isinstance(matrix, Dense):
        return _dense(matrix, pairs, orders, threads)
    return _observed(matrix, pairs, orders, threads)


def _dense(matrix: Dense, pairs: FactorPairs, orders: Sequence[Integers], threads: int) -> list[Quartic]:
    k = len(pairs[0])
    X = matrix.X.astype(np.float64)
    X = X if matrix.shape[0] <= matrix.shape[1] else X.T
    XX = float(np.vdot(X, X))
    with one_thread_per_block():
        products = products_of(X, pairs, slice(0, k))
    first, _ = np.triu_indices(k, 1)

    def with_later(block: slice) -> Array:
        of_first = [order[first == block.start] for order in orders]
        return _control_products(products, block.start, of_first, XX)

    parts = map_with_progress(with_later, [slice(number, number + 1) for number in range(k)], threads)
    joined = np.concatenate(parts, axis=2)
    return [quartic_of_control_residuals(observed_count(matrix), *of_order) for of_order in joined]


def _control_products(products: Products, one: int, orders: Sequence[Integers], XX: float) -> Array:
    """AA, AB, AC, BB, BC, CC of the control residuals of one pair with all later ones, as (orders, 6, later)."""
    later = slice(one + 1, None)
    A = Products(*(getattr(products, field.name)[one] for field in fields(Products)))
    C = Products(*(getattr(products, field.name)[later] for field in fields(Products)))
    short, long = products_of_rows(A.short, C.short), products_of_rows(A.long, C.long)
    X_long = products_of_rows(A.short, C.X_long) + products_of_rows(A.X_long, C.short)
    AC = np.einsum("pab,pab->p", short, long) - A.XM - C.XM + XX
    found = []
    for order in orders:
        short_p, long_p, X_long_p = (
            np.take_along_axis(part, order[:, np.newaxis], 2) for part in (short, long, X_long)
        )
        Gram_short, Gram_long = _exchanged(C.Gram_short, order), _exchanged(C.Gram_long, order)
        X_B = np.einsum("paa->p", X_long_p) / 2
        A_mixed = np.einsum("ab,pab->p", A.Gram_short, long_p) + np.einsum("ab,pab->p", A.Gram_long, short_p)
        C_mixed = np.einsum("pab,pab->p", Gram_long, short_p) + np.einsum("pab,pab->p", Gram_short, long_p)
        both = np.einsum("ab,pab->p", A.Gram_short, Gram_long) + np.einsum("ab,pab->p", A.Gram_long, Gram_short)
        BB = (both + 2 * np.einsum("pab,pba->p", short_p, long_p)) / 4
        AA, CC = A.MM - 2 * A.XM + XX, C.MM - 2 * C.XM + XX
        rest = A_mixed / 2 - A.XM - X_B + XX, AC, BB - 2 * X_B + XX, C_mixed / 2 - C.XM - X_B + XX
        found.append(np.stack(np.broadcast_arrays(AA, *rest, CC)))
    return np.stack(found)


def products_of_rows(rows: Array, others: Array) -> Array:
    """Products of the rows (r, s) with those of others (p, r, s), as (p, r, r)."""
    r, p = len(rows), len(others)
    return (rows @ stacked(others).T).reshape(r, p, r).transpose(1, 0, 2)


def _exchanged(Gram: Array, order: Integers) -> Array:
    """Gram matrices (p, r, r) of rows in the given orders (p, r)."""
    return Gram[np.arange(len(order))[:, np.newaxis, np.newaxis], order[:, :, np.newaxis], order[:, np.newaxis]]


def _observed(matrix: Observed, pairs: FactorPairs, orders: Sequence[Integers], threads: int) -> list[Quartic]:
    """Of each pair with all later ones, whose factors are copied in every order."""
    U, V = pairs
    first, second = np.triu_indices(len(U), 1)
    parts = []
    for one in range(len(U) - 1):
        of_one = first == one
        later = second[of_one]
        U_later = [np.take_along_axis(U[later], order[of_one][:, np.newaxis], 2) for order in orders]
        V_later = [np.take_along_axis(V[later], order[of_one][:, :, np.newaxis], 1) for order in orders]
        one_pair, others = (U[one : one + 1], V[one : one + 1]), (np.concatenate(U_later), np.concatenate(V_later))
        quartics = quartics_of_pairs(matrix, one_pair, others, threads)
        parts.append([part.reshape(len(orders), len(later)) for part in vars(quartics).values()])
    coefficients = (
        np.concatenate([np.stack(part) for part in parts], axis=2) if parts else np.zeros((5, len(orders), 0))
    )
    return [Quartic(*coefficients[:, number]) for number in range(len(orders))]
