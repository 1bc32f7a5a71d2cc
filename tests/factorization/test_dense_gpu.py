"""The dense engine of a GPU against float64 by numpy: interpreted on the CPU, compiled where torch sees a GPU."""
# ruff: noqa: E402 - Triton decides whether to interpret when it and the kernels are first imported

import os

import numpy as np
import pytest
import torch

ON_GPU = torch.cuda.is_available()
if not ON_GPU:
    os.environ["TRITON_INTERPRET"] = "1"
pytest.importorskip("triton", reason="Triton is not installed: `pip install triton==3.7.1`")

from starnmf.factorization import gpu_flow
from starnmf.factorization.dense.data import DenseData
from starnmf.factorization.dense.flow import DenseFlow
from starnmf.factorization.dense.hals import SWEEPS
from starnmf.factorization.dense_gpu import flow as dense_gpu
from starnmf.factorization.dense_gpu import kernels
from starnmf.factorization.dense_gpu.flow import DenseGpuFlow
from starnmf.factorization.dense_gpu.hals import DenseGpuHals
from starnmf.factorization.flow import END, Course, Flow
from starnmf.factorization.torch_flow import State
from starnmf.matrix import Dense, Description
from tests.factorization.operations import Launches, Operations, run_without_waits
from tests.factorization.plain_descent import sweep as plain_sweep

DEVICE = torch.device("cuda" if ON_GPU else "cpu")
NEEDS_GPU = pytest.mark.skipif(not ON_GPU, reason="torch sees no GPU")
NUMBERS = pytest.mark.parametrize("number", ["float32", "float64"])
K = 3


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks so small that sides take several, the last of them not whole."""
    monkeypatch.setattr(kernels, "STAGE_TILE", 64)
    monkeypatch.setattr(kernels, "SPLIT", 32)
    monkeypatch.setattr(kernels, "GRAM_TILE", 16)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(("rank", "columns"), [(1, 5), (3, 77), (4, 64), (9, 50), (20, 33)])
@NUMBERS
def test_gram(rank, columns, number):
    factor = np.random.default_rng(rank).normal(size=(K, rank, columns)).astype(number)
    found = kernels.gram(torch.from_numpy(factor).to(DEVICE))
    wide = factor.astype(float)
    np.testing.assert_allclose(
        found.cpu(), wide @ wide.transpose(0, 2, 1), rtol=0, atol=10 * columns * np.finfo(number).eps
    )


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(("rank", "columns"), [(1, 5), (3, 77), (4, 64), (9, 50), (20, 33)])
@NUMBERS
def test_stages_and_ends_of_steps(rank, columns, number):
    random = np.random.default_rng(rank)
    P, Y, Z, Y0, F0, E = (random.normal(size=(K, rank, columns)).astype(number) for _ in range(6))
    Y, Y0 = np.maximum(0, Y), np.maximum(0, Y0)  # half of the entries are at the bound, half of those held there
    G, weights = random.random((K, rank, rank)), random.normal(size=(K, 13))
    G = ((G + G.transpose(0, 2, 1)) / 2).astype(number)
    weights[:, 12] = [0, 1, 0]
    weights[0, 11] = 0  # adds nothing to E
    weights[1, :12], weights[1, 10] = END, 0.7
    arrays = [torch.from_numpy(array.copy()).to(DEVICE) for array in (Y, Z, Y0, F0, E)]
    errors = torch.full((2, K), np.nan, dtype=torch.float64, device=DEVICE)
    on_device = [torch.from_numpy(array.astype(number)).to(DEVICE) for array in (P, G, weights)]
    kernels.run_stage(*on_device[:2], State(*arrays), on_device[2], errors)

    P, Y, Z, Y0, F0, E, G = (array.astype(float) for array in (P, Y, Z, Y0, F0, E, G))
    F, w = P - G @ Y, weights[:, :, None, None]
    new_Y = np.maximum(0, w[:, 0] * Y + w[:, 1] * Z + w[:, 2] * Y0 + w[:, 3] * F + w[:, 4] * F0)
    new_Y[(Y0 == 0) & (F0 <= 0)] = 0
    new_Z = w[:, 5] * Y + w[:, 6] * Z + w[:, 7] * Y0 + w[:, 8] * F + w[:, 9] * F0
    new_E = E + w[:, 11] * new_Y
    new_Y[1], new_Z[1], new_E[1] = Y[1], F[1], E[1]
    error = np.where((Y > 0) & (Y0 > 0), Z + E + w[:, 10] * F, 0)[1]
    tolerance = 300 * np.finfo(number).eps
    for found, expected in zip(arrays, (new_Y, new_Z, Y0, F0, new_E), strict=True):
        np.testing.assert_allclose(found.cpu(), expected, rtol=tolerance, atol=tolerance)
    expected = [np.square(error).sum(), np.square(Y[1]).sum()]
    np.testing.assert_allclose(errors[:, 1].cpu(), expected, rtol=tolerance)


def problem(n=17, m=23, rank=3):
    random = np.random.default_rng(5)
    X = random.gamma(2.0, size=(n, m)).astype(np.float32)
    U, V = np.abs(random.standard_normal((K, n, rank))), np.abs(random.standard_normal((K, rank, m)))
    U[0, 3, 1] = 0.0  # on the boundary
    return Dense(X, Description("toy", rank, "own", {})), U, V


def started(kind, device, matrix, U, V, dtype=torch.float64):
    return kind.start(DenseData(matrix, dtype, device), U, V)


@pytest.mark.parametrize("shape", [(17, 23), pytest.param((23, 17), marks=pytest.mark.extended)], ids=["wide", "tall"])
def test_the_flow_is_that_of_the_cpu(shape):
    matrix, U, V = problem(*shape)
    course = Course(1e-5, np.array([0.0, 10.0, 1e6]), leapt_until=10, gradient_cap=10**6)
    flows = [
        Flow(started(kind, device, matrix, U, V), course, K)
        for kind, device in ((DenseGpuFlow, DEVICE), (DenseFlow, torch.device("cpu")))
    ]
    for flow in flows:
        for _ in range(25):
            flow.go_on(flow.advance())
    on_gpu, on_cpu = flows
    assert [clock.at for clock in on_gpu.clocks] == pytest.approx([clock.at for clock in on_cpu.clocks], rel=1e-9)
    assert min(clock.at for clock in on_cpu.clocks) > 10, "it should take stabilised steps too"
    for found, expected in zip(on_gpu.batch.arrays(), on_cpu.batch.arrays(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)


def test_restarts_that_are_kept_are_where_they_were():
    matrix, U, V = problem()
    whole = started(DenseGpuFlow, DEVICE, matrix, U, V)
    weights = np.random.default_rng(1).random((K, 12))
    whole.stage(weights, np.zeros(K, bool))
    left = whole.keep([2, 0])
    for found, expected in zip(left.arrays(), whole.arrays(), strict=True):
        np.testing.assert_array_equal(found, expected[[2, 0]])


def test_a_descent_that_blows_up_is_seen_to():
    batch = started(DenseGpuFlow, DEVICE, *problem(), dtype=torch.float32)
    weights = np.tile(END, (K, 1))
    weights[:, 0] = np.inf
    with np.errstate(all="ignore"):
        batch.stage(weights, np.zeros(K, bool))
        squares = batch.stage(np.tile(END, (K, 1)), np.ones(K, bool))
    assert np.isnan(squares).any()


@pytest.mark.parametrize("rank", [3, 20])
def test_a_stage_asks_for_eleven_operations_whatever_the_rank(monkeypatch, rank):
    launches, products = Launches(), []
    monkeypatch.setattr(kernels, "_gram_parts", launches)
    monkeypatch.setattr(kernels, "_stage", launches)
    monkeypatch.setattr(dense_gpu, "multiply", lambda left, right, out: products.append(out) or out)
    batch = started(DenseGpuFlow, DEVICE, *problem(rank=rank))
    with Operations() as operations:
        batch.stage(np.tile(END, (K, 1)), np.zeros(K, bool))
    sums_of_parts = ["aten::sum.IntList_out"] * 2 + ["aten::sum.dim_IntList"] * 2
    assert (launches.count, len(products)) == (4, 2)
    assert sorted(operations.names) == sorted(["aten::copy_", *sums_of_parts])


def test_sweeps_are_least_squares_in_one_coordinate_after_another():
    matrix, U, V = problem()
    U[1, :, 2], V[1, 2] = 0.0, 0.0  # a coordinate that is never used
    batch = started(DenseGpuHals, DEVICE, matrix, U, V)
    for _ in range(2):
        batch.iterate()
    for restart in range(K):
        expected = plain_sweep(matrix.X, U[restart], V[restart], 2, SWEEPS)
        for found, factor in zip(batch.factors(restart), expected, strict=True):
            np.testing.assert_allclose(found, factor, rtol=1e-8, atol=1e-11)
    assert (batch.factors(0)[0] == 0).any() or (batch.factors(0)[1] == 0).any()


def test_an_iteration_of_sweeps_asks_for_the_same_few_operations_whatever_the_rank(monkeypatch):
    launches, asked = Launches(), []
    monkeypatch.setattr(kernels, "_sweep", launches)
    for rank in (3, 20):
        batch = started(DenseGpuHals, DEVICE, *problem(rank=rank))
        with Operations() as operations:
            batch.iterate()
        asked.append(len(operations.names))
    assert launches.count == 2 * 2
    assert asked[0] == asked[1] <= 6


def test_beginning_and_ending_steps_asks_for_a_kernel_of_each_factor(monkeypatch):
    launches = Launches()
    monkeypatch.setattr(gpu_flow, "_accept", launches)
    monkeypatch.setattr(gpu_flow, "_start", launches)
    batch = started(DenseGpuFlow, DEVICE, *problem())
    batch.accept([0, 2], np.array([0.1, 0.2]))
    batch.start_steps([0, 2], np.array([0.1, 0.2]))
    assert launches.count == 4


@NEEDS_GPU
def test_stages_are_recorded_and_do_not_wait():
    run_without_waits(started(DenseGpuFlow, DEVICE, *problem()), K)
