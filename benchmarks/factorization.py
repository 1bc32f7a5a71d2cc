"""One gradient of the flow for one restart: our batches of restarts against plain engines and the floor of operations.

float32, random data, one thread. Ours is a gradient in the middle of a step, with the stage of the formula that uses
it; beside it stands a whole Runge-Kutta-Chebyshev step, with its begin and its end, over its 20 gradients. The others
take a step of gradient descent of one restart; scikit-learn's rows are one iteration, which is other work on the same
matrix. The floor is 4 n m r + 4 (n + m) r^2 operations for a fully observed matrix (products with X and with the Grams)
and 6 r for each observed entry (an error and its part in two gradients). For a GPU there is `gpu.py`.

    python benchmarks/factorization.py orl movielens
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from baselines import (
    by_autograd,
    by_compiled_entries,
    by_plain_loop,
    by_sparse_products,
    can_compile,
    turn_of_sklearn,
    turn_of_step,
)
from clock import seconds_of, seconds_per_call
from contenders import Contender, Measurement, absent, measure
from shapes import SHAPES, compare_asked_shapes, random_matrix
from starts import starts_of
from table import Row, show

from starnmf.arrays import FloatArray
from starnmf.blocks import one_thread_per_block
from starnmf.factorization.engines import flow_engine
from starnmf.factorization.flow import END, FlowBatch, step_weights
from starnmf.factorization.formulas import chebyshev
from starnmf.matrix import Dense, Matrix, Observed

CPU = torch.device("cpu")

RESTARTS = 100
GRADIENTS = 20
"""Of the step that is timed."""

SECONDS = 15.0
"""Of the rounds of a case."""

SPARSE_PRODUCTS = "torch CSR"
COMPILED = "compiled COO (torch)"
WHOLE_STEP = "ours, whole step"

SHARE_TARGETS = {
    "orl": 0.9,
    "birdsong": 0.9,
    "extragalactic": 0.9,
    "satellite": 0.6,
    "metabolic": 0.5,
    "movielens": 1 / 3,
}
"""Least share of the peak of our gradient in the middle of a step."""

RATIO_TARGETS = {"netflix": 5.0, "goodbooks": 5.0}
"""Least ratio of torch's compressed rows to our gradient."""

LARGEST_RESIDUAL = 10**8
"""Entries up to which autograd is let loose on the full residual of an observed matrix: about 2 GB."""


Start = Callable[[FloatArray, FloatArray], FlowBatch]
"""A batch of restarts from U (k, n, r) and V (k, r, m)."""


class Step:
    """A step of a batch of k restarts, which is run again and again; its length is 1 / rho, at which all is tame."""

    def __init__(self, batch: FlowBatch, restarts: int, gradients: int) -> None:
        self.batch, self.restarts = batch, list(range(restarts))
        self.ending, self.going = np.ones(restarts, bool), np.zeros(restarts, bool)
        batch.stage(np.tile(END, (restarts, 1)), self.ending)
        self.lengths = 1 / np.array([batch.largest_eigenvalue(restart) for restart in self.restarts])
        formula = chebyshev(gradients)
        self.firsts = formula.first * self.lengths
        of_steps = np.stack([step_weights(formula, length) for length in self.lengths], axis=1)
        *self.weights, self.end_weights = of_steps
        self.accept()

    def begin(self) -> None:
        self.batch.start_steps(self.restarts, self.firsts)

    def run_stages(self) -> None:
        """All gradients but the last, at which the step ends."""
        for weights in self.weights:
            self.batch.stage(weights, self.going)

    def accept(self) -> None:
        self.batch.accept(self.restarts, np.zeros(len(self.restarts)))

    def run(self) -> None:
        """The whole step."""
        self.begin()
        self.run_stages()
        self.batch.stage(self.end_weights, self.ending)
        self.accept()


def compare(name: str, seconds: float = SECONDS) -> list[Row]:
    matrix = random_matrix(name)
    engine = flow_engine(matrix, RESTARTS, "float32", "cpu")
    contenders = [*ours(engine.start, matrix, engine.largest_batch, CPU), *plain_ones(matrix, CPU), *_on_a_cpu(matrix)]
    with one_thread_per_block():
        for contender in contenders:
            contender.prepare()()  # compiles
        measurements = measure(contenders, floor(matrix), torch.float32, CPU, seconds)
    if isinstance(matrix, Observed) and not can_compile():
        measurements.append(absent(f"{COMPILED}: no C++ compiler"))
    return [show(_row(name, measurement)) for measurement in measurements]


def floor(matrix: Matrix) -> float:
    """Additions and multiplications that a gradient of a restart cannot do without."""
    (n, m), rank = matrix.shape, matrix.description.rank
    if isinstance(matrix, Dense):
        return 4.0 * n * m * rank + 4.0 * (n + m) * rank**2
    return 6.0 * rank * matrix.values.size


def ours(
    start: Start, matrix: Matrix, restarts: int, device: torch.device, gradients: int = GRADIENTS
) -> Iterator[Contender]:
    """A gradient in the middle of a step of so many gradients and over a whole one, of a batch of so many restarts."""
    U, V = (np.stack(factors).astype(np.float32) for factors in zip(*starts_of(matrix, restarts), strict=True))

    def in_the_middle() -> Callable[[], float]:
        step = Step(start(U, V), restarts, gradients)

        def turn() -> float:
            step.begin()
            return seconds_of(step.run_stages, 1, device) / len(step.weights) / restarts

        return turn

    def whole() -> Callable[[], float]:
        step = Step(start(U, V), restarts, gradients)
        return lambda: seconds_per_call(step.run, device) / gradients / restarts

    yield Contender(f"ours ({restarts} a batch)", in_the_middle)
    yield Contender(f"{WHOLE_STEP} ({restarts} a batch)", whole)


def plain_ones(matrix: Matrix, device: torch.device) -> Iterator[Contender]:
    """Gradient steps of one restart by what torch offers."""
    U, V = (factor.astype(np.float32) for factor in starts_of(matrix, 1)[0])
    if matrix.shape[0] * matrix.shape[1] <= LARGEST_RESIDUAL:
        masked = "masked " if isinstance(matrix, Observed) else ""
        yield Contender(f"{masked}autograd", lambda: turn_of_step(by_autograd(matrix, U, V, device), device))
    if isinstance(matrix, Observed):
        yield Contender(SPARSE_PRODUCTS, lambda: turn_of_step(by_sparse_products(matrix, U, V, device), device))


def _on_a_cpu(matrix: Matrix) -> Iterator[Contender]:
    """What else there is on a CPU."""
    U, V = (factor.astype(np.float32) for factor in starts_of(matrix, 1)[0])
    if isinstance(matrix, Dense):
        for solver in ("cd", "mu"):
            yield Contender(f"scikit-learn {solver}", partial(turn_of_sklearn, solver, matrix, U, V))
        return
    if can_compile():
        yield Contender(COMPILED, lambda: turn_of_step(by_compiled_entries(matrix, U, V), CPU))
    yield Contender("compiled loop (numba)", lambda: turn_of_step(by_plain_loop(matrix, U, V), CPU))


def _row(name: str, measured: Measurement) -> Row:
    target, met, unit = "", None, "gradient step"
    if measured.contender.startswith("ours"):
        unit = "gradient"
        if name in SHARE_TARGETS and not measured.contender.startswith(WHOLE_STEP):
            target, met = f"share of peak >= {SHARE_TARGETS[name]:.2f}", measured.share_of_peak >= SHARE_TARGETS[name]
    elif measured.contender == SPARSE_PRODUCTS and name in RATIO_TARGETS:
        target, met = f"ratio >= {RATIO_TARGETS[name]:g}", measured.ratio >= RATIO_TARGETS[name]
    elif measured.contender.startswith("scikit-learn"):
        unit = "iteration"
    return Row("factorization", name, measured, unit, target=target, met=met)


def cases() -> list[str]:
    return list(SHAPES)


if __name__ == "__main__":
    compare_asked_shapes(compare, __doc__, SECONDS)
