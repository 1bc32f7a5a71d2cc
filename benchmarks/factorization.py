"""One gradient step of one restart: our stacks of restarts against plain engines and against the floor of operations.

float32, random data, one thread. The floor is 4 n m r + 4 (n + m) r^2 operations for a fully observed matrix (products
with X and with the Grams) and 6 r for each observed entry (an error and two updates). scikit-learn's rows are one
iteration, which is other work on the same matrix. On a GPU all 100 restarts are one stack.

    python benchmarks/factorization.py orl movielens
"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from allocator import start_again_with_fair_allocator
from baselines import (
    ETA,
    by_autograd,
    by_compiled_entries,
    by_plain_loop,
    by_sparse_products,
    can_compile,
    turn_of_sklearn,
    turn_of_step,
)
from clock import seconds_per_call
from contenders import Contender, Measurement, absent, measure
from shapes import SHAPES, add_shapes, asked_shapes, random_matrix
from table import Row, show

from starnmf.blocks import one_thread_per_block
from starnmf.factorization.engines import Engine, engine
from starnmf.matrix import Dense, FloatArray, Matrix, Observed

RESTARTS = 100
STEPS = {"cpu": 2, "cuda": 50}
"""Steps of a call: on a GPU as many as between two looks at the loss, since starting them takes time."""

SECONDS = 15.0
"""Of the rounds of a case."""

SPARSE_PRODUCTS = "torch CSR"
COMPILED = "compiled COO (torch)"

SHARE_TARGETS = {
    "orl": 0.9,
    "birdsong": 0.9,
    "extragalactic": 0.9,
    "satellite": 0.6,
    "metabolic": 0.5,
    "movielens": 1 / 3,
}
"""Least share of the peak of our restart-step."""

RATIO_TARGETS = {"netflix": 5.0, "goodbooks": 5.0}
"""Least ratio of torch's compressed rows to our restart-step."""

LARGEST_RESIDUAL = 10**8
"""Entries up to which autograd is let loose on the full residual of an observed matrix: about 2 GB."""


def compare(name: str, device: torch.device, seconds: float = SECONDS) -> list[Row]:
    matrix = random_matrix(name)
    contenders = [_ours(matrix, device), *_baselines(matrix, device)]
    with one_thread_per_block():
        for contender in contenders:
            contender.prepare()()  # compiles
        measurements = measure(contenders, floor(matrix), torch.float32, device, seconds)
    if isinstance(matrix, Observed) and not can_compile(device):
        measurements.append(absent(f"{COMPILED}: no C++ compiler"))
    return [show(_row(name, measurement)) for measurement in measurements]


def floor(matrix: Matrix) -> float:
    """Additions and multiplications a restart-step cannot do without."""
    (n, m), rank = matrix.shape, matrix.description.rank
    if isinstance(matrix, Dense):
        return 4.0 * n * m * rank + 4.0 * (n + m) * rank**2
    return 6.0 * rank * matrix.values.size


def _ours(matrix: Matrix, device: torch.device) -> Contender:
    restarts = _engine(matrix, device).largest_stack

    def prepare() -> Callable[[], float]:
        stack = _engine(matrix, device).start(*_random_factors(matrix, restarts))
        eta, steps = np.full(restarts, ETA), STEPS[device.type]
        return lambda: seconds_per_call(lambda: stack.descend(eta, steps), device) / steps / restarts

    return Contender(f"ours ({restarts} stacked)", prepare)


def _baselines(matrix: Matrix, device: torch.device) -> Iterator[Contender]:
    U, V = (factors[0] for factors in _random_factors(matrix, 1))
    if matrix.shape[0] * matrix.shape[1] <= LARGEST_RESIDUAL:
        masked = "masked " if isinstance(matrix, Observed) else ""
        yield Contender(f"{masked}autograd", lambda: turn_of_step(by_autograd(matrix, U, V, device), device))
    if isinstance(matrix, Observed):
        yield Contender(SPARSE_PRODUCTS, lambda: turn_of_step(by_sparse_products(matrix, U, V, device), device))
        if can_compile(device):
            yield Contender(COMPILED, lambda: turn_of_step(by_compiled_entries(matrix, U, V, device), device))
        if device.type == "cpu":
            yield Contender("compiled loop (numba)", lambda: turn_of_step(by_plain_loop(matrix, U, V), device))
    elif device.type == "cpu":
        for solver in ("cd", "mu"):
            yield Contender(f"scikit-learn {solver}", partial(turn_of_sklearn, solver, matrix, U, V))


def _engine(matrix: Matrix, device: torch.device) -> Engine:
    return engine(matrix, "gradient-descent", RESTARTS, "float32", device.type)


def _random_factors(matrix: Matrix, restarts: int) -> tuple[FloatArray, FloatArray]:
    """U (k, n, r) and V (k, r, m), uniform on [0, 1)."""
    (n, m), r = matrix.shape, matrix.description.rank
    random = np.random.default_rng(1)
    return random.random((restarts, n, r), dtype=np.float32), random.random((restarts, r, m), dtype=np.float32)


def _row(name: str, measured: Measurement) -> Row:
    target, met = "", None
    if measured.contender.startswith("ours") and name in SHARE_TARGETS:
        target, met = f"share of peak >= {SHARE_TARGETS[name]:.2f}", measured.share_of_peak >= SHARE_TARGETS[name]
    elif measured.contender == SPARSE_PRODUCTS and name in RATIO_TARGETS:
        target, met = f"ratio >= {RATIO_TARGETS[name]:g}", measured.ratio >= RATIO_TARGETS[name]
    unit = "iteration" if measured.contender.startswith("scikit-learn") else "restart-step"
    return Row("factorization", name, measured, unit, target=target, met=met)


def cases() -> list[str]:
    return list(SHAPES)


if __name__ == "__main__":
    start_again_with_fair_allocator()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_shapes(parser)
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of the rounds of a case (default {SECONDS:g})")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for shape in asked_shapes(arguments, parser):
        compare(shape, torch.device(arguments.device), arguments.seconds)
