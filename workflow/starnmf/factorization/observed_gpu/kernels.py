# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators, disable-error-code=assignment
# ruff: noqa: RUF005 - tuples grow by concatenation, since Triton knows no unpacking in them
"""Kernels over the observed entries of one row after another: a row of X against V, or a column of
X against U.

One form serves both sides. For row i of the compressed rows (of X, or of X^T) with factor row u_i,
the other factor's rows v_j over the row's entries j give

    E_ij = u_i . v_j - X_ij,    gradient = sum_j E_ij v_j,    square = sum_j E_ij^2.

A thread has one restart and one entry at a time: it loads v_j as vectors of 16 bytes, once, and
forms the error and its part of the gradient in its own registers; the threads of long factor rows
share one with few others. What the threads of a warp load at once is contiguous for all restarts of
a group (`layout`): whole lines of 128 bytes.

Rows of many entries are cut into segments of at most `SEGMENT` entries. One program, a single warp,
walks one segment for one group, longest segments first, so that none is left to run alone at the
end. It alone writes the segment's sums, which are added row by row in one order: nothing is added
atomically and the bits are the same in every run. Sizes depend on the rank and the type only, never
on how many restarts there are, so neither do the bits of any of them.

Loads and sums are in the factors' type without tensor-core rounding; measures are in float64.
"""

from typing import NamedTuple

import torch
import triton
import triton.language as tl
from torch import Tensor

from starnmf.factorization.observed_gpu.layout import Layout
from starnmf.factorization.torch_flow import State
from starnmf.matrix import Observed

SEGMENT = 1024
"""Entries of a segment at most."""

SUMMED = 1024
"""Numbers that a sum takes at a time."""

WEIGHTS = tl.constexpr(13)
"""Weights of a stage, those of `flow.FlowBatch.stage`, and whether the restart's step ends."""


class CompressedRows(NamedTuple):
    """The observed entries of X in compressed rows or columns, on a device, and their segments."""

    indices: Tensor
    """int32 (entries)."""
    values: Tensor
    """float32 (entries)."""
    bounds: Tensor
    """int64 (segments + 1): first entry of every segment; rows have theirs one after another."""
    row_of_segment: Tensor
    """int32 (segments)."""
    longest_first: Tensor
    """int32: all segments in the order in which they are walked."""
    first_segment: Tensor
    """int32 (rows + 1); rows without entries have none."""


def compressed_rows(matrix: Observed, device: torch.device) -> CompressedRows:
    """The rows of a matrix on a device, cut into segments."""
    indptr = torch.from_numpy(matrix.indptr)
    segments = (indptr.diff() + SEGMENT - 1) // SEGMENT
    first_segment = torch.cat([segments.new_zeros(1), segments.cumsum(0)])
    row = torch.arange(len(segments)).repeat_interleave(segments)
    place_in_row = torch.arange(len(row)) - first_segment[row]
    bounds = torch.cat([indptr[row] + place_in_row * SEGMENT, indptr[-1:]])
    longest_first = bounds.diff().argsort(descending=True, stable=True)
    indices, values = torch.from_numpy(matrix.indices), torch.from_numpy(matrix.values)
    arrays = indices, values, bounds, row.int(), longest_first.int(), first_segment.int()
    return CompressedRows(*(array.to(device) for array in arrays))


def segment_gradients(rows: CompressedRows, other: Tensor, factor: Tensor, layout: Layout) -> Tensor:
    """Gradient of the sum loss over every segment (groups, segments, ...), otherwise as the factor lies."""
    gradients = factor.new_empty((len(factor), len(rows.row_of_segment), *factor.shape[2:]))
    _run_walk(rows, other, factor, gradients, layout, squares=False)
    return gradients


def gradient(rows: CompressedRows, other: Tensor, factor: Tensor, layout: Layout) -> Tensor:
    """The factor's gradient of the sum loss, as the factor lies."""
    parts, slopes = segment_gradients(rows, other, factor, layout), torch.empty_like(factor)
    _add_segments[factor.shape[1::-1]](parts, rows.first_segment, slopes, parts.shape[1], **stage_sizes(layout))
    return slopes


def squared_errors(rows: CompressedRows, other: Tensor, factor: Tensor, layout: Layout) -> Tensor:
    """Sum of squared errors over all entries of each restart (restarts,), in float64."""
    restarts, segments = len(factor) * layout.restarts, len(rows.row_of_segment)
    squares = torch.empty((restarts, segments), dtype=torch.float64, device=factor.device)
    _run_walk(rows, other, factor, squares, layout, squares=True)
    total = squares.new_empty(restarts)
    _sums[(restarts,)](squares, total, segments, BLOCK=SUMMED)
    return total


def run_stage(
    rows: CompressedRows, gradients: Tensor, state: State, weights: Tensor, squares: Tensor, layout: Layout
) -> None:
    """Run a stage of every row and restart in place, or the last evaluation of those whose step is ending.

    `gradients` are those of the segments at Y, `weights` (13, restarts) in the factors' type. Where
    a step ends, its sums of squares of the error estimate off the bound and of Y go to `squares`
    (2, restarts), float64; what is there for the other restarts has no meaning.
    """
    groups, count, *_ = state.Y.shape
    parts = squares.new_empty((*squares.shape, count))
    operands = gradients, rows.first_segment, *state, weights, parts[0], parts[1]
    _stage[count, groups](*operands, gradients.shape[1], **stage_sizes(layout))
    _sums[(squares.numel(),)](parts, squares, count, BLOCK=SUMMED)


def walk_sizes(layout: Layout) -> dict[str, int]:
    """Sizes that the walk over a segment is compiled for: a warp has as many entries at a time as it has threads."""
    entries = max(1, 32 // (layout.restarts * layout.threads))
    return _sizes(layout) | {"ENTRIES": entries, "num_warps": 1}


def stage_sizes(layout: Layout) -> dict[str, int]:
    """Sizes that the kernels of a whole row are compiled for: up to eight numbers to a thread."""
    padded = triton.next_power_of_2(layout.parts)
    warps = max(1, padded * layout.restarts * layout.coordinates // 256)
    return _sizes(layout) | {"PADDED": padded, "num_warps": warps}


def _sizes(layout: Layout) -> dict[str, int]:
    return {"PARTS": layout.parts, "RESTARTS": layout.restarts, "PART": layout.coordinates}


def _run_walk(
    rows: CompressedRows, other: Tensor, factor: Tensor, sums: Tensor, layout: Layout, *, squares: bool
) -> None:
    """Segments run first, so that all programs at work gather from the same few restarts of the other factor."""
    grid, counts = (len(rows.row_of_segment), len(factor)), (factor.shape[1], other.shape[1])
    _walk[grid](*rows[:5], other, factor, sums, *counts, **walk_sizes(layout), SQUARES=squares)


@triton.jit
def _parts(array, PARTS: tl.constexpr, STRIDE: tl.constexpr):
    """A tuple of all parts of a factor row, or of several; `array` points to the first part."""
    parts = ()
    for part in tl.static_range(PARTS):
        parts = parts + (tl.load(array + part * STRIDE),)
    return parts


@triton.jit
def _walk(
    indices, values, bounds, row_of_segment, longest_first, other, factor, sums, rows, others,
    PARTS: tl.constexpr, RESTARTS: tl.constexpr, PART: tl.constexpr, ENTRIES: tl.constexpr, SQUARES: tl.constexpr,
):  # fmt: skip
    """A segment's gradient as the factor's rows lie, or its square as (restarts, segments)."""
    # Parts are no tensor's axis, since their number is no power of two: a thread has all of a restart's.
    STRIDE: tl.constexpr = RESTARTS * PART
    segment, group = tl.load(longest_first + tl.program_id(0)), tl.program_id(1).to(tl.int64)
    first = tl.load(bounds + segment)
    length = (tl.load(bounds + segment + 1) - first).to(tl.int32)
    places = tl.arange(0, RESTARTS)[:, None] * PART + tl.arange(0, PART)[None, :]
    own = (group * rows + tl.load(row_of_segment + segment)) * (PARTS * STRIDE)
    u = _parts(factor + own + places, PARTS, STRIDE)
    others_of_group = other + group * others * (PARTS * STRIDE) + places[None, :, :]
    gradient = ()
    for _ in tl.static_range(PARTS):
        gradient = gradient + (tl.zeros((ENTRIES, RESTARTS, PART), u[0].dtype),)
    square = tl.zeros((ENTRIES, RESTARTS), tl.float64)
    for start in range(0, length, ENTRIES):
        entry = start + tl.arange(0, ENTRIES)
        # The last entry is loaded in place of those behind it, whose errors are made 0.
        at = tl.minimum(entry, length - 1)
        index = tl.load(indices + first + at).to(tl.int64)
        x = tl.load(values + first + at).to(u[0].dtype)
        v = _parts(others_of_group + (index * (PARTS * STRIDE))[:, None, None], PARTS, STRIDE)
        products = u[0][None, :, :] * v[0]
        for part in tl.static_range(1, PARTS):
            products += u[part][None, :, :] * v[part]
        error = tl.where((entry < length)[:, None], tl.sum(products, axis=2) - x[:, None], 0.0)
        added = ()
        for part in tl.static_range(PARTS):
            added = added + (gradient[part] + error[:, :, None] * v[part],)
        gradient = added
        if SQUARES:
            square += error * error
    if SQUARES:
        restart = group * RESTARTS + tl.arange(0, RESTARTS)
        tl.store(sums + restart * tl.num_programs(0) + segment, tl.sum(square, axis=0))
    else:
        to = sums + (group * tl.num_programs(0) + segment) * (PARTS * STRIDE) + places
        for part in tl.static_range(PARTS):
            tl.store(to + part * STRIDE, tl.sum(gradient[part], axis=0))


@triton.jit
def _whole_row(PARTS: tl.constexpr, RESTARTS: tl.constexpr, PART: tl.constexpr, PADDED: tl.constexpr):
    """Places (PADDED, RESTARTS, PART) of a whole factor row of a group, and which of them exist."""
    part, restart = tl.arange(0, PADDED)[:, None, None], tl.arange(0, RESTARTS)[None, :, None]
    places = (part * RESTARTS + restart) * PART + tl.arange(0, PART)[None, None, :]
    return places, places < PARTS * RESTARTS * PART


@triton.jit
def _added_segments(gradients, first_segment, row, segments, places, inside, SIZE: tl.constexpr):
    """Sum over the segments of a row."""
    first, end = tl.load(first_segment + row), tl.load(first_segment + row + 1)
    of_row = gradients + (tl.program_id(1).to(tl.int64) * segments + first) * SIZE + places
    total = tl.zeros(places.shape, gradients.dtype.element_ty)
    for segment in range(0, end - first):
        total += tl.load(of_row + segment * SIZE, mask=inside, other=0.0)
    return total


@triton.jit
def _add_segments(
    gradients, first_segment, slopes, segments,
    PARTS: tl.constexpr, RESTARTS: tl.constexpr, PART: tl.constexpr, PADDED: tl.constexpr,
):  # fmt: skip
    """A row's gradient, as the factor lies."""
    SIZE: tl.constexpr = PARTS * RESTARTS * PART
    row = tl.program_id(0)
    places, inside = _whole_row(PARTS, RESTARTS, PART, PADDED)
    total = _added_segments(gradients, first_segment, row, segments, places, inside, SIZE)
    own = (tl.program_id(1).to(tl.int64) * tl.num_programs(0) + row) * SIZE
    tl.store(slopes + own + places, total, mask=inside)


@triton.jit
def _weight(weights, place: tl.constexpr, restarts, RESTARTS: tl.constexpr):
    """One weight (1, RESTARTS, 1) of each restart; `weights` points to the first of each."""
    return tl.load(weights + place * restarts + tl.arange(0, RESTARTS))[None, :, None]


@triton.jit
def _weighted_sum(weights, first: tl.constexpr, restarts, RESTARTS: tl.constexpr, Y, Z, Y0, F, F0):
    """Sum of the five arrays, each times its restart's weight."""
    total = _weight(weights, first, restarts, RESTARTS) * Y
    total += _weight(weights, first + 1, restarts, RESTARTS) * Z
    total += _weight(weights, first + 2, restarts, RESTARTS) * Y0
    total += _weight(weights, first + 3, restarts, RESTARTS) * F
    return total + _weight(weights, first + 4, restarts, RESTARTS) * F0


@triton.jit
def _stage(
    gradients, first_segment, here, before, start, start_fall, added, weights, errors, sizes, segments,
    PARTS: tl.constexpr, RESTARTS: tl.constexpr, PART: tl.constexpr, PADDED: tl.constexpr,
):  # fmt: skip
    """Arrays in the order of `State`; errors and sizes are (restarts, rows)."""
    SIZE: tl.constexpr = PARTS * RESTARTS * PART
    row, rows, restarts = tl.program_id(0), tl.num_programs(0), tl.num_programs(1) * RESTARTS
    places, inside = _whole_row(PARTS, RESTARTS, PART, PADDED)
    F = -_added_segments(gradients, first_segment, row, segments, places, inside, SIZE)
    own = (tl.program_id(1).to(tl.int64) * rows + row) * SIZE + places
    Y = tl.load(here + own, mask=inside, other=0.0)
    Z = tl.load(before + own, mask=inside, other=0.0)
    Y0 = tl.load(start + own, mask=inside, other=0.0)
    F0 = tl.load(start_fall + own, mask=inside, other=0.0)
    restart = tl.program_id(1) * RESTARTS + tl.arange(0, RESTARTS)
    of_group = weights + tl.program_id(1) * RESTARTS
    ending = tl.load(weights + 12 * restarts + restart) != 0
    keeping = inside & (_weight(of_group, 11, restarts, RESTARTS) != 0)
    # Other threads of this program have to be done with what is written below.
    tl.debug_barrier()
    if tl.max(ending.to(tl.int32), axis=0) != 0:
        E = tl.load(added + own, mask=inside, other=0.0)
        error = Z + E + _weight(of_group, 10, restarts, RESTARTS) * F
        off_bound = tl.where((Y > 0) & (Y0 > 0), error, 0.0).to(tl.float64)
        size = Y.to(tl.float64)
        measure = restart.to(tl.int64) * rows + row
        tl.store(errors + measure, tl.sum(tl.sum(off_bound * off_bound, axis=2), axis=0), mask=ending)
        tl.store(sizes + measure, tl.sum(tl.sum(size * size, axis=2), axis=0), mask=ending)
    moved = _weighted_sum(of_group, 0, restarts, RESTARTS, Y, Z, Y0, F, F0)
    # NaN stays, so that a descent that blows up is seen to.
    moved = tl.where((moved < 0) | ((Y0 == 0) & (F0 <= 0)), 0.0, moved)
    tl.store(here + own, moved, mask=inside)
    tl.store(before + own, _weighted_sum(of_group, 5, restarts, RESTARTS, Y, Z, Y0, F, F0), mask=inside)
    kept = tl.load(added + own, mask=keeping, other=0.0)
    tl.store(added + own, kept + _weight(of_group, 11, restarts, RESTARTS) * moved, mask=keeping)


@triton.jit
def _sums(rows, sums, length, BLOCK: tl.constexpr):
    """Sum of one row of float64 numbers."""
    start = rows + tl.program_id(0).to(tl.int64) * length
    partial = tl.zeros((BLOCK,), tl.float64)
    for first in range(0, length, BLOCK):
        place = first + tl.arange(0, BLOCK)
        partial += tl.load(start + place, mask=place < length, other=0.0)
    tl.store(sums + tl.program_id(0), tl.sum(partial))
