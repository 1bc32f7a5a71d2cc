# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
"""Kernels over the observed entries of one line after another: a row of X against V, or a column of X against U.

One form serves both sides. For line i of the compressed rows (of X, or of X^T) with factor row u_i, the other factor's
rows v_j over the line's entries j give

    E_ij = u_i . v_j - X_ij,    gradient = sum_j E_ij v_j,    trace = sum_j |v_j|^2,    square = sum_j E_ij^2.

Factors are (lines, restarts, r), so that what an entry gathers for neighbouring restarts is one contiguous piece. One
program owns one line of a few restarts, walks its entries in blocks and alone writes its rows: nothing is added
atomically and the bits are the same in every run. Block sizes depend on the rank only, never on how many restarts there
are, so neither do the bits of any of them.

Loads and sums are in the factors' type without tensor-core rounding; measures are in float64.
"""

from dataclasses import dataclass

import torch
import triton
import triton.language as tl
from torch import Tensor

from starnmf.factorization.regimes import LEAST_CURVATURE

LEAST = tl.constexpr(LEAST_CURVATURE)

RESTARTS = 4
"""Restarts of one program: those that share the load of an entry."""

TILE = 2048
"""Numbers (entries, restarts, r) that a program holds of the other factor at a time: 16 for each of its threads."""

ITEMS = 1024
"""Numbers (items, r) of a program of coordinate sweeps."""

SUMMED = 1024
"""Lines that a sum over lines takes at a time."""

SCRATCH = 2**28
"""Bytes of normal equations that are held at a time."""


@dataclass(frozen=True)
class Lines:
    """The observed entries of X in compressed rows or columns, on the device.

    `indptr` int64 (lines + 1), `indices` int32 and `values` float32 (entries).
    """

    indptr: Tensor
    indices: Tensor
    values: Tensor

    @property
    def count(self) -> int:
        """Number of lines."""
        return len(self.indptr) - 1


def gradient_step(lines: Lines, other: Tensor, factor: Tensor, eta: Tensor, out: Tensor) -> None:
    """out <- max(0, factor - eta gradient), for all lines and restarts; `out` may be the factor itself.

    `factor` and `out` (lines, restarts, r), `other` (entries' indices, restarts, r), `eta` (restarts,); one type.
    """
    _gradient_step[_grid(factor)](*_operands(lines, other), factor, out, eta, **_sizes(factor))


def extrapolated_step(lines: Lines, other: Tensor, factor: Tensor, before: Tensor, momentum: Tensor) -> Tensor:
    """One accelerated step of every line, its step 1 / trace; returns the sum of the restart test (restarts,) float64.

    With y = u + momentum (u - before): u <- max(0, y - gradient(y) / trace), before <- the u there was, in place; a
    line whose trace is 0 takes no step from y. The test is <y - new, new - u>, positive where the momentum leads uphill
    (O'Donoghue and Candes 2015, gradient scheme). `momentum` (restarts,) in the factors' type.
    """
    test = _per_line(factor)
    _extrapolated_step[_grid(factor)](*_operands(lines, other), factor, before, momentum, test, **_sizes(factor))
    return _sum_over_lines(test)


def coordinate_sweeps(lines: Lines, other: Tensor, factor: Tensor, sweeps: int) -> None:
    """Minimize over one coordinate of every factor row after another, `sweeps` times (HALS), in place.

    With H = sum_j v_j v_j^T and p = sum_j X_ij v_j of a line: u_a <- max(0, u_a + (p_a - (H u)_a) / H_aa), for
    a = 0 .. r - 1, with H_aa of `LEAST_CURVATURE` at least. H and p are held for as many lines at a time as `SCRATCH`
    has room for.
    """
    _, restarts, rank = factor.shape
    count = max(1, SCRATCH // (restarts * rank * (rank + 1) * factor.element_size()))
    H = factor.new_empty((min(count, lines.count) * restarts, rank, rank))
    p = factor.new_empty(H.shape[:2])
    padded = triton.next_power_of_2(rank)
    for first in range(0, lines.count, count):
        items = min(count, lines.count - first) * restarts
        _normal_equations[(items,)](
            *_operands(lines, other), H, p, first, restarts, RANK=rank, PADDED=padded, ENTRIES=_entries_of_a_dot(padded)
        )
        block = max(1, ITEMS // padded)
        _coordinate_sweeps[(triton.cdiv(items, block),)](
            H, p, factor, first * restarts, items, sweeps, RANK=rank, PADDED=padded, ITEMS=block
        )


def squared_errors(lines: Lines, other: Tensor, factor: Tensor) -> Tensor:
    """Sum of squared errors over all entries of each restart (restarts,), in float64."""
    square = _per_line(factor)
    _measures[_grid(factor)](*_operands(lines, other), factor, square, **_sizes(factor), MEASURE="square")
    return _sum_over_lines(square)


def projected_squares(lines: Lines, other: Tensor, factor: Tensor) -> Tensor:
    """Squared norm of the factor's projected gradient of the sum loss of each restart (restarts,), in float64."""
    square = _per_line(factor)
    _measures[_grid(factor)](*_operands(lines, other), factor, square, **_sizes(factor), MEASURE="projected")
    return _sum_over_lines(square)


def largest_traces(lines: Lines, other: Tensor, factor: Tensor) -> Tensor:
    """Largest over lines of the sum of |v_j|^2 over the line's entries, of each restart (restarts,), in float64."""
    trace = _per_line(factor)
    _measures[_grid(factor)](*_operands(lines, other), factor, trace, **_sizes(factor), MEASURE="trace")
    return trace.amax(1)


def _operands(lines: Lines, other: Tensor) -> tuple[Tensor, ...]:
    return lines.indptr, lines.indices, lines.values, other


def _grid(factor: Tensor) -> tuple[int, int]:
    """Lines run first, so that all programs at work gather from the same few restarts of the other factor."""
    return factor.shape[0], triton.cdiv(factor.shape[1], RESTARTS)


def _sizes(factor: Tensor) -> dict[str, int]:
    """Sizes that the kernels are compiled for, and the number of restarts, for which they are not."""
    rank = factor.shape[2]
    padded = triton.next_power_of_2(rank)
    entries = max(1, TILE // (RESTARTS * padded))
    return {"restarts": factor.shape[1], "RANK": rank, "PADDED": padded, "RESTARTS": RESTARTS, "ENTRIES": entries}


def _entries_of_a_dot(padded: int) -> int:
    """Entries of one product of normal equations: 16 is the least that a product takes."""
    return max(16, min(64, TILE // padded))


def _per_line(factor: Tensor) -> Tensor:
    return torch.empty((factor.shape[1], factor.shape[0]), dtype=torch.float64, device=factor.device)


def _sum_over_lines(per_line: Tensor) -> Tensor:
    """Sums (restarts,) over the lines, of which no restart's depends on how many restarts there are."""
    total = per_line.new_empty(len(per_line))
    _row_sums[(len(per_line),)](per_line, total, per_line.shape[1], BLOCK=SUMMED)
    return total


# Kernels are compiled once for all numbers of restarts, so that every restart's sums have one order.
_jit = triton.jit(do_not_specialize=["restarts", "first", "items"])


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
def _walk(indptr, indices, values, other, line, u, places, inside, row_length, ENTRIES: tl.constexpr):
    """Gradient (RESTARTS, PADDED), trace and square (RESTARTS,) of one line at u (RESTARTS, PADDED), in u's type."""
    gradient = tl.zeros((ENTRIES, u.shape[0], u.shape[1]), u.dtype)
    v_square = tl.zeros((ENTRIES, u.shape[0], u.shape[1]), u.dtype)
    square = tl.zeros((ENTRIES, u.shape[0]), u.dtype)
    stop = tl.load(indptr + line + 1)
    for start in range(tl.load(indptr + line), stop, ENTRIES):
        entry = start + tl.arange(0, ENTRIES)
        observed = entry < stop
        row = tl.load(indices + entry, mask=observed, other=0).to(tl.int64) * row_length
        x = tl.load(values + entry, mask=observed, other=0.0).to(u.dtype)
        present = observed[:, None, None] & inside[None, :, :]
        v = tl.load(other + row[:, None, None] + places[None, :, :], mask=present, other=0.0).to(u.dtype)
        error = tl.sum(u[None, :, :] * v, axis=2) - x[:, None]
        gradient += error[:, :, None] * v
        v_square += v * v
        square += error * error
    return tl.sum(gradient, axis=0), tl.sum(tl.sum(v_square, axis=0), axis=1), tl.sum(square, axis=0)


@_jit
def _gradient_step(
    indptr, indices, values, other, factor, out, eta,
    restarts, RANK: tl.constexpr, PADDED: tl.constexpr, RESTARTS: tl.constexpr, ENTRIES: tl.constexpr,
):  # fmt: skip
    line = tl.program_id(0).to(tl.int64)
    restart, places, inside = _places(restarts, RANK, PADDED, RESTARTS)
    own = line * (restarts * RANK) + places
    u = tl.load(factor + own, mask=inside, other=0.0)
    gradient, _, _ = _walk(indptr, indices, values, other, line, u, places, inside, restarts * RANK, ENTRIES)
    step = tl.load(eta + restart, mask=restart < restarts, other=0.0)
    tl.store(out + own, _clamped(u - step[:, None] * gradient), mask=inside)


@_jit
def _extrapolated_step(
    indptr, indices, values, other, factor, before, momentum, test,
    restarts, RANK: tl.constexpr, PADDED: tl.constexpr, RESTARTS: tl.constexpr, ENTRIES: tl.constexpr,
):  # fmt: skip
    line = tl.program_id(0).to(tl.int64)
    restart, places, inside = _places(restarts, RANK, PADDED, RESTARTS)
    own = line * (restarts * RANK) + places
    u = tl.load(factor + own, mask=inside, other=0.0)
    beta = tl.load(momentum + restart, mask=restart < restarts, other=0.0)
    y = u + beta[:, None] * (u - tl.load(before + own, mask=inside, other=0.0))
    gradient, trace, _ = _walk(indptr, indices, values, other, line, y, places, inside, restarts * RANK, ENTRIES)
    step = tl.where(trace > 0, 1 / tl.where(trace > 0, trace, 1.0), 0.0)
    new = _clamped(y - step[:, None] * gradient)
    uphill = tl.sum((y - new).to(tl.float64) * (new - u).to(tl.float64), axis=1)
    tl.store(before + own, u, mask=inside)
    tl.store(factor + own, new, mask=inside)
    tl.store(test + restart.to(tl.int64) * tl.num_programs(0) + line, uphill, mask=restart < restarts)


@_jit
def _measures(
    indptr, indices, values, other, factor, measured,
    restarts, RANK: tl.constexpr, PADDED: tl.constexpr, RESTARTS: tl.constexpr, ENTRIES: tl.constexpr,
    MEASURE: tl.constexpr,
):  # fmt: skip
    line = tl.program_id(0).to(tl.int64)
    restart, places, inside = _places(restarts, RANK, PADDED, RESTARTS)
    u = tl.load(factor + line * (restarts * RANK) + places, mask=inside, other=0.0).to(tl.float64)
    gradient, trace, square = _walk(indptr, indices, values, other, line, u, places, inside, restarts * RANK, ENTRIES)
    if MEASURE == "square":
        measure = square
    elif MEASURE == "trace":
        measure = trace
    else:
        projected = tl.where(u > 0, gradient, tl.minimum(gradient, 0.0))
        measure = tl.sum(projected * projected, axis=1)
    tl.store(measured + restart.to(tl.int64) * tl.num_programs(0) + line, measure, mask=restart < restarts)


@_jit
def _normal_equations(
    indptr, indices, values, other, H, p,
    first, restarts, RANK: tl.constexpr, PADDED: tl.constexpr, ENTRIES: tl.constexpr,
):  # fmt: skip
    """H and p of one line and restart, from line `first` on; neighbouring programs share a line."""
    item = tl.program_id(0).to(tl.int64)
    line, restart = first + item // restarts, item % restarts
    coordinate = tl.arange(0, PADDED)
    inside = coordinate < RANK
    hessian = tl.zeros((PADDED, PADDED), other.dtype.element_ty)
    linear = tl.zeros((ENTRIES, PADDED), other.dtype.element_ty)
    stop = tl.load(indptr + line + 1)
    for start in range(tl.load(indptr + line), stop, ENTRIES):
        entry = start + tl.arange(0, ENTRIES)
        observed = entry < stop
        row = tl.load(indices + entry, mask=observed, other=0).to(tl.int64) * restarts + restart
        x = tl.load(values + entry, mask=observed, other=0.0).to(linear.dtype)
        present = observed[:, None] & inside[None, :]
        v = tl.load(other + row[:, None] * RANK + coordinate[None, :], mask=present, other=0.0)
        hessian = tl.dot(tl.trans(v), v, hessian, input_precision="ieee", out_dtype=linear.dtype)
        linear += x[:, None] * v
    places = coordinate[:, None] * RANK + coordinate[None, :]
    tl.store(H + item * (RANK * RANK) + places, hessian, mask=inside[:, None] & inside[None, :])
    tl.store(p + item * RANK + coordinate, tl.sum(linear, axis=0), mask=inside)


@_jit
def _coordinate_sweeps(
    H, p, factor, first, items, sweeps, RANK: tl.constexpr, PADDED: tl.constexpr, ITEMS: tl.constexpr
):
    """Sweeps over the coordinates of `ITEMS` rows (line, restart) side by side, from row `first` on."""
    item = tl.program_id(0).to(tl.int64) * ITEMS + tl.arange(0, ITEMS)
    there = item < items
    coordinate = tl.arange(0, PADDED)
    inside = there[:, None] & (coordinate < RANK)[None, :]
    own = factor + (first + item)[:, None] * RANK + coordinate[None, :]
    u = tl.load(own, mask=inside, other=0.0)
    for _ in range(sweeps):
        for a in range(RANK):
            row = H + (item * RANK + a) * RANK
            H_a = tl.load(row[:, None] + coordinate[None, :], mask=inside, other=0.0)
            H_aa = tl.load(row + a, mask=there, other=0.0)
            fall = tl.load(p + item * RANK + a, mask=there, other=0.0) - tl.sum(H_a * u, axis=1)
            newton = _clamped(u + (fall / tl.maximum(H_aa, LEAST))[:, None])
            u = tl.where((coordinate == a)[None, :], newton, u)
    tl.store(own, u, mask=inside)


@triton.jit
def _row_sums(rows, sums, length, BLOCK: tl.constexpr):
    """Sum of one row of float64 numbers."""
    start = rows + tl.program_id(0).to(tl.int64) * length
    partial = tl.zeros((BLOCK,), tl.float64)
    for first in range(0, length, BLOCK):
        place = first + tl.arange(0, BLOCK)
        partial += tl.load(start + place, mask=place < length, other=0.0)
    tl.store(sums + tl.program_id(0), tl.sum(partial))
