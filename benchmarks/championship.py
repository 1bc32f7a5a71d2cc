"""Seconds to a loss, for 1 and for 100 restarts: this package against other libraries, on real and planted problems.

How solvers are judged and clocked stands in `race.py`, how others are called in `peers.py`. On fully observed matrices
all descend from the same starts; the contenders are our flow and HALS, scikit-learn, PLANC, nn-fac and torchnmf. On
observed entries they minimize the same loss, without biases and regularization: our flow from its starts, cmfrec and
LIBMF from their own. implicit is left out: it fits preferences over all entries, the unobserved ones too, and its
factors may be negative.

The seconds of 100 restarts are measured for ours, as a batch (of fewer if these take longer than 20 seconds, and in
proportion); for others they are 100 times those of one restart, since none of them shares work between restarts. Ours
begin with the matrix as it lies in memory; what others need it converted to is prepared for them.

Every finished problem is written to `--table`, and a problem that is there is not measured again unless it is named.
Without `--data FOLDER`, which has the published files, planted problems are raced only. The peers are no dependencies
of the project:

    pip install --no-deps pyplanc nn-fac tensorly torchnmf cmfrec libmf
    python benchmarks/championship.py --data files
    python benchmarks/championship.py --data files metabolic --seconds 2
    python benchmarks/championship.py --markdown
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from allocator import start_again_with_fair_allocator
from descents import Descent, FlowDescent, HalsDescent, published_matrix
from peers import DENSE_PEERS, OBSERVED_PEERS, ContinuedDescent, Move, RepeatedDescent, imported
from race import WITHIN, FirstPass, Solver, are_followed_to_rest, clocked, first_pass, references
from scoreboard import Cell, Result, cells_of, markdown, read, write
from starts import Point, starts_of
from table import RESULTS, Row, show

from starnmf.blocks import one_thread_per_block
from starnmf.factorization.engines import flow_engine, hals_engine
from starnmf.factorization.regimes import plans
from starnmf.factorization.settings import Settings
from starnmf.matrix import Dense, Description, Matrix, matrix_from, observed_from_entries, scaled_to_unit_variance
from starnmf.seeds import generator

RESTARTS = 100

NOISE = 0.1
"""Standard deviation of the noise over that of the planted product."""

BATCH_SECONDS = 20.0
"""Seconds that a batch of ours may be expected to take at most; of fewer restarts otherwise."""

PATIENCE = 4.0
"""Times the seconds of all that one of ours is followed for to make the references."""


@dataclass(frozen=True)
class Problem:
    """How a problem is raced, and what it is."""

    starts: int
    seconds: float
    """Most seconds of a restart in the first pass."""
    planted: tuple[int, int, int, int | None] | None = None
    """Rows, columns, rank and observed entries (None: all) of a planted problem; of published files otherwise."""


PROBLEMS = {
    "metabolic": Problem(5, 3),
    "jasper": Problem(3, 10),
    "movielens-100k": Problem(3, 12),
    "planted-metabolic": Problem(3, 3, (9335, 36, 3, None)),
    "planted-satellite": Problem(3, 4, (162, 9425, 4, None)),
    "planted-observed": Problem(3, 4, (1000, 1500, 10, 100_000)),
    "orl": Problem(1, 40),
    "movielens": Problem(1, 40),
}


def compare(name: str, seconds: float = 1.0) -> list[Row]:
    """Rows for the table of all benchmarks: a short race on a planted problem, within 0.1 %."""
    cells = cells_of(raced(name, None, seconds))
    return [show(row) for cell in cells if cell.within == WITHIN[0] for row in cell.rows()]


def cases() -> list[str]:
    return [name for name, problem in PROBLEMS.items() if problem.planted]


def raced(name: str, data: Path | None, seconds: float | None) -> list[Result]:
    """Race all contenders on a problem."""
    problem = PROBLEMS[name]
    matrix = planted(name, *problem.planted) if problem.planted else _published(name, data)
    solvers, missing = solvers_of(matrix)
    results = race(name, matrix, solvers, problem.starts, seconds or problem.seconds)
    return [more for cell in cells_of(results) for more in (*cell.results, *map(cell.absent, missing))]


def race(
    name: str, matrix: Matrix, solvers: Sequence[Solver], starts: int, seconds: float, batch: int = RESTARTS
) -> list[Result]:
    """Race solvers on a matrix."""
    passes: list[FirstPass] = []
    with one_thread_per_block():
        for solver in solvers:
            passes.append(first_pass(solver, matrix, starts, seconds))
            print(f"{name}: {passes[-1].describe()}", flush=True)
        reference, rest = references(passes), are_followed_to_rest(passes)
        arrivals = [
            arrival
            for one in passes
            for within in WITHIN
            for arrival in clocked(one, matrix, reference, within, batch, BATCH_SECONDS)
        ]
    return [Result(name, starts, rest, arrival) for arrival in arrivals]


def solvers_of(matrix: Matrix) -> tuple[list[Solver], list[str]]:
    """The contenders on a matrix, and why others are missing."""
    (plan,) = plans(matrix, ("converged",), Settings())
    drawn: list[Point] = []

    def starts(places: range) -> list[Point]:
        if places.stop > len(drawn):
            drawn[:] = starts_of(matrix, places.stop)
        return [drawn[place] for place in places]

    def flow(places: range) -> Descent:
        # An engine for twice as many restarts puts these into one batch if it can.
        engine = flow_engine(matrix, 2 * len(places), "float32", "cpu")
        return FlowDescent(engine, plan.course, starts(places))

    def hals(places: range) -> Descent:
        return HalsDescent(hals_engine(matrix, 2 * len(places), "float32", "cpu"), starts(places))

    def continued(move: Move, places: range) -> Descent:
        float32 = [(U.astype(np.float32), V.astype(np.float32)) for U, V in starts(places)]
        return ContinuedDescent(move, float32)

    starts(range(RESTARTS))
    is_dense = isinstance(matrix, Dense)
    ours = [Solver("ours: flow", flow, is_ours=True, fewest=256, patience=1.0 if is_dense else PATIENCE)]
    if is_dense:
        ours.append(Solver("ours: hals", hals, is_ours=True, patience=PATIENCE))
    peers: list[Solver] = []
    missing = []
    for name, (module, method) in (DENSE_PEERS if is_dense else OBSERVED_PEERS).items():
        if (library := imported(module)) is None:
            missing.append(f"{name}: {module} is not installed")
        elif is_dense:
            peers.append(Solver(name, partial(continued, method(library, matrix))))
        else:
            begin = partial(RepeatedDescent, method(library, matrix))
            peers.append(Solver(name, begin, takes_starts=False, continues=False))
    return ours + peers, missing


def _published(name: str, folder: Path | None) -> Matrix:
    if folder is None:
        raise SystemExit(f"{name} is made of published files: --data says where they are")
    if name == "jasper":  # in no registry of this project
        from scipy.io import loadmat

        return matrix_from(loadmat(folder / "jasperRidge2_R198.mat")["Y"], rank=4, name=name)
    return published_matrix(name, folder)


def planted(name: str, n: int, m: int, r: int, observed: int | None) -> Matrix:
    """Gamma factors times each other plus noise, with variance 1."""
    description = Description(dataset=name, rank=r, source="own", raw_sha256={})
    random = generator(description.seed, "planted", name)
    product = random.gamma(0.5, size=(n, r)) @ random.gamma(0.5, size=(r, m))
    noise = NOISE * product.std() * random.standard_normal((n, m))
    X = np.maximum(product + noise, 0).astype(np.float32)
    if observed is None:
        return scaled_to_unit_variance(Dense(X, description))
    rows, columns = np.divmod(random.choice(n * m, observed, replace=False), m)
    return scaled_to_unit_variance(observed_from_entries(rows, columns, X[rows, columns], (n, m), description))


def _asked(parser: argparse.ArgumentParser) -> Iterator[Cell]:
    """Measure what is asked for and not yet in the table; all cells of it."""
    arguments = parser.parse_args()
    unknown = set(arguments.problems) - set(PROBLEMS)
    if unknown:
        parser.error(f"unknown problems {', '.join(sorted(unknown))}; expected some of {', '.join(PROBLEMS)}")
    known = read(arguments.table)
    offered = [] if arguments.markdown else list(PROBLEMS) if arguments.data else cases()
    torch.set_num_threads(1)
    for name in arguments.problems or [name for name in offered if name not in {one.problem for one in known}]:
        found = raced(name, arguments.data, arguments.seconds)
        known = [one for one in known if one.problem != name] + found
        known.sort(key=lambda one: list(PROBLEMS).index(one.problem))
        write(known, arguments.table)
        for cell in cells_of(found):
            print(cell.text(), flush=True)
    yield from cells_of(known)


if __name__ == "__main__":
    start_again_with_fair_allocator()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", nargs="*", metavar="problem", help="default: those that the table lacks")
    parser.add_argument("--data", type=Path, help="folder of published files")
    parser.add_argument("--seconds", type=float, help="most seconds of a restart in the first pass")
    parser.add_argument("--table", type=Path, default=RESULTS / "championship.csv", help="where results are kept")
    parser.add_argument("--markdown", action="store_true", help="print the table for the documentation alone")
    found = list(_asked(parser))
    print(markdown(found))
