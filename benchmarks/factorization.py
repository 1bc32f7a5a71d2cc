"""One step of one restart: the stacked engines against plain ones, and against the floor of their operations.

Everything runs in this process on one thread, in float32, on random data. The floor is 4 n m r operations for a fully
observed matrix (two products) and 6 r for each observed entry, at the rate of a large float32 product measured beside
it. Baselines: autograd on the residual (dense), and torch's sampled and sparse products, which is the engine used on a
GPU (observed).

    python benchmarks/factorization.py orl movielens
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from shapes import add_shapes, asked_shapes, random_matrix

from starnmf.factorization.dense import DenseData
from starnmf.factorization.descent import Data
from starnmf.factorization.observed import ObservedData
from starnmf.factorization.observed_gpu import ObservedGpuData
from starnmf.matrix import Dense, Matrix

CPU = torch.device("cpu")
ETA = 1e-7
RESTARTS = 100


def seconds(work: Callable[[], object], least: float) -> float:
    """Median time of a call, over as many calls as fill `least` seconds and three at least."""
    work()
    times: list[float] = []
    while sum(times) < least or len(times) < 3:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def peak_rate() -> float:
    """Operations per second of a large float32 product."""
    factor = torch.rand(2048, 2048)
    return 2 * 2048**3 / seconds(lambda: factor @ factor, 0.5)


def step_of_stack(data: Data, matrix: Matrix, restarts: int, least: float) -> float:
    """Seconds of a restart-step in a stack of so many restarts."""
    (n, m), r = matrix.shape, matrix.description.rank
    random = np.random.default_rng(1)
    stack = data.stack(
        random.random((restarts, n, r), dtype=np.float32), random.random((restarts, r, m), dtype=np.float32)
    )
    return seconds(lambda: stack.descend(np.full(restarts, ETA), 2), least) / 2 / restarts


def step_by_autograd(matrix: Dense, least: float) -> float:
    """Seconds of a step of one restart, its gradient by autograd through the residual."""
    (n, m), r = matrix.shape, matrix.description.rank
    X = torch.from_numpy(matrix.X)
    U, V = torch.rand(n, r, requires_grad=True), torch.rand(r, m, requires_grad=True)

    def step() -> None:
        (0.5 * (U @ V - X).square().sum()).backward()
        with torch.no_grad():
            for factor in (U, V):
                factor.sub_(factor.grad, alpha=ETA).clamp_(min=0)
                factor.grad = None

    return seconds(step, least)


def compare(name: str, least: float) -> None:
    matrix = random_matrix(name)
    (n, m), rank = matrix.shape, matrix.description.rank
    data: Data
    if isinstance(matrix, Dense):
        operations, data = 4.0 * n * m * rank, DenseData(matrix, torch.float32, CPU)
        baseline, plain = "autograd", step_by_autograd(matrix, least)
    else:
        operations, data = 6.0 * rank * matrix.values.size, ObservedData(matrix, torch.float32, RESTARTS)
        baseline = "torch sparse"
        plain = step_of_stack(ObservedGpuData(matrix, torch.float32, CPU), matrix, 1, least)
    width = data.largest_stack
    ours = step_of_stack(data, matrix, width, least)
    floor = operations / peak_rate()
    print(
        f"{name:14} {1e3 * ours:8.3f} ms per restart-step, {width:2d} stacked   floor {1e3 * floor:7.3f} ms   "
        f"{floor / ours:4.0%} of peak   {baseline} {1e3 * plain:8.2f} ms   ratio {plain / ours:5.1f}x",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_shapes(parser)
    parser.add_argument("--seconds", type=float, default=3.0, help="time of each measurement (default 3)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for shape in asked_shapes(arguments, parser):
        compare(shape, arguments.seconds)
