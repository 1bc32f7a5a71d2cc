"""Steps that are recorded and replayed on a GPU, and batches that are replaced by smaller ones as restarts leave."""

import gc
import os
import weakref
from contextlib import contextmanager

import numpy as np
import pytest
import torch

# Triton decides whether to interpret when it and the kernels are first imported.
if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"
pytest.importorskip("triton", reason="Triton is not installed: `pip install triton==3.7.1`")

from starnmf.factorization.cuda_graph import WARM_UP, Repeated
from starnmf.factorization.dense.data import DenseData
from starnmf.factorization.dense.flow import DenseFlow
from starnmf.factorization.dense.hals import SWEEPS, DenseHals
from starnmf.factorization.dense_gpu.flow import DenseGpuFlow
from starnmf.factorization.dense_gpu.hals import DenseGpuHals
from starnmf.factorization.flow import END
from starnmf.factorization.observed_gpu.flow import ObservedGpuData, ObservedGpuFlow
from starnmf.matrix import Dense, Description, observed_from_entries
from tests.factorization.plain_descent import sweep

NEEDS_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")
DEVICES = pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=NEEDS_GPU)])


@DEVICES
def test_every_call_of_repeated_takes_one_step(device):
    x = torch.ones(4, dtype=torch.float64, device=device)
    rate = torch.zeros((), dtype=torch.float64, device=device)

    def step():
        x.add_(torch.sin(x) * rate)  # no two orders or numbers of steps end at the same place

    repeated, expected = Repeated(torch.device(device)), torch.ones(4, dtype=torch.float64, device=device)
    for value in (0.2, 0.3, 0.01, 0.02, 0.05, 0.1, 0.1):
        rate.fill_(value)
        repeated(step)
        expected.add_(torch.sin(expected) * rate)
    assert torch.equal(x, expected)


@contextmanager
def no_collector():
    """Memory on a GPU has to be free for the next batch at once, not when the collector gets to it."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def batch_of(kind, device, restarts=6):
    random = np.random.default_rng(0)
    shape = (2, 3) if kind is ObservedGpuFlow else (9, 11)  # the interpreter takes its rows one by one
    X = random.random(shape, dtype=np.float32)
    description = Description("toy", 2, "own", {})
    if kind is ObservedGpuFlow:
        matrix = observed_from_entries(*np.nonzero(X), X.ravel(), X.shape, description)
        data = ObservedGpuData(matrix, torch.float64, torch.device(device))
    else:
        data = DenseData(Dense(X, description), torch.float64, torch.device(device))
    U, V = random.random((restarts, shape[0], 2)), random.random((restarts, 2, shape[1]))
    return kind.start(data, U, V), X, U, V


def work(batch, restarts):
    """More steps than are taken before one is recorded."""
    for _ in range(WARM_UP + 2):
        if isinstance(batch, DenseHals):
            batch.iterate()
        else:
            batch.stage(np.tile(END, (restarts, 1)), np.ones(restarts, bool))


@pytest.mark.parametrize(
    ("kind", "device"),
    [
        (DenseFlow, "cpu"),
        pytest.param(DenseHals, "cpu", marks=pytest.mark.extended),
        (DenseGpuFlow, "cpu"),
        pytest.param(DenseGpuHals, "cpu", marks=pytest.mark.extended),
        (ObservedGpuFlow, "cpu"),
        pytest.param(DenseGpuHals, "cuda", marks=NEEDS_GPU),
        pytest.param(DenseGpuFlow, "cuda", marks=NEEDS_GPU),
        pytest.param(ObservedGpuFlow, "cuda", marks=NEEDS_GPU),
    ],
)
def test_one_batch_is_alive_however_many_restarts_have_left(kind, device):
    alive = weakref.WeakSet()
    batch, *_ = batch_of(kind, device)
    work(batch, 6)  # compiles; a compiler keeps what called it until it is collected
    with no_collector():
        for restarts in range(6, 0, -1):
            batch = batch.keep(list(range(restarts)))
            alive.add(batch)
            work(batch, restarts)
            assert len(alive) == 1


@DEVICES
def test_a_batch_that_is_kept_after_its_step_was_recorded_goes_on_as_it_would_have(device):
    batch, X, U, V = batch_of(DenseGpuHals, device)
    work(batch, 6)
    left = batch.keep([4, 1])
    work(left, 2)
    for place, restart in enumerate([4, 1]):
        expected = sweep(X, U[restart], V[restart], 2 * (WARM_UP + 2), SWEEPS)
        for found, factor in zip(left.factors(place), expected, strict=True):
            np.testing.assert_allclose(found, factor, rtol=1e-7, atol=1e-10)
