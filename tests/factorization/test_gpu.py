"""The GPU engine against dense float64 brute force: interpreted on the CPU, compiled where torch sees a GPU.

What the kernels of both engines become on a GPU that is not there, which takes long, is in one file: once in a process.
"""
# ruff: noqa: E402 - Triton decides whether to interpret when it and the kernels are first imported

import os

import numpy as np
import pytest
import torch

ON_GPU = torch.cuda.is_available()
if not ON_GPU:
    os.environ["TRITON_INTERPRET"] = "1"
pytest.importorskip("triton", reason="Triton is not installed: `pip install triton==3.7.1`")

from starnmf.factorization.flow import END, OF_F, Course, Flow, relative_errors
from starnmf.factorization.formulas import GRADIENT_STEP, chebyshev, leap
from starnmf.factorization.observed.data import ObservedData
from starnmf.factorization.observed.flow import ObservedFlow
from starnmf.factorization.observed_gpu import kernels
from starnmf.factorization.observed_gpu.flow import RESTARTS, ObservedGpuData, ObservedGpuFlow
from starnmf.factorization.observed_gpu.layout import Layout
from starnmf.matrix import Description, observed_from_entries
from tests.factorization.ahead_of_time import RANKS, compiled
from tests.factorization.operations import Launches, Operations, run_without_waits

DEVICE = torch.device("cuda" if ON_GPU else "cpu")
N, M, R, K = 5, 7, 3, 5
NEEDS_GPU = pytest.mark.skipif(not ON_GPU, reason="torch sees no GPU")


@pytest.fixture
def small_blocks(monkeypatch):
    """Segments so short that long lines take several, the last of them not whole, and so do sums over lines."""
    monkeypatch.setattr(kernels, "SEGMENT", 5)
    monkeypatch.setattr(kernels, "SUMMED", 4)


def problem(m=M, n=N, r=R, k=K, share=0.6):
    random = np.random.default_rng(5)
    X = random.gamma(2.0, size=(n, m)).astype(np.float32)
    mask = random.random((n, m)) < share
    mask[0] = True
    mask[2] = False
    mask[:, 1] = False
    U, V = np.abs(random.standard_normal((k, n, r))), np.abs(random.standard_normal((k, r, m)))
    U[0, 3, r // 2] = 0.0  # on the boundary, where the projection acts
    return X, mask, U, V


def matrix_of(X, mask, rank):
    return observed_from_entries(*np.nonzero(mask), X[mask], X.shape, Description("toy", rank, "own", {}))


def batch_of(X, mask, U, V, dtype=torch.float64):
    return ObservedGpuFlow.start(ObservedGpuData(matrix_of(X, mask, U.shape[2]), dtype, DEVICE), U, V)


def random_state(U, V):
    """Y, Z, Y0, F0 and E (k, lines, r) of U and then of V^T: anything, half at the bound before or after."""
    random, arrays = np.random.default_rng(6), []
    for shape in (U.shape, V.transpose(0, 2, 1).shape):
        Y, Z, Y0, F0, E = random.standard_normal((5, *shape))
        Y[:, 0, 0] = 1.0  # errors are relative to Y, of which no restart's is 0
        arrays += [Y.clip(0), Z, Y0.clip(0), F0, E]
    held = (arrays[2] == 0) & (arrays[3] <= 0)
    assert held.any()
    assert not held.all()
    return arrays


def falls(X, mask, U, VT):
    """Minus the gradients of the sum loss (k, lines, r) in U and in V^T (k, lines, r)."""
    E = np.where(mask, U @ VT.transpose(0, 2, 1) - X, 0)
    return -E @ VT, -E.transpose(0, 2, 1) @ U


def stage(F, state, weights):
    """The new Y, Z, Y0, F0 and E of one factor by the formula."""
    Y, Z, Y0, F0, E = state
    w = weights.T[:, :, None, None]
    parts = (Y, Z, Y0, F, F0)
    new_Y, new_Z = (sum(w[first + place] * part for place, part in enumerate(parts)) for first in (0, 5))
    new_Y = np.where((Y0 == 0) & (F0 <= 0), 0, np.maximum(new_Y, 0))
    return new_Y, new_Z, Y0, F0, E + w[11] * new_Y


def errors(F_U, F_VT, state, weights):
    """Of every restart's step by the formula, relative to its factors (k,)."""
    squares = 0
    for F, (Y, Z, Y0, _, E) in ((F_U, state[:5]), (F_VT, state[5:])):
        error = np.where((Y > 0) & (Y0 > 0), Z + E + weights[:, 10, None, None] * F, 0)
        squares = squares + (error**2).sum((1, 2)) / (Y**2).sum((1, 2))
    return np.sqrt(squares)


def loss(X, mask, U, V):
    return 0.5 * ((U @ V - X)[mask] ** 2).mean()


def assert_arrays_are(batch, expected, **tolerance):
    for found, array in zip(batch.arrays(), expected, strict=True):
        np.testing.assert_allclose(found, array, **tolerance)


def assert_factors_are(batch, expected, **tolerance):
    for restart, (U, V) in enumerate(expected):
        U_found, V_found = batch.factors(restart)
        np.testing.assert_allclose(U_found, U, **tolerance)
        np.testing.assert_allclose(V_found, V, **tolerance)


def end_steps(batch, lengths, error=0.0):
    """End the steps under way and let them count; returns their errors."""
    weights = np.tile(END, (len(lengths), 1))
    weights[:, 10] = error * lengths
    told = relative_errors(batch.stage(weights, np.full(len(lengths), True)))
    batch.accept(list(range(len(lengths))), lengths)
    return told


def take_steps(batch, formula, lengths, steps):
    """Steps of one formula, as `Flow` takes them; the first end evaluates the gradient at the start."""
    end_steps(batch, 0 * lengths)
    for _ in range(steps):
        batch.start_steps(list(range(len(lengths))), formula.first * lengths)
        for of_stage, kept in zip(formula.stages, formula.kept, strict=True):
            weights = np.zeros((len(lengths), 12))
            weights[:, :10] = of_stage.reshape(-1)
            weights[:, OF_F] *= lengths[:, None]
            weights[:, 11] = kept
            batch.stage(weights, np.full(len(lengths), False))
        told = end_steps(batch, lengths, formula.error)
    return told


@pytest.mark.usefixtures("small_blocks")
def test_a_stage_is_that_of_a_dense_mask():
    X, mask, U, V = problem()
    batch, state = batch_of(X, mask, U, V), random_state(U, V)
    batch.restore(state)
    weights = np.random.default_rng(7).standard_normal((K, 12))
    told = batch.stage(weights, np.full(K, False))
    F_U, F_VT = falls(X, mask, state[0], state[5])
    of_rows, of_columns = stage(F_U, state[:5], weights), stage(F_VT, state[5:], weights)
    expected = [*of_rows, *of_columns]
    assert_arrays_are(batch, expected, rtol=1e-10, atol=1e-13)
    assert told.size == 0


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    ("rank", "restarts", "dtype"),
    [
        pytest.param(1, 17, torch.float32, marks=pytest.mark.extended),
        pytest.param(4, 8, torch.float64, marks=pytest.mark.extended),
        (20, 9, torch.float32),
        pytest.param(50, 1, torch.float32, marks=pytest.mark.extended),
        (49, 2, torch.float64),
        (88, 2, torch.float32),
    ],
)
def test_a_stage_of_any_rank_and_number_of_restarts(rank, restarts, dtype):
    X, mask, U, V = problem(m=13, n=4, r=rank, k=restarts)
    batch, state = batch_of(X, mask, U, V, dtype), random_state(U, V)
    batch.restore(state)
    weights = np.random.default_rng(7).standard_normal((restarts, 12))
    told = relative_errors(batch.stage(weights, np.full(restarts, True)))
    F_U, F_VT = falls(X, mask, state[0], state[5])
    tolerance = rank * 13 * torch.finfo(dtype).eps
    np.testing.assert_allclose(told, errors(F_U, F_VT, state, weights), rtol=tolerance)
    expected = [*stage(F_U, state[:5], weights), *stage(F_VT, state[5:], weights)]
    for found, array in zip(batch.arrays(), expected, strict=True):
        np.testing.assert_allclose(found, array, rtol=0, atol=tolerance * np.abs(array).max())


@pytest.mark.usefixtures("small_blocks")
def test_the_end_of_a_step_tells_the_error_of_the_restarts_it_ends():
    X, mask, U, V = problem()
    batch, state = batch_of(X, mask, U, V), random_state(U, V)
    batch.restore(state)
    weights = np.random.default_rng(7).standard_normal((K, 12))
    ending = np.arange(K) % 2 == 1
    weights[ending, :10], weights[ending, 11] = END[:10], 0
    told = relative_errors(batch.stage(weights, ending))
    F_U, F_VT = falls(X, mask, state[0], state[5])
    np.testing.assert_allclose(told, errors(F_U, F_VT, state, weights)[ending], rtol=1e-12)
    of_rows, of_columns = stage(F_U, state[:5], weights), stage(F_VT, state[5:], weights)
    assert_arrays_are(batch, [*of_rows, *of_columns], rtol=1e-10, atol=1e-13)


def test_an_accepted_step_is_where_the_next_begins_and_entries_leave_the_bound():
    X, mask, U, V = problem()
    batch, state = batch_of(X, mask, U, V), random_state(U, V)
    batch.restore(state)
    accepted, lengths = [3, 1], np.array([0.5, 2.0])
    batch.accept(accepted, lengths)
    expected, left = [array.copy() for array in state], 0
    for Y, Z, Y0, F0, _ in (expected[:5], expected[5:]):
        for restart, length in zip(accepted, lengths, strict=True):
            y, f, y0, f0 = (array[restart].copy() for array in (Y, Z, Y0, F0))
            leaves = (y == 0) & (f > 0) & (y0 == 0) & (f0 <= 0)
            left += leaves.sum()
            # From where F, linear in time, is 0, the entry moves freely: its way is the triangle under F.
            free = length * f / np.where(leaves, f - f0, 1)
            Y0[restart], F0[restart] = np.where(leaves, f * free / 2, y), f
    assert left > 1
    assert_arrays_are(batch, expected, rtol=1e-14, atol=0)


def test_a_step_begins_with_a_projected_gradient_step():
    X, mask, U, V = problem()
    batch, state = batch_of(X, mask, U, V), random_state(U, V)
    batch.restore(state)
    batch.start_steps([4, 0], np.array([0.5, 2.0]))
    expected = [array.copy() for array in state]
    for Y, Z, Y0, F0, E in (expected[:5], expected[5:]):
        for restart, length in ((4, 0.5), (0, 2.0)):
            Y[restart], Z[restart], E[restart] = np.maximum(0, Y0[restart] + length * F0[restart]), Y0[restart], 0
    assert_arrays_are(batch, expected, rtol=1e-14, atol=1e-15)


@pytest.mark.extended
def test_float32_follows_float64():
    X, mask, U, V = problem()
    single, double = (batch_of(X, mask, U, V, dtype) for dtype in (torch.float32, torch.float64))
    told = [take_steps(batch, chebyshev(3), np.full(K, 1e-2), 1) for batch in (single, double)]
    assert single.factors(0)[0].dtype == np.float32
    assert_factors_are(single, [double.factors(k) for k in range(K)], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(*told, rtol=1e-2)


@pytest.mark.usefixtures("small_blocks")
def test_measures_are_those_of_a_dense_mask_where_the_step_began():
    X, mask, U, V = problem()
    batch = batch_of(X, mask, U, V)
    end_steps(batch, np.zeros(K))
    batch.start_steps(list(range(K)), np.full(K, 0.1))  # moves Y, and not where the step began
    for k in range(K):
        assert batch.loss(k) == pytest.approx(loss(X, mask, U[k], V[k]), rel=1e-12)
        on_cpu = ObservedFlow.start(ObservedData(matrix_of(X, mask, R), "float64"), U[[k]], V[[k]])
        assert batch.largest_eigenvalue(k) == pytest.approx(on_cpu.largest_eigenvalue(0), rel=1e-6)
        F_U, F_VT = falls(X, mask, U[[k]], V[[k]].transpose(0, 2, 1))
        square = sum(
            (np.where(factor > 0, -F, np.minimum(-F, 0)) ** 2).sum()
            for factor, F in ((U[k], F_U[0]), (V[k].T, F_VT[0]))
        )
        assert batch.projected_gradient(k) == pytest.approx(np.sqrt(square) / mask.sum(), rel=1e-12)
    assert_factors_are(batch, zip(U, V, strict=True), rtol=0)


def test_measures_of_float32_factors_are_in_float64():
    X, mask, U, V = problem()
    batch = batch_of(X, mask, U, V, torch.float32)
    U, V = (factor.astype(np.float32).astype(np.float64) for factor in (U, V))
    for k in range(K):
        assert batch.loss(k) == pytest.approx(loss(X, mask, U[k], V[k]), rel=1e-12)


@pytest.mark.extended
def test_bits_of_a_restart_do_not_depend_on_the_others():
    X, mask, U, V = problem()
    together, leaving = (batch_of(X, mask, U, V, torch.float32) for _ in range(2))
    formula, lengths, places = chebyshev(2), np.linspace(1e-3, 2e-2, K), [1, 4]
    take_steps(together, formula, lengths, 1)
    told = take_steps(together, formula, lengths, 1)
    take_steps(leaving, formula, lengths, 1)
    left = leaving.keep(places)
    told_of_left = take_steps(left, formula, lengths[places], 1)
    for found, expected in zip((*left.arrays(), told_of_left), (*together.arrays(), told), strict=True):
        np.testing.assert_array_equal(found, expected[places])
    assert [left.loss(place) for place in (0, 1)] == [together.loss(restart) for restart in places]


@pytest.mark.extended
def test_a_batch_is_restored_to_the_same_bits():
    X, mask, U, V = problem()
    batch, other = batch_of(X, mask, U, V, torch.float32), batch_of(X, mask, 2 * U, 2 * V, torch.float32)
    take_steps(batch, GRADIENT_STEP, np.full(K, 1e-2), 1)
    other.restore([np.array(array) for array in batch.arrays()])
    for restored in (batch, other):
        take_steps(restored, chebyshev(2), np.full(K, 1e-2), 1)
    assert [array.shape[0] for array in batch.arrays()] == [K] * 10
    for found, expected in zip(other.arrays(), batch.arrays(), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.extended
def test_a_descent_that_blows_up_is_seen_to():
    X, mask, U, V = problem()
    batch = batch_of(X, mask, U, V, torch.float32)
    with np.errstate(all="ignore"):
        errors = take_steps(batch, GRADIENT_STEP, np.full(K, 1e30), 3)
    assert np.isnan(errors).all()
    assert not np.isfinite([batch.loss(k) for k in range(K)]).any()


@pytest.mark.parametrize("discrete", [pytest.param(False, marks=pytest.mark.extended), True])
def test_a_whole_flow_is_that_of_the_cpu(discrete):
    X, mask, U, V = problem(m=5, n=4, k=3)
    times = [0.0, 2.0, 9.0] if discrete else [0.0, 2.0, 12.0, 20.0, 40.0]
    course = Course(0.02, np.array(times), leapt_until=int(times[2]) - discrete, gradient_cap=10**6, discrete=discrete)
    on_cpu = ObservedFlow.start(ObservedData(matrix_of(X, mask, R), "float64"), U, V)
    (clocks, marks), (clocks_of_cpu, marks_of_cpu) = (
        follow(Flow(batch, course, len(U))) for batch in (batch_of(X, mask, U, V), on_cpu)
    )
    assert len(marks) == len(marks_of_cpu) == 3 * len(course.marks)
    for key, (gradients, *found) in marks.items():
        gradients_of_cpu, *expected = marks_of_cpu[key]
        assert gradients == gradients_of_cpu
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    assert [clock.stages for clock in clocks] == [clock.stages for clock in clocks_of_cpu]
    last = [factor for restart in range(3) for factor in marks[restart, len(times) - 1][3:]]
    assert any((factor == 0).any() for factor in last), "the flow should meet the bound"


def follow(flow):
    """Clocks at the last mark, and at every restart's marks its gradients, measures and factors."""
    left, marks, clocks = list(range(len(flow.clocks))), {}, []
    while left:
        arrived = flow.advance()
        for place in arrived:
            batch, clock = flow.batch, flow.clocks[place]
            measured = batch.loss(place), batch.projected_gradient(place)
            marks[left[place], clock.mark] = (clock.gradients, *measured, *batch.factors(place))
        done = {place for place in arrived if flow.clocks[place].mark == len(flow.course.marks) - 1}
        flow.go_on([place for place in arrived if place not in done])
        if done:
            clocks += [flow.clocks[place] for place in done]
            going = [place for place in range(len(left)) if place not in done]
            left = [left[place] for place in going]
            if left:
                flow.keep(going)
    return clocks, marks


def test_segments_are_all_entries_of_the_rows_in_order_and_are_walked_longest_first():
    random = np.random.default_rng(3)
    lengths = np.array([0, 3, 2 * kernels.SEGMENT + 9, 0, 1, kernels.SEGMENT, 0])
    row = np.repeat(np.arange(len(lengths)), lengths)
    column = np.concatenate([random.choice(5000, length, replace=False) for length in lengths])
    matrix = observed_from_entries(row, column, random.random(len(row)), (7, 5000), Description("toy", 2, "own", {}))
    segments = kernels.compressed_rows(matrix, torch.device("cpu"))
    bounds, first_segment = segments.bounds.numpy(), segments.first_segment.numpy()
    np.testing.assert_array_equal(bounds[first_segment], matrix.indptr)
    np.testing.assert_array_equal(np.repeat(segments.row_of_segment.numpy(), np.diff(bounds)), row)
    walked = np.diff(bounds)[segments.longest_first.numpy()]
    assert walked.tolist() == [kernels.SEGMENT] * 3 + [9, 3, 1]


@pytest.mark.parametrize(("rank", "dtype"), [(3, torch.float32), (20, torch.float32), (49, torch.float64)])
def test_what_a_warp_loads_at_once_is_whole_lines_of_memory(rank, dtype):
    layout, rows = Layout.of(rank, dtype, RESTARTS), 4
    factors = torch.arange(1.0, 1 + 11 * rows * rank, dtype=dtype).view(11, rows, rank)
    grouped = layout.grouped(factors)
    assert torch.equal(layout.apart(grouped)[:11], factors)
    assert grouped.sum() == factors.sum(), "what is added should be 0"
    assert grouped.is_contiguous()
    *_, restarts, coordinates = grouped.shape
    assert restarts * coordinates * dtype.itemsize % 128 == 0
    assert torch.equal(grouped[1, 2, 0, 2], torch.nn.functional.pad(factors[10, 2], (0, coordinates))[:coordinates])


@pytest.mark.parametrize("rank", [3, 20])
def test_a_stage_asks_for_six_kernels_and_a_copy_whatever_the_rank(monkeypatch, rank):
    walks, stages, sums = Launches(), Launches(), Launches()
    monkeypatch.setattr(kernels, "_walk", walks)
    monkeypatch.setattr(kernels, "_stage", stages)
    monkeypatch.setattr(kernels, "_sums", sums)
    batch = batch_of(*problem(r=rank))
    with Operations() as operations:
        batch.stage(np.tile(END, (K, 1)), np.zeros(K, bool))
    assert (walks.count, stages.count, sums.count) == (2, 2, 2)
    assert operations.names == ["aten::copy_"]


def test_a_walk_takes_little_more_than_its_multiplications_and_loads_of_16_bytes():
    kernels_of_gpu = compiled()
    for rank in RANKS["float32"]:
        layout = Layout.of(rank, torch.float32, RESTARTS)
        coordinates = layout.parts * layout.coordinates
        found = kernels_of_gpu[f"observed walk {rank} float32"]["per_entry"]
        assert found <= 2 * coordinates + coordinates / 4 + 28 * layout.threads


def test_kernels_compile_for_a_gpu_without_spills_tensor_cores_and_atomic_additions():
    kernels_of_gpu = compiled()
    assert len(kernels_of_gpu) == 3 + 9 * 5 + 7 * 3
    for name, found in kernels_of_gpu.items():
        assert found["spilled"] == 0, f"{name} keeps numbers in memory for want of registers"
        assert found["registers"] <= 255
        for instruction in found["instructions"]:
            kind = instruction.split(".")[0]
            assert kind not in {"atom", "red"}, f"{name} adds in an order that may change"
            # Those of float64 round as float64 does.
            rounds = kind in {"mma", "wgmma"} and ".f64.f64" not in instruction
            assert not rounds, f"{name} multiplies on tensor cores, which round float32"


@NEEDS_GPU
def test_stages_are_recorded_and_do_not_wait():
    run_without_waits(batch_of(*problem()), K)


@NEEDS_GPU
@pytest.mark.parametrize("formula", [GRADIENT_STEP, leap(8), chebyshev(5)])
def test_compiled_steps_are_the_same_bits_twice(formula):
    X, mask, U, V = problem(170, 300, 20, 9, 0.3)
    once, again = (batch_of(X, mask, U, V, torch.float32) for _ in range(2))
    for batch in (once, again):
        take_steps(batch, formula, np.full(9, 1e-5), 7)
    for found, expected in zip(again.arrays(), once.arrays(), strict=True):
        np.testing.assert_array_equal(found, expected)


@NEEDS_GPU
def test_compiled_stages_move_by_the_same_bits_whether_or_not_they_measure():
    X, mask, U, V = problem(170, 300, 20, 9, 0.3)
    plain, measuring = (batch_of(X, mask, U, V, torch.float32) for _ in range(2))
    weights = np.random.default_rng(7).standard_normal((9, 12))
    for batch, ending in ((plain, False), (measuring, True)):
        batch.restore([array.astype(np.float32) for array in random_state(U, V)])
        batch.stage(weights, np.full(9, ending))
    for found, expected in zip(measuring.arrays(), plain.arrays(), strict=True):
        np.testing.assert_array_equal(found, expected)


@NEEDS_GPU
@pytest.mark.parametrize(("rank", "dtype"), [(20, torch.float32), (50, torch.float32), (49, torch.float64)])
def test_compiled_stages_of_whole_blocks_are_those_of_the_cpu(rank, dtype):
    X, mask, U, V = problem(170, 300, rank, 4, 0.3)
    precision = 1e-4 if dtype == torch.float32 else 1e-9
    lengths = np.full(4, 1e-5)
    for formula in (GRADIENT_STEP, leap(8), chebyshev(5)):
        batch = batch_of(X, mask, U, V, dtype)
        take_steps(batch, formula, lengths, 5)
        for restart in range(4):
            # On a CPU as many restarts make a batch as fit its registers.
            start = U[restart : restart + 1], V[restart : restart + 1]
            on_cpu = ObservedFlow.start(ObservedData(matrix_of(X, mask, rank), "float64"), *start)
            take_steps(on_cpu, formula, lengths[:1], 5)
            assert batch.loss(restart) == pytest.approx(on_cpu.loss(0), rel=precision)
            if dtype == torch.float64:
                assert_factors_are(batch.keep([restart]), [on_cpu.factors(0)], rtol=1e-6, atol=1e-8)
