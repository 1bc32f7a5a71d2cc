"""The segments between every pair of an optimum and a point, by a few large matrix products.

A segment needs the inner products of U_o V_o, U_o V_p, U_p V_o, U_p V_p and X. They follow, for all pairs, from
products of all factors at once, so that no residual of the size of the matrix is computed for any segment.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from tqdm import tqdm

from starnmf.arrays import Array, FloatArray
from starnmf.blocks import even_blocks, map_blocks, one_thread_per_block
from starnmf.curvature.entries import control_products
from starnmf.curvature.quartic import Quartic, quartic_of_control_residuals
from starnmf.matrix import Dense, Matrix, Observed, observed_count

Result = TypeVar("Result")

FactorPairs = tuple[FloatArray, FloatArray]
"""Several factor pairs: U (k, n, r) and V (k, r, m)."""

# Optima per block, and rows k r of their factors, of which the larger counts: enough for matrix products at full speed.
# There are at least two blocks, so that threads have work.
DENSE_OPTIMA, DENSE_ROWS, FEWEST_BLOCKS = 8, 500, 2
# Largest number of float64 in the (optima, r, points, r) array of a block: 32 MB.
DENSE_ELEMENTS = 2**22
# Rows of the matrix per block when entries are observed.
OBSERVED_ROWS = 256
# Columns whose factors stay in cache while the rows of a block pass by: 4 MB of factors.
OBSERVED_ELEMENTS = 2**19


def quartics_of_pairs(matrix: Matrix, optima: FactorPairs, points: FactorPairs, threads: int) -> Quartic:
    """The loss along the segment from every point (l = 0) to every optimum (l = 1), as (k, q) quartics.

    `optima` U (k, n, r), V (k, r, m) and `points` U (q, n, r), V (q, r, m), float32 or float64;
    sums are float64. The result does not depend on the number of threads.
    """
    if isinstance(matrix, Dense):
        return _dense(matrix, optima, points, threads)
    return _observed(matrix, optima, points, threads)


@dataclass(frozen=True)
class Products:
    """Products of k factor pairs by which their inner products with others are computed, in float64.

    `short` (k, r, s) and `long` (k, r, l) are the factors along the shorter and the longer side of X; `X_long`
    (k, r, s) are the products of X with the long ones, `Gram_short` and `Gram_long` (k, r, r) those of every two rows;
    `XM` (k,) is <X, U V> and `MM` (k,) is |U V|^2.
    """

    short: Array
    long: Array
    X_long: Array
    Gram_short: Array
    Gram_long: Array
    XM: Array
    MM: Array


def products_of(X: Array, pairs: FactorPairs, block: slice) -> Products:
    """The products of a block of factor pairs; the rows of X are its shorter side."""
    U = np.ascontiguousarray(pairs[0][block].transpose(0, 2, 1), dtype=np.float64)
    V = np.ascontiguousarray(pairs[1][block], dtype=np.float64)
    short, long = (U, V) if U.shape[2] <= V.shape[2] else (V, U)
    X_long = (stacked(long) @ X.T).reshape(short.shape)
    Gram_short, Gram_long = short @ short.mT, long @ long.mT
    XM, MM = np.einsum("kas,kas->k", X_long, short), np.einsum("kab,kab->k", Gram_short, Gram_long)
    return Products(short, long, X_long, Gram_short, Gram_long, XM, MM)


def _dense(matrix: Dense, optima: FactorPairs, points: FactorPairs, threads: int) -> Quartic:
    (k, n, r), q = optima[0].shape, len(points[0])
    X = matrix.X.astype(np.float64)
    X = X if n <= matrix.shape[1] else X.T
    XX = np.einsum("ij,ij->", X, X)
    with one_thread_per_block():
        of_points = products_of(X, points, slice(0, q))
    largest = max(1, min(max(DENSE_OPTIMA, DENSE_ROWS // r), -(-k // FEWEST_BLOCKS), DENSE_ELEMENTS // (q * r * r)))

    def products(block: slice) -> Array:
        return _dense_products(products_of(X, optima, block), of_points, XX)

    parts = map_with_progress(products, even_blocks(k, largest), threads)
    return quartic_of_control_residuals(observed_count(matrix), *np.concatenate(parts, axis=1))


def _dense_products(optima: Products, points: Products, XX: float) -> Array:
    """AA, AB, AC, BB, BC, CC of the control residuals as (6, k, q), from Gram matrices.

    <U_a V_b, U_c V_d> = <U_a^T U_c, V_b V_d^T>, and <X, U_a V_b> is <X V_b^T, U_a> or <X^T U_a, V_b>, the shorter one.
    The formulas are symmetric in U and V, so that it does not matter which of them is the short one.
    """
    (k, r, _), q = optima.short.shape, len(points.short)
    short = (stacked(optima.short) @ stacked(points.short).T).reshape(k, r, q, r)
    long = (stacked(optima.long) @ stacked(points.long).T).reshape(k, r, q, r)
    oo_pp = np.einsum("oapb,oapb->op", short, long)
    op_po = np.einsum("oapb,obpa->op", short, long)
    oo_mixed = np.einsum("oab,oapb->op", optima.Gram_short, long) + np.einsum("oab,oapb->op", optima.Gram_long, short)
    pp_mixed = np.einsum("pab,oapb->op", points.Gram_long, short) + np.einsum("pab,oapb->op", points.Gram_short, long)
    op_op = _flat(optima.Gram_short) @ _flat(points.Gram_long).T
    po_po = _flat(optima.Gram_long) @ _flat(points.Gram_short).T
    X_oo, X_pp = optima.XM[:, np.newaxis], points.XM[np.newaxis]
    X_B = (_flat(optima.short) @ _flat(points.X_long).T + _flat(optima.X_long) @ _flat(points.short).T) / 2
    return np.stack(
        np.broadcast_arrays(
            optima.MM[:, np.newaxis] - 2 * X_oo + XX,
            oo_mixed / 2 - X_oo - X_B + XX,
            oo_pp - X_oo - X_pp + XX,
            (op_op + 2 * op_po + po_po) / 4 - 2 * X_B + XX,
            pp_mixed / 2 - X_pp - X_B + XX,
            points.MM[np.newaxis] - 2 * X_pp + XX,
        )
    )


def _observed(matrix: Observed, optima: FactorPairs, points: FactorPairs, threads: int) -> Quartic:
    (U_o, V_o), (U_p, V_p) = optima, points
    # Optimum and point become the last axis, so that all factors of a row or column are contiguous in memory.
    V_o, V_p = np.ascontiguousarray(V_o.transpose(2, 1, 0)), np.ascontiguousarray(V_p.transpose(2, 1, 0))
    tile = max(1, OBSERVED_ELEMENTS // (V_o[0].size + V_p[0].size))
    row_of_entry = matrix.row_of_entry

    def products(rows: slice) -> tuple[Array, Array, Array]:
        entries = slice(*matrix.indptr[[rows.start, rows.stop]])
        row, column = row_of_entry[entries] - rows.start, matrix.indices[entries]
        # Tile by tile of columns, so that the factors of a tile stay in cache for all rows of the block.
        order = np.lexsort((column, row, column // tile))
        row, column, values = row[order], column[order], matrix.values[entries][order]
        U_o_rows = np.ascontiguousarray(U_o[:, rows].transpose(1, 2, 0), dtype=np.float64)
        U_p_rows = np.ascontiguousarray(U_p[:, rows].transpose(1, 2, 0), dtype=np.float64)
        return control_products(row, column, values, U_o_rows, V_o, U_p_rows, V_p)

    parts = map_with_progress(products, even_blocks(matrix.shape[0], OBSERVED_ROWS), threads)
    AA, CC = (np.sum([part[index] for part in parts], axis=0) for index in (0, 1))
    AB, AC, BB, BC = np.sum([part[2] for part in parts], axis=0).transpose(0, 2, 1)
    return quartic_of_control_residuals(observed_count(matrix), AA[:, np.newaxis], AB, AC, BB, BC, CC)


def map_with_progress(function: Callable[[slice], Result], blocks: Sequence[slice], threads: int) -> list[Result]:
    """`map_blocks` with a progress bar, on a terminal, if it takes more than two seconds."""
    with one_thread_per_block(), tqdm(total=len(blocks), desc="segments", unit="block", delay=2, disable=None) as bar:

        def counted(block: slice) -> Result:
            result = function(block)
            bar.update()
            return result

        return map_blocks(counted, blocks, threads)


def stacked(factors: Array) -> Array:
    """The rows of all factors in one matrix: (k, r, n) as (k r, n)."""
    return factors.reshape(-1, factors.shape[-1])


def _flat(factors: Array) -> Array:
    """Every factor as one row: (k, r, n) as (k, r n)."""
    return factors.reshape(len(factors), -1)
