"""The GPU engine against dense float64 brute force: interpreted on the CPU, compiled where torch sees a GPU."""
# ruff: noqa: E402 - Triton decides whether to interpret when it and the kernels are first imported

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from plain_optimizers import accelerate, descend, gradients, sweep

ON_GPU = torch.cuda.is_available()
if not ON_GPU and __name__ != "__main__":
    os.environ["TRITON_INTERPRET"] = "1"
pytest.importorskip("triton", reason="Triton is not installed: `pip install triton==3.7.1`")

from starnmf.factorization.cuda_graph import Repeated
from starnmf.factorization.observed_gpu import kernels
from starnmf.factorization.observed_gpu.stack import SWEEPS, ObservedGpuData
from starnmf.matrix import Description, observed_from_entries

DEVICE = torch.device("cuda" if ON_GPU else "cpu")
N, M, R, K = 5, 7, 3, 5
OPTIMIZERS = pytest.mark.parametrize("optimizer", ["gradient-descent", "hals", "accelerated"])
NEEDS_GPU = pytest.mark.skipif(not ON_GPU, reason="torch sees no GPU")


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks so small that long lines take several, and normal equations several rounds."""
    monkeypatch.setattr(kernels, "TILE", 64)  # 4 entries of 4 restarts and 4 coordinates; 16 in normal equations
    monkeypatch.setattr(kernels, "ITEMS", 32)
    monkeypatch.setattr(kernels, "SUMMED", 4)
    monkeypatch.setattr(kernels, "SCRATCH", 2000)


def problem(m=M, n=N, r=R, k=K, share=0.6):
    random = np.random.default_rng(5)
    X = random.gamma(2.0, size=(n, m)).astype(np.float32)
    mask = random.random((n, m)) < share
    mask[0] = True
    mask[2] = False
    mask[:, 1] = False
    U, V = np.abs(random.standard_normal((k, n, r))), np.abs(random.standard_normal((k, r, m)))
    U[0, 3, 1] = 0.0  # on the boundary, where the projection acts
    return X, mask, U, V


def data(X, mask, rank, dtype=torch.float64):
    description = Description("toy", rank, "own", {})
    return ObservedGpuData(observed_from_entries(*np.nonzero(mask), X[mask], X.shape, description), dtype, DEVICE)


def assert_stack_is(stack, expected, **tolerance):
    for restart, (U, V) in enumerate(expected):
        U_found, V_found = stack.factors(restart)
        np.testing.assert_allclose(U_found, U, **tolerance)
        np.testing.assert_allclose(V_found, V, **tolerance)


@pytest.mark.usefixtures("small_blocks")
def test_gradient_steps_are_those_of_a_dense_mask():
    X, mask, U, V = problem()
    eta = np.geomspace(1e-3, 2e-1, K)
    stack = data(X, mask, R).stack(U, V)
    stack.descend(eta, 3)
    expected = [descend(X, mask, U[k], V[k], eta[k], 3) for k in range(K)]
    assert_stack_is(stack, expected, rtol=1e-10, atol=1e-13)
    assert (expected[-1][1] == 0).any(), "the steps should be long enough to meet the boundary"


@pytest.mark.usefixtures("small_blocks")
def test_coordinate_sweeps_are_least_squares_in_one_coordinate_after_another():
    X, mask, U, V = problem(m=19)  # the full row is longer than a block of 16
    V[1, 2] = 0.0  # a coordinate that no entry depends on stays
    stack = data(X, mask, R).stack(U, V, "hals")
    stack.descend(np.zeros(K), 2)
    expected = [sweep(X, mask, U[k], V[k], 2, SWEEPS) for k in range(K)]
    assert_stack_is(stack, expected, rtol=1e-9, atol=1e-12)
    assert any((V == 0).any() for _, V in expected)


@pytest.mark.usefixtures("small_blocks")
def test_accelerated_steps_extrapolate_and_fall_back():
    X, mask, U, V = problem()
    steps = 10
    stack = data(X, mask, R).stack(U, V, "accelerated")
    stack.descend(np.zeros(K), steps)
    *expected, resets = zip(*(accelerate(X, mask, U[k], V[k], steps) for k in range(K)), strict=True)
    assert_stack_is(stack, zip(*expected, strict=True), rtol=1e-9, atol=1e-12)
    assert 0 < sum(map(bool, resets)) < K, "some restarts should fall back, and some not"


@OPTIMIZERS
def test_float32_follows_float64(optimizer):
    X, mask, U, V = problem()
    single, double = (data(X, mask, R, dtype).stack(U, V, optimizer) for dtype in (torch.float32, torch.float64))
    for stack in (single, double):
        stack.descend(np.full(K, 1e-2), 2)
    assert single.factors(0)[0].dtype == np.float32
    assert_stack_is(single, [double.factors(k) for k in range(K)], rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("small_blocks")
def test_measures_are_those_of_a_dense_mask():
    X, mask, U, V = problem()
    stack = data(X, mask, R).stack(U, V)
    losses, curvatures, norms = stack.losses(), stack.curvatures(), stack.projected_gradients()
    for k in range(K):
        assert losses[k] == pytest.approx(0.5 * ((U[k] @ V[k] - X)[mask] ** 2).mean(), rel=1e-12)
        traces = (mask @ (V[k] ** 2).sum(0)).max() + (mask.T @ (U[k] ** 2).sum(1)).max()
        assert curvatures[k] == pytest.approx(traces, rel=1e-12)
        square = sum(
            (np.where(factor > 0, gradient, np.minimum(gradient, 0)) ** 2).sum()
            for factor, gradient in zip((U[k], V[k]), gradients(X, mask, U[k], V[k]), strict=True)
        )
        assert norms[k] == pytest.approx(np.sqrt(square) / mask.sum(), rel=1e-12)


def test_measures_of_float32_factors_are_in_float64():
    X, mask, U, V = problem()
    stack = data(X, mask, R, torch.float32).stack(U, V)
    U, V = (factor.astype(np.float32).astype(np.float64) for factor in (U, V))
    expected = [0.5 * ((U[k] @ V[k] - X)[mask] ** 2).mean() for k in range(K)]
    np.testing.assert_allclose(stack.losses(), expected, rtol=1e-12)


@OPTIMIZERS
def test_bits_of_a_restart_do_not_depend_on_the_others(optimizer):
    X, mask, U, V = problem()
    toy, eta = data(X, mask, R, torch.float32), np.linspace(1e-3, 2e-2, K)
    together, leaving = toy.stack(U, V, optimizer), toy.stack(U, V, optimizer)
    together.descend(eta, 4)
    leaving.descend(eta, 2)
    places = [1, 4]
    left = leaving.keep(places)
    left.descend(eta[places], 2)
    for place, restart in enumerate(places):
        for found, expected in zip(left.factors(place), together.factors(restart), strict=True):
            np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(left.losses(), together.losses()[places])


def test_a_descent_that_blows_up_is_seen_to():
    X, mask, U, V = problem()
    stack = data(X, mask, R, torch.float32).stack(U, V)
    with np.errstate(all="ignore"):
        stack.descend(np.full(K, 1e30), 3)
        assert not np.isfinite(stack.losses()).any()


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=NEEDS_GPU)])
def test_repeated_takes_as_many_steps_as_asked_for(device):
    x = torch.ones(4, dtype=torch.float64, device=device)
    rate = torch.zeros((), dtype=torch.float64, device=device)

    def step():
        x.add_(torch.sin(x) * rate)  # no two orders or numbers of steps end at the same place

    repeated, expected = Repeated(step, torch.device(device)), torch.ones(4, dtype=torch.float64, device=device)
    for times, value in ((0, 0.1), (1, 0.2), (1, 0.3), (25, 0.01), (10, 0.02), (7, 0.05), (0, 0.1)):
        rate.fill_(value)
        repeated(times)
        for _ in range(times):
            expected.add_(torch.sin(expected) * rate)
    assert torch.equal(x, expected)


@NEEDS_GPU
@OPTIMIZERS
def test_recorded_iterations_are_the_plain_ones_and_the_same_bits_twice(optimizer):
    X, mask, U, V = problem(170, 300, 20, 9, 0.3)
    large, eta = data(X, mask, 20, torch.float32), np.full(9, 1e-5)
    recorded, again, plain = (large.stack(U, V, optimizer) for _ in range(3))
    for stack in (recorded, again):
        stack.descend(eta, 37)
    for _ in range(37):
        plain.descend(eta, 0)  # sets the step sizes
        plain._iterate._step()
    for restart in range(9):
        for found, *expected in zip(*(stack.factors(restart) for stack in (recorded, again, plain)), strict=True):
            for other in expected:
                np.testing.assert_array_equal(found, other)


@NEEDS_GPU
@pytest.mark.parametrize(("rank", "dtype"), [(20, torch.float32), (50, torch.float32), (49, torch.float64)])
def test_compiled_steps_of_whole_blocks_are_those_of_a_dense_mask(rank, dtype):
    X, mask, U, V = problem(170, 300, rank, 9, 0.3)
    precision = 1e-4 if dtype == torch.float32 else 1e-9
    for optimizer, expected in (
        ("gradient-descent", [descend(X, mask, U[k], V[k], 1e-5, 20) for k in range(9)]),
        ("hals", [sweep(X, mask, U[k], V[k], 1, SWEEPS) for k in range(9)]),
        ("accelerated", [accelerate(X, mask, U[k], V[k], 20)[:2] for k in range(9)]),
    ):
        stack = data(X, mask, rank, dtype).stack(U, V, optimizer)
        stack.descend(np.full(9, 1e-5), 1 if optimizer == "hals" else 20)
        losses = [0.5 * ((U @ V - X)[mask] ** 2).mean() for U, V in expected]
        np.testing.assert_allclose(stack.losses(), losses, rtol=precision)
        if dtype == torch.float64:
            assert_stack_is(stack, expected, rtol=1e-6, atol=1e-8)


def test_kernels_compile_for_a_gpu_without_tensor_cores_and_atomic_additions():
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    done = subprocess.run([sys.executable, __file__], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    compiled = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert len(compiled) == 6
    for kernel, instructions in compiled.items():
        found = {instruction.split(".")[0] for instruction in instructions.split()}
        assert not found & {"mma", "wgmma"}, f"{kernel} multiplies on tensor cores, which round float32"
        assert not found & {"atom", "red"}, f"{kernel} adds in an order that may change"


def compile_every_kernel():
    """Compile the float32 kernels for an H100 or H200, which needs none, and print the instructions of each."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    rank, padded = 20, 32
    sizes = kernels._sizes(torch.empty(1, 1, rank))
    constants = sizes | {"PADDED": padded, "ITEMS": kernels.ITEMS // padded, "BLOCK": kernels.SUMMED}
    types = {
        "indptr": "*i64",
        "indices": "*i32",
        "test": "*fp64",
        "measured": "*fp64",
        "rows": "*fp64",
        "sums": "*fp64",
    }
    types |= dict.fromkeys(("restarts", "first", "items", "sweeps", "length"), "i32")
    for name, kernel in vars(kernels).items():
        if isinstance(kernel, triton.JITFunction) and name not in ("_places", "_walk", "_clamped"):
            constant = {key: constants.get(key, "projected") for key in kernel.arg_names if key.isupper()}
            constant.pop("H", None)
            signature = {key: "constexpr" if key in constant else types.get(key, "*fp32") for key in kernel.arg_names}
            source = ASTSource(kernel, signature, {(kernel.arg_names.index(key),): constant[key] for key in constant})
            assembly = triton.compile(source, target=GPUTarget("cuda", 90, 32)).asm["ptx"]
            print(name, *sorted({line.split()[0] for line in assembly.splitlines() if line.endswith(";")}))


if __name__ == "__main__":
    compile_every_kernel()
