# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
"""Kernels over the observed entries of one row after another: a row of X against V, or a column of
X against U.

One form serves both sides. For row i of the compressed rows (of X, or of X^T) with factor row u_i,
the other factor's rows v_j over the row's entries j give

    E_ij = u_i . v_j - X_ij,    gradient = sum_j E_ij v_j,    square = sum_j E_ij^2.

Factors are (rows, restarts, r), so that what an entry gathers for neighbouring restarts is one
contiguous piece. One program owns one row of a few restarts, walks its entries in blocks and alone
writes its rows: nothing is added atomically and the bits are the same in every run. Block sizes
depend on the rank only, never on how many restarts there are, so neither do the bits of any of
them.

Loads and sums are in the factors' type without tensor-core rounding; measures are in float64.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

from starnmf.factorization.torch_flow import State

RESTARTS = 4
"""Restarts of one program: those that share the load of an entry."""

TILE = 2048
"""Numbers (entries, restarts, r) that a program holds of the other factor at a time: 16 for each of its threads."""

SUMMED = 1024
"""Rows that a sum over rows takes at a time."""

WEIGHTS = tl.constexpr(12)
"""Weights of a stage: of Y, Z, Y0, F, F0 in the new Y, the same in the new Z, of F in the error
estimate, and of the new Y in E, which is not the kernel's matter."""


CompressedRows = tuple[Tensor, Tensor, Tensor]
"""The observed entries of X in compressed rows or columns, on the device: indptr int64 (rows + 1), indices int32 and
values float32 (entries)."""


def run_stage(
    rows: CompressedRows, other: Tensor, state: State, weights: Tensor, new: Tensor, measuring: bool
) -> tuple[Tensor, ...]:
    """Run the stage of every row and restart: F = -gradient at Y, the new Y to `new`, the new Z in
    place.

    `other` is the other factor's Y, `weights` (restarts, 12) are in the factors' type. Where
    measuring, returned are the sum of squares of the error estimate off the bound and that of Y,
    each (restarts,) and in float64; nothing otherwise.
    """
    measures = [_per_line(new) for _ in range(2)] if measuring else []
    operands = (*rows, other, *state, weights, new, *(measures or (None, None)))
    _stage[_grid(new)](*operands, **_sizes(new), MEASURE=measuring)
    return tuple(_sum_over_lines(measure) for measure in measures)


def squared_errors(rows: CompressedRows, other: Tensor, factor: Tensor) -> Tensor:
    """Sum of squared errors over all entries of each restart (restarts,), in float64."""
    square = _per_line(factor)
    _measure[_grid(factor)](*rows, other, factor, square, **_sizes(factor), MEASURE="square")
    return _sum_over_lines(square)


def gradient(rows: CompressedRows, other: Tensor, factor: Tensor) -> Tensor:
    """The factor's gradient of the sum loss (rows, restarts, r), in float64."""
    slopes = torch.empty_like(factor, dtype=torch.float64)
    _measure[_grid(factor)](*rows, other, factor, slopes, **_sizes(factor), MEASURE="gradient")
    return slopes


def _grid(factor: Tensor) -> tuple[int, int]:
    """Rows run first, so that all programs at work gather from the same few restarts of the other factor."""
    return factor.shape[0], triton.cdiv(factor.shape[1], RESTARTS)


def _sizes(factor: Tensor) -> dict[str, int]:
    """Sizes that the kernels are compiled for, and the number of restarts, for which they are not."""
    rank = factor.shape[2]
    padded = triton.next_power_of_2(rank)
    entries = max(1, TILE // (RESTARTS * padded))
    return {"restarts": factor.shape[1], "RANK": rank, "PADDED": padded, "RESTARTS": RESTARTS, "ENTRIES": entries}


def _per_line(factor: Tensor) -> Tensor:
    return torch.empty((factor.shape[1], factor.shape[0]), dtype=torch.float64, device=factor.device)


def _sum_over_lines(per_line: Tensor) -> Tensor:
    """Sums (restarts,) over the rows, of which no restart's depends on how many restarts there are."""
    total = per_line.new_empty(len(per_line))
    _row_sums[(len(per_line),)](per_line, total, per_line.shape[1], BLOCK=SUMMED)
    return total


# Kernels are compiled once for all numbers of restarts, so that every restart's sums have one order.
_jit = triton.jit(do_not_specialize=["restarts"])


@triton.jit
def _places(restarts, RANK: tl.constexpr, PADDED: tl.constexpr, RESTARTS: tl.constexpr):
    """This program's restarts (RESTARTS,), and the places and mask (RESTARTS, PADDED) of their numbers in a row."""
    restart = tl.program_id(1) * RESTARTS + tl.arange(0, RESTARTS)
    coordinate = tl.arange(0, PADDED)
    inside = (restart < restarts)[:, None] & (coordinate < RANK)[None, :]
    return restart, restart[:, None] * RANK + coordinate[None, :], inside


@triton.jit
def _clamped(u):
    """max(0, u); NaN stays, so that a descent that blows up is seen to."""
    return tl.where(u < 0, 0.0, u)


@triton.jit
def _walk(indptr, indices, values, other, row, u, places, inside, row_length, ENTRIES: tl.constexpr):
    """Gradient (RESTARTS, PADDED) and square (RESTARTS,) of one row at u (RESTARTS, PADDED), in u's type."""
    gradient = tl.zeros((ENTRIES, u.shape[0], u.shape[1]), u.dtype)
    square = tl.zeros((ENTRIES, u.shape[0]), u.dtype)
    stop = tl.load(indptr + row + 1)
    for start in range(tl.load(indptr + row), stop, ENTRIES):
        entry = start + tl.arange(0, ENTRIES)
        observed = entry < stop
        at = tl.load(indices + entry, mask=observed, other=0).to(tl.int64) * row_length
        x = tl.load(values + entry, mask=observed, other=0.0).to(u.dtype)
        present = observed[:, None, None] & inside[None, :, :]
        v = tl.load(other + at[:, None, None] + places[None, :, :], mask=present, other=0.0).to(u.dtype)
        error = tl.sum(u[None, :, :] * v, axis=2) - x[:, None]
        gradient += error[:, :, None] * v
        square += error * error
    return tl.sum(gradient, axis=0), tl.sum(square, axis=0)


@triton.jit
def _weight(weights, there, place: tl.constexpr):
    """One weight (RESTARTS, 1) of each restart; `weights` points to the first of each."""
    return tl.load(weights + place, mask=there, other=0.0)[:, None]


@triton.jit
def _weighted_sum(weights, there, Y, Z, Y0, F, F0):
    """Sum of the five arrays, each times its restart's weight; `weights` points to the first of each restart."""
    total = _weight(weights, there, 0) * Y
    total += _weight(weights, there, 1) * Z
    total += _weight(weights, there, 2) * Y0
    total += _weight(weights, there, 3) * F
    return total + _weight(weights, there, 4) * F0


@_jit
def _stage(
    indptr, indices, values, other, here, before, start, start_fall, added, weights, new, errors, sizes,
    restarts, RANK: tl.constexpr, PADDED: tl.constexpr, RESTARTS: tl.constexpr, ENTRIES: tl.constexpr,
    MEASURE: tl.constexpr,
):  # fmt: skip
    """Arrays in the order of `State`; the other side's programs still read Y `here`, so that the new one lies apart."""
    row = tl.program_id(0).to(tl.int64)
    restart, places, inside = _places(restarts, RANK, PADDED, RESTARTS)
    there = restart < restarts
    own = row * (restarts * RANK) + places
    Y = tl.load(here + own, mask=inside, other=0.0)
    gradient, _ = _walk(indptr, indices, values, other, row, Y, places, inside, restarts * RANK, ENTRIES)
    F = -gradient
    # Loaded only now, so that they take no registers during the walk.
    Z = tl.load(before + own, mask=inside, other=0.0)
    Y0 = tl.load(start + own, mask=inside, other=0.0)
    F0 = tl.load(start_fall + own, mask=inside, other=0.0)
    of_restart = weights + restart * WEIGHTS
    held = (Y0 == 0) & (F0 <= 0)
    moved = _clamped(_weighted_sum(of_restart, there, Y, Z, Y0, F, F0))
    tl.store(new + own, tl.where(held, 0.0, moved), mask=inside)
    tl.store(before + own, _weighted_sum(of_restart + 5, there, Y, Z, Y0, F, F0), mask=inside)
    if MEASURE:
        error = Z + tl.load(added + own, mask=inside, other=0.0) + _weight(of_restart, there, 10) * F
        off_bound = tl.where((Y > 0) & (Y0 > 0), error, 0.0).to(tl.float64)
        size = Y.to(tl.float64)
        measure = restart.to(tl.int64) * tl.num_programs(0) + row
        tl.store(errors + measure, tl.sum(off_bound * off_bound, axis=1), mask=there)
        tl.store(sizes + measure, tl.sum(size * size, axis=1), mask=there)


@_jit
def _measure(
    indptr, indices, values, other, factor, measured,
    restarts, RANK: tl.constexpr, PADDED: tl.constexpr, RESTARTS: tl.constexpr, ENTRIES: tl.constexpr,
    MEASURE: tl.constexpr,
):  # fmt: skip
    """A row's gradient as the factor lies, or its square as (restarts, rows)."""
    row = tl.program_id(0).to(tl.int64)
    restart, places, inside = _places(restarts, RANK, PADDED, RESTARTS)
    own = row * (restarts * RANK) + places
    u = tl.load(factor + own, mask=inside, other=0.0).to(tl.float64)
    gradient, square = _walk(indptr, indices, values, other, row, u, places, inside, restarts * RANK, ENTRIES)
    if MEASURE == "gradient":
        tl.store(measured + own, gradient, mask=inside)
    else:
        tl.store(measured + restart.to(tl.int64) * tl.num_programs(0) + row, square, mask=restart < restarts)


@triton.jit
def _row_sums(rows, sums, length, BLOCK: tl.constexpr):
    """Sum of one row of float64 numbers."""
    start = rows + tl.program_id(0).to(tl.int64) * length
    partial = tl.zeros((BLOCK,), tl.float64)
    for first in range(0, length, BLOCK):
        place = first + tl.arange(0, BLOCK)
        partial += tl.load(start + place, mask=place < length, other=0.0)
    tl.store(sums + tl.program_id(0), tl.sum(partial))
