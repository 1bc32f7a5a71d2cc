"""Seconds until a restart is within 0.1 % of the best loss known from its start: our optimizers, scikit-learn's `cd`.

Planted problems: low-rank gamma factors plus noise, in shapes of the paper's Table 1 and others; float32, and everybody
descends from the same starts. A first pass of every contender tells the best loss from each start and the iterations by
which half of the restarts are within 0.1 % of it. Each contender then runs so many iterations against the clock: ours
stacked, with the looks at the loss that its schedule asks for, scikit-learn one start after the other. Where half of
the restarts did not arrive in the first pass, there are no seconds. scikit-learn knows no unobserved entries.

    python benchmarks/optimizers.py planted metabolic
"""

import argparse
import io
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from allocator import start_again_with_fair_allocator
from baselines import iterations_of_sklearn
from contenders import Contender, Measurement, absent, measure
from table import Row, show

from starnmf.blocks import one_thread_per_block
from starnmf.factorization.descent import factorize
from starnmf.factorization.initialization import draw_starts
from starnmf.factorization.regimes import OPTIMIZERS, schedule
from starnmf.factors import Factors
from starnmf.matrix import Dense, Description, FloatArray, Matrix, mean, observed_from_entries, scaled_to_unit_variance
from starnmf.seeds import generator

CPU = torch.device("cpu")

SKLEARN = "scikit-learn cd"
SKLEARN_LOOK = 5
"""Iterations of scikit-learn between two looks at the loss, in the first pass only."""

FIRST_PASS = 400
"""Iterations in which every contender but gradient descent comes to rest."""

WITHIN = 1e-3
"""Relative distance from the best loss at which a restart has arrived."""

NOISE = 0.1
"""Standard deviation of the noise over that of the planted product."""

SECONDS = 10.0
"""Of the rounds of a case."""


@dataclass(frozen=True)
class Problem:
    """Shape of a planted problem, its observed entries (None: all) and the restarts it is solved from."""

    rows: int
    columns: int
    rank: int
    observed: int | None
    restarts: int
    gradient_steps: int
    """Gradient steps in which half of the restarts arrive; `orl` would take minutes."""


PROBLEMS = {
    "planted": Problem(400, 1000, 20, None, 6, 3000),
    "metabolic": Problem(9335, 36, 3, None, 8, 12_000),
    "orl": Problem(400, 10304, 49, None, 2, 500),
    "observed": Problem(1000, 1500, 10, 100_000, 8, 6000),
}


@dataclass(frozen=True)
class FirstPass:
    """A contender's losses (k, c) of k restarts after so many `steps` (c,), and how it runs again."""

    name: str
    steps: npt.NDArray[np.int64]
    losses: npt.NDArray[np.float64]
    seconds: float
    run: Callable[[int], float]
    """Seconds of a restart for so many steps."""

    def arrival(self, best: npt.NDArray[np.float64]) -> int | None:
        """Steps after which half of the restarts are near the best loss from their starts (k,); None: never."""
        arrived = self.losses <= (1 + WITHIN) * best[:, np.newaxis]
        half = np.flatnonzero(2 * arrived.sum(0) >= len(best))
        return int(self.steps[half[0]]) if len(half) else None


def compare(name: str, threads: int = 1, seconds: float = SECONDS) -> list[Row]:
    matrix = planted(name)
    with one_thread_per_block():
        passes = [*_our_passes(matrix, threads), *_sklearn_pass(matrix)]
        best = np.min([one.losses.min(1) for one in passes], axis=0)
        arrivals = [(one, steps) for one in passes if (steps := one.arrival(best)) is not None]
        # The fastest of ours by its first pass is what the others are compared with.
        arrivals.sort(key=lambda pair: (pair[0].name == SKLEARN, pair[0].seconds * pair[1] / pair[0].steps[-1]))
        contenders = [
            Contender(f"{one.name} ({steps} iterations)", partial(partial, one.run, steps)) for one, steps in arrivals
        ]
        measurements = measure(contenders, np.nan, torch.float32, CPU, seconds)
    if arrivals and arrivals[0][0].name == SKLEARN:  # none of ours arrived
        measurements = [replace(measured, ratio=np.nan) for measured in measurements]
    late = [f"{one.name} (not in {one.steps[-1]} iterations)" for one in passes if one.arrival(best) is None]
    measurements += map(absent, late)
    return [show(_row(name, measured, threads)) for measured in measurements]


def cases() -> list[str]:
    return list(PROBLEMS)


def _row(name: str, measured: Measurement, threads: int) -> Row:
    unit = f"restart to {WITHIN:.1%}"
    if not measured.contender.startswith(SKLEARN):
        return Row("optimizers", name, measured, unit, threads)
    return Row("optimizers", name, measured, unit, 1, "ratio >= 1", measured.ratio >= 1)


def planted(name: str) -> Matrix:
    """Gamma factors times each other plus noise, with variance 1."""
    problem = PROBLEMS[name]
    n, m, r = problem.rows, problem.columns, problem.rank
    description = Description(dataset=name, rank=r, source="own", raw_sha256={})
    random = generator(description.seed, "planted", name)
    product = random.gamma(0.5, size=(n, r)) @ random.gamma(0.5, size=(r, m))
    noise = NOISE * product.std() * random.standard_normal((n, m))
    X = np.maximum(product + noise, 0).astype(np.float32)
    if problem.observed is None:
        return scaled_to_unit_variance(Dense(X, description))
    rows, columns = np.divmod(random.choice(n * m, problem.observed, replace=False), m)
    return scaled_to_unit_variance(observed_from_entries(rows, columns, X[rows, columns], (n, m), description))


def _our_passes(matrix: Matrix, threads: int) -> Iterator[FirstPass]:
    problem = PROBLEMS[matrix.description.dataset]
    for optimizer in OPTIMIZERS:
        descend = partial(_descend, optimizer, matrix, problem.restarts, threads)
        start = time.perf_counter()
        factors = descend(problem.gradient_steps if optimizer == "gradient-descent" else FIRST_PASS)
        seconds = time.perf_counter() - start
        run = partial(_seconds_of_a_restart, descend, problem.restarts)
        yield FirstPass(f"ours: {optimizer}", factors.history_step, factors.history_loss, seconds, run)


def _descend(optimizer: str, matrix: Matrix, restarts: int, threads: int, steps: int) -> Factors:
    plan = schedule(
        "converged", matrix, learning_rate=1e-7, steps=1, step_cap=steps, tolerance=0.0, optimizer=optimizer
    )
    with redirect_stderr(io.StringIO()):  # the progress bar
        return factorize(matrix, replace(plan, tolerance=None), restarts, 0, CPU.type, threads)


def _sklearn_pass(matrix: Matrix) -> Iterator[FirstPass]:
    if not isinstance(matrix, Dense):
        return
    starts = _starts(matrix, PROBLEMS[matrix.description.dataset].restarts)
    losses = np.array([list(_losses_of_sklearn(matrix, *start)) for start in starts])

    def solve(steps: int) -> None:
        for U, V in starts:
            iterations_of_sklearn("cd", matrix, U, V, steps)

    steps = np.arange(0, FIRST_PASS + 1, SKLEARN_LOOK)
    yield FirstPass(SKLEARN, steps, losses, np.nan, partial(_seconds_of_a_restart, solve, len(starts)))


def _losses_of_sklearn(matrix: Dense, U: FloatArray, V: FloatArray) -> Iterator[float]:
    """Losses at the start and after every few iterations."""
    yield _loss(matrix, U, V)
    for _ in range(FIRST_PASS // SKLEARN_LOOK):
        U, V = iterations_of_sklearn("cd", matrix, U, V, SKLEARN_LOOK)
        yield _loss(matrix, U, V)


def _starts(matrix: Matrix, restarts: int) -> list[tuple[FloatArray, FloatArray]]:
    """The starts our restarts descend from, in float32."""
    (n, m), description = matrix.shape, matrix.description
    attributes: dict[str, str | int | float] = {
        "dataset": description.dataset,
        "rate": description.rate,
        "seed": description.seed,
        "n": n,
        "m": m,
        "rank": description.rank,
        "mean": mean(matrix),
    }
    U, V = draw_starts(attributes, "start", range(restarts))
    return list(zip(U.astype(np.float32), V.astype(np.float32), strict=True))


def _loss(matrix: Dense, U: FloatArray, V: FloatArray) -> float:
    """1/2 mean squared error, in float64."""
    return 0.5 * float(np.square(U.astype(np.float64) @ V - matrix.X).mean())


def _seconds_of_a_restart(solve: Callable[[int], object], restarts: int, steps: int) -> float:
    start = time.perf_counter()
    solve(steps)
    return (time.perf_counter() - start) / restarts


if __name__ == "__main__":
    start_again_with_fair_allocator()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "problems",
        nargs="*",
        default=cases(),
        choices=PROBLEMS,
        metavar="problem",
        help=f"any of {', '.join(PROBLEMS)}; default: all",
    )
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of the rounds of a case (default {SECONDS:g})")
    parser.add_argument("--threads", type=int, default=1, help="threads of our stacks (default 1)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for name in arguments.problems:
        compare(name, arguments.threads, arguments.seconds)
