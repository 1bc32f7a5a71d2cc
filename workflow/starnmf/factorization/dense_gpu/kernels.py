# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
"""Kernels over the factors (restarts, r, length) of a fully observed matrix: Grams, all of a stage
but its products with X, and sweeps of coordinates.

On small ranks both are bound by the memory that they read and write, so everything that a stage
does to an entry is done while it is there once. A program owns a block of columns of one restart
and alone writes its part of every sum, whose parts are then added in one order: nothing is added
atomically, and the bits are the same in every run.

Numbers are multiplied and added in the factors' type, without rounding for tensor cores; measures
are added in float64.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

from starnmf.factorization.torch_flow import State

WEIGHTS = tl.constexpr(13)
"""Weights of a stage, those of `flow.FlowBatch.stage`, and whether the restart's step ends."""

STAGE_TILE = 2048
"""Numbers (r, columns) of each array in a program of a stage: 16 for each of its threads."""

SPLIT = 1024
"""Columns whose part of a Gram is one program's: the long side gives work to many."""

SMALL_RANK = 8
"""The largest rank at which a Gram's products are summed column by column in registers."""

SWEPT = 128
"""Columns of a program of sweeps: one for each of its threads."""

GRAM_TILE = 64
"""Rows and columns of the part of a Gram that a program computes at a larger rank."""


def gram(factor: Tensor) -> Tensor:
    """Products of every two rows of each restart (restarts, r, r) of a factor (restarts, r, length)."""
    restarts, rank, length = factor.shape
    splits, sizes = triton.cdiv(length, SPLIT), gram_sizes(rank)
    tiles = triton.cdiv(rank, sizes["TILE"])
    parts = factor.new_empty((restarts, splits, rank, rank))
    _gram_parts[splits, restarts, tiles * tiles](factor, parts, length, **sizes)
    return parts.sum(1)


def run_stage(product: Tensor, other_gram: Tensor, state: State, weights: Tensor, errors: Tensor) -> None:
    """Run a stage of every restart in place, or the last evaluation of those whose step is ending.

    `product` (restarts, r, length) is that of X with the other factor, `other_gram` (restarts, r, r)
    the other factor's Gram, so that F = product - other_gram Y is minus the gradient. `weights`
    (restarts, 13) are in the factors' type. Where a step ends, its sums of squares of the error
    estimate off the bound and of Y go to `errors` (2, restarts), float64; what is there for the
    other restarts has no meaning.
    """
    restarts, rank, length = product.shape
    sizes = stage_sizes(rank)
    blocks = triton.cdiv(length, sizes["BLOCK"])
    parts = errors.new_empty((2, restarts, blocks))
    _stage[blocks, restarts](product, other_gram, *state, weights, parts[0], parts[1], length, **sizes)
    torch.sum(parts, 2, out=errors)


def sweep(factor: Tensor, product: Tensor, other_gram: Tensor, sweeps: int) -> None:
    """Every row of a factor (restarts, r, length) to its minimum in turn, so many times; see `dense.hals`."""
    restarts, rank, length = factor.shape
    blocks = triton.cdiv(length, SWEPT)
    _sweep[blocks, restarts](factor, product, other_gram, length, RANK=rank, BLOCK=SWEPT, SWEEPS=sweeps)


def gram_sizes(rank: int) -> dict[str, int]:
    """Sizes that the kernel of Grams is compiled for."""
    padded = triton.next_power_of_2(rank)
    small = padded <= SMALL_RANK
    block = 4096 // padded**2 if small else 16
    tile = padded if small else min(max(padded, 16), GRAM_TILE)
    return {"RANK": rank, "TILE": tile, "BLOCK": min(block, SPLIT), "SPLIT": SPLIT, "SMALL": small}


def stage_sizes(rank: int) -> dict[str, int]:
    """Sizes that the kernel of stages is compiled for."""
    padded = triton.next_power_of_2(rank)
    return {"RANK": rank, "PADDED": padded, "BLOCK": max(16, STAGE_TILE // padded)}


@triton.jit
def _gram_parts(
    factor, parts, length,
    RANK: tl.constexpr, TILE: tl.constexpr, BLOCK: tl.constexpr, SPLIT: tl.constexpr, SMALL: tl.constexpr,
):  # fmt: skip
    """A tile of one restart's Gram over one split of the columns; `parts` is (restarts, splits, RANK, RANK)."""
    split, restart = tl.program_id(0), tl.program_id(1).to(tl.int64)
    tiles: tl.constexpr = (RANK + TILE - 1) // TILE
    left = tl.program_id(2) // tiles * TILE + tl.arange(0, TILE)
    right = tl.program_id(2) % tiles * TILE + tl.arange(0, TILE)
    own = factor + restart * RANK * length
    stop = tl.minimum(split * SPLIT + SPLIT, length)
    if SMALL:
        products = tl.zeros((TILE, TILE, BLOCK), factor.dtype.element_ty)
        for first in range(split * SPLIT, stop, BLOCK):
            column = first + tl.arange(0, BLOCK)
            a = _rows(own, left, column, length, stop, RANK)
            b = _rows(own, right, column, length, stop, RANK)
            products += a[:, None, :] * b[None, :, :]
        total = tl.sum(products, axis=2)
    else:
        total = tl.zeros((TILE, TILE), factor.dtype.element_ty)
        for first in range(split * SPLIT, stop, BLOCK):
            column = first + tl.arange(0, BLOCK)
            a = _rows(own, left, column, length, stop, RANK)
            b = _rows(own, right, column, length, stop, RANK)
            total = tl.dot(a, tl.trans(b), total, input_precision="ieee", out_dtype=factor.dtype.element_ty)
    at = parts + (restart * tl.num_programs(0) + split) * (RANK * RANK) + left[:, None] * RANK + right[None, :]
    tl.store(at, total, mask=(left < RANK)[:, None] & (right < RANK)[None, :])


@triton.jit
def _rows(own, row, column, length, stop, RANK: tl.constexpr):
    """Numbers (rows, columns) of one restart, 0 outside."""
    inside = (row < RANK)[:, None] & (column < stop)[None, :]
    return tl.load(own + row.to(tl.int64)[:, None] * length + column[None, :], mask=inside, other=0.0)


@triton.jit
def _weighted_sum(weights, first: tl.constexpr, Y, Z, Y0, F, F0):
    """Sum of the five arrays, each times its weight."""
    total = tl.load(weights + first) * Y
    total += tl.load(weights + first + 1) * Z
    total += tl.load(weights + first + 2) * Y0
    total += tl.load(weights + first + 3) * F
    return total + tl.load(weights + first + 4) * F0


@triton.jit
def _stage(
    product, gram, here, before, start, start_fall, added, weights, errors, sizes, length,
    RANK: tl.constexpr, PADDED: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Arrays in the order of `State`; errors and sizes are (restarts, blocks)."""
    restart = tl.program_id(1).to(tl.int64)
    row, column = tl.arange(0, PADDED), tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    there = column < length
    inside = (row < RANK)[:, None] & there[None, :]
    first = restart * RANK * length
    own = first + row.to(tl.int64)[:, None] * length + column[None, :]
    F = tl.load(product + own, mask=inside, other=0.0)
    for rank in range(RANK):
        g = tl.load(gram + (restart * RANK + rank) * RANK + row, mask=row < RANK, other=0.0)
        y = tl.load(here + first + rank * length + column, mask=there, other=0.0)
        F -= g[:, None] * y[None, :]
    Y = tl.load(here + own, mask=inside, other=0.0)
    Z = tl.load(before + own, mask=inside, other=0.0)
    of_restart = weights + restart * WEIGHTS
    # Other threads of this program have to be done with Y before it is written.
    tl.debug_barrier()
    if tl.load(of_restart + 12) != 0:
        Y0 = tl.load(start + own, mask=inside, other=0.0)
        error = Z + tl.load(added + own, mask=inside, other=0.0) + tl.load(of_restart + 10) * F
        off_bound = tl.where((Y > 0) & (Y0 > 0), error, 0.0).to(tl.float64)
        size = Y.to(tl.float64)
        measure = restart * tl.num_programs(0) + tl.program_id(0)
        tl.store(errors + measure, tl.sum(tl.sum(off_bound * off_bound, axis=1), axis=0))
        tl.store(sizes + measure, tl.sum(tl.sum(size * size, axis=1), axis=0))
        tl.store(before + own, F, mask=inside)
    else:
        Y0 = tl.load(start + own, mask=inside, other=0.0)
        F0 = tl.load(start_fall + own, mask=inside, other=0.0)
        moved = _weighted_sum(of_restart, 0, Y, Z, Y0, F, F0)
        # NaN stays, so that a descent that blows up is seen to.
        moved = tl.where((moved < 0) | ((Y0 == 0) & (F0 <= 0)), 0.0, moved)
        tl.store(here + own, moved, mask=inside)
        tl.store(before + own, _weighted_sum(of_restart, 5, Y, Z, Y0, F, F0), mask=inside)
        kept = tl.load(of_restart + 11)
        if kept != 0:
            total = tl.load(added + own, mask=inside, other=0.0) + kept * moved
            tl.store(added + own, total, mask=inside)


@triton.jit
def _sweep(factor, product, gram, length, RANK: tl.constexpr, BLOCK: tl.constexpr, SWEEPS: tl.constexpr):
    """Columns do not meet: a program sweeps its own, whose rows stay in the nearest cache."""
    restart = tl.program_id(1).to(tl.int64)
    column = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    there = column < length
    own, onward = factor + restart * RANK * length + column, product + restart * RANK * length + column
    of_restart = gram + restart * RANK * RANK
    for swept in range(SWEEPS * RANK):
        rank = swept % RANK
        weights = of_restart + rank * RANK
        curvature = tl.load(weights + rank)
        if curvature > 0:
            fall = tl.load(onward + rank * length, mask=there, other=0.0)
            for other in range(RANK):
                fall -= tl.load(weights + other) * tl.load(own + other * length, mask=there, other=0.0)
            moved = tl.load(own + rank * length, mask=there, other=0.0) + fall / curvature
            tl.store(own + rank * length, tl.where(moved < 0, 0.0, moved), mask=there)
        # The next row reads this one.
        tl.debug_barrier()
