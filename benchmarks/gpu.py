"""What to run first where there is a GPU: what is there, the tests that need it, and how fast it is, in 9 minutes.

Every case is a gradient of 100 restarts, divided by their number as in the table of the CPU; against it stand a large
product of cuBLAS in float32 (the share of peak), torch's compressed rows and autograd, in the same process. The columns
`bound` and `share_of_bound` say which of three floors is highest, arithmetic, memory (HBM) or the L2 cache, each at the
rate measured beside it, and how much of the time it explains. `predictions.csv` has what was expected of an H100.
"As the flow runs" is `Flow.advance` with all that the host does.

Besides this package it takes torch, triton, numpy, numba, h5py, pandas, scipy, scikit-learn, pytest and hypothesis.

    python benchmarks/gpu.py
    python benchmarks/gpu.py orl movielens --seconds 2
    python benchmarks/gpu.py --dry                       # all of it on a CPU, small, by Triton's interpreter
"""

import argparse
import csv
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import torch
from clock import seconds_per_call
from contenders import Contender, measure
from factorization import GRADIENTS, RESTARTS, Start, floor, ours, plain_ones
from peak import Peak
from shapes import SHAPES, asked_shapes, random_matrix
from starts import starts_of
from table import RESULTS, Row, show, write

from starnmf.blocks import one_thread_per_block
from starnmf.device import what_kernels_lack, why_no_gpu
from starnmf.factorization.flow import Course, Flow
from starnmf.matrix import Dense, Matrix

ROOT = Path(__file__).parents[1]
PREDICTIONS = Path(__file__).with_name("predictions.csv")

SECONDS = 8.0
"""Of the rounds of a case."""

LIMIT = 420.0
"""Seconds after which no other case is begun on a GPU; the last, training, takes two minutes, most of them to
compile."""

TESTS_LIMIT = 240.0
"""Seconds that tests take at most on a GPU."""

TESTS = ("test_gpu.py", "test_dense_gpu.py", "test_cuda_graph.py")
"""In `tests/factorization`."""

TESTS_WITH_MORE_PACKAGES = (
    "tests/factorization/test_descent.py::test_gpu_descends_as_the_cpu_does_and_to_the_same_bits_twice",
    "tests/networks/test_networks_on_gpu.py",
)
DRY_TESTS = "repeated or a_stage_is or beginning"
"""A few, as Triton's interpreter takes minutes for all."""

DRY_SHAPES = {"orl": (9, 40, 3, None), "movielens": (5, 6, 2, 15)}


@dataclass(frozen=True)
class Rates:
    """What the card does in a second, measured."""

    arithmetic: float
    """Operations in float32."""
    memory: float
    """Bytes of arrays too large for the L2 cache."""
    cache: float
    """Bytes of arrays that lie in the L2 cache."""


@dataclass(frozen=True)
class Bounded(Row):
    """A row with what bounds it."""

    bound: str = ""
    share_of_bound: float = np.nan
    predicted_ms: str = ""
    """For all restarts, on an H100."""

    def cells(self) -> dict[str, str]:
        share = "" if np.isnan(self.share_of_bound) else f"{self.share_of_bound:.3g}"
        return super().cells() | {
            "bound": self.bound,
            "share_of_bound": share,
            "predicted_ms": self.predicted_ms,
        }


def report_machine(device: torch.device) -> str:
    """Print what there is; returns what is missing, empty where nothing is."""
    print(f"python {platform.python_version()}, {_version('triton')}")
    print(f"torch {torch.__version__} for CUDA {torch.version.cuda}")
    missing = [reason for reason in (why_no_gpu(), what_kernels_lack()) if reason]
    if device.type == "cuda" and not missing:
        card = torch.cuda.get_device_properties(device)
        driver = Path("/proc/driver/nvidia/version")
        print(f"{card.name}, {card.total_memory / 2**30:.0f} GiB, compute capability {card.major}.{card.minor}")
        print(f"{card.multi_processor_count} multiprocessors, L2 cache {card.L2_cache_size / 2**20:.0f} MiB")
        print(driver.read_text().splitlines()[0] if driver.exists() else "driver: not told")
    for reason in missing:
        print(f"missing: {reason}")
    return "; ".join(missing)


def run_tests(dry: bool) -> bool:
    """Run the tests of the GPU path; a few of them where that is a dry run."""
    lacking = networks_lack()
    if lacking:
        print(f"tests of whole descents and networks: left out, since {lacking} is not installed")
    files = [f"tests/factorization/{name}" for name in TESTS] + [*([] if lacking else TESTS_WITH_MORE_PACKAGES)]
    chosen = ["-k", DRY_TESTS] if dry else ["-m", "not extended"]
    try:
        command = [sys.executable, "-m", "pytest", "-q", *files, *chosen]
        return subprocess.run(command, cwd=ROOT, timeout=None if dry else TESTS_LIMIT, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        print(f"tests: not done after {TESTS_LIMIT:g} s")
        return False


def networks_lack() -> str:
    """The package that networks need and that is not installed; empty where none is."""
    try:
        for module in ("starnmf.datasets.cifar10", "networks"):
            import_module(module)
    except ModuleNotFoundError as error:
        return str(error.name)
    return ""


def measured_rates(device: torch.device) -> Rates:
    """Of a large product, of copying an array, and of adding up one that lies in the L2 cache again and again."""
    large, small, times = (2**28, 2**22, 32) if device.type == "cuda" else (2**20, 2**14, 4)
    source = torch.rand(large, device=device)
    target = torch.empty_like(source)
    copying = seconds_per_call(lambda: target.copy_(source), device)
    cached = source[:small].view(-1, 4).expand(times, -1, -1)
    adding = seconds_per_call(lambda: cached.sum((1, 2)), device)
    return Rates(
        1 / Peak(torch.float32, device).seconds_per_operation(), 8 * large / copying, 4 * times * small / adding
    )


def bound(matrix: Matrix, rates: Rates) -> tuple[str, float]:
    """What bounds a gradient of one restart among many, and the seconds it takes at least.

    Fully observed, X is read once for all restarts and left out; a product is written and read, Y is read by two
    products and a stage, which reads three more arrays and writes two. On observed entries every entry gathers a row of
    either factor from the L2 cache; from memory a walk reads Y and writes a gradient, and a stage reads both and three
    more arrays and writes two.
    """
    (n, m), rank = matrix.shape, matrix.description.rank
    seconds = {"arithmetic": floor(matrix) / rates.arithmetic}
    arrays = 10 if isinstance(matrix, Dense) else 9
    seconds["memory"] = 4.0 * arrays * (n + m) * rank / rates.memory
    if not isinstance(matrix, Dense):
        seconds["L2 cache"] = 4.0 * 2 * matrix.values.size * rank / rates.cache
    name = max(seconds, key=lambda key: seconds[key])
    return name, seconds[name]


def starting(matrix: Matrix, device: torch.device) -> Start:
    """The engine that runs on a GPU, on any device."""
    if isinstance(matrix, Dense):
        from starnmf.factorization.dense.data import DenseData
        from starnmf.factorization.dense_gpu.flow import DenseGpuFlow

        dense = DenseData(matrix, torch.float32, device)
        return lambda U, V: DenseGpuFlow.start(dense, U, V)
    from starnmf.factorization.observed_gpu.flow import ObservedGpuData, ObservedGpuFlow

    observed = ObservedGpuData(matrix, torch.float32, device)
    return lambda U, V: ObservedGpuFlow.start(observed, U, V)


def as_it_runs(start: Start, matrix: Matrix, restarts: int, device: torch.device, gradients: int) -> Contender:
    """The flow from its start, with the steps that it chooses itself."""

    def prepare() -> Callable[[], float]:
        U, V = (np.stack(factors).astype(np.float32) for factors in zip(*starts_of(matrix, restarts), strict=True))
        flow = Flow(start(U, V), Course(1e-7, np.array([0.0, 1e4, 1e12]), 10_000, 10**9), restarts)

        def advance() -> None:
            flow.go_on(flow.advance())

        return lambda: seconds_per_call(lambda: [advance() for _ in range(gradients)], device) / gradients / restarts

    return Contender(f"ours, as the flow runs ({restarts} a batch)", prepare)


def sweeps(matrix: Dense, restarts: int, device: torch.device) -> Contender:
    """An iteration of HALS."""
    from starnmf.factorization.dense.data import DenseData
    from starnmf.factorization.dense_gpu.hals import DenseGpuHals

    def prepare() -> Callable[[], float]:
        U, V = (np.stack(factors).astype(np.float32) for factors in zip(*starts_of(matrix, restarts), strict=True))
        batch = DenseGpuHals.start(DenseData(matrix, torch.float32, device), U, V)
        return lambda: seconds_per_call(batch.iterate, device) / restarts

    return Contender(f"ours, hals ({restarts} a batch)", prepare)


def compare(name: str, device: torch.device, rates: Rates, seconds: float) -> Iterator[Row]:
    matrix, predicted = random_matrix(name), _predictions().get(name, "")
    start, dry = starting(matrix, device), device.type == "cpu"
    restarts, gradients = (2, 4) if dry else (RESTARTS, GRADIENTS)
    contenders = [
        *ours(start, matrix, restarts, device, gradients),
        as_it_runs(start, matrix, restarts, device, gradients),
    ]
    contenders += plain_ones(matrix, device)
    if isinstance(matrix, Dense) and name == "orl":
        contenders.append(sweeps(matrix, restarts, device))
    with one_thread_per_block():
        for contender in [] if dry else contenders:
            contender.prepare()()  # compiles
        measurements = measure(contenders, floor(matrix), torch.float32, device, seconds, memory=not dry)
    for place, measured in enumerate(measurements):
        is_ours = measured.contender.startswith("ours")
        binding, least = bound(matrix, rates)
        unit = "iteration" if "hals" in measured.contender else "gradient" if is_ours else "gradient step"
        share = least / measured.seconds if unit == "gradient" else np.nan
        extra = {"bound": binding, "share_of_bound": share, "predicted_ms": predicted if place == 0 else ""}
        yield show(Bounded("gpu", name, measured, unit, **extra))
        if unit == "gradient":
            print(f"{'':32}{share:.2g} of what {binding} allows", flush=True)


def training(device: torch.device, seconds: float) -> Iterator[Row]:
    """Training and line losses, where what they need is installed."""
    if lacking := networks_lack():
        print(f"networks: left out, since {lacking} is not installed")
        return
    networks = import_module("networks")
    case = "resnet20-k1" if device.type == "cuda" else "resnet8-k0.25"
    for row in networks.compare(case, device, seconds):
        yield Bounded(row.subject, row.case, row.measured, row.unit)


def run(arguments: argparse.Namespace) -> int:
    began = time.monotonic()
    device = torch.device("cpu" if arguments.dry else "cuda")
    if report_machine(device) and not arguments.dry:
        return 1
    passed = run_tests(arguments.dry)
    print("tests: passed" if passed else "tests: NOT PASSED", flush=True)
    rates = measured_rates(device)
    print(f"{rates.arithmetic / 1e12:.3g} TFLOP/s in float32 by a large product")
    print(f"memory {rates.memory / 1e12:.3g} TB/s, L2 cache {rates.cache / 1e12:.3g} TB/s", flush=True)
    rows: list[Row] = []
    cases = {name: partial(compare, name, device, rates, arguments.seconds) for name in arguments.shapes}
    cases["training"] = partial(training, device, arguments.seconds)
    for name, case in cases.items():
        if time.monotonic() - began > LIMIT and not arguments.dry:
            print(f"{name}: left out, since {LIMIT:g} s are over")
        else:
            rows += case()
    if arguments.dry:
        with tempfile.TemporaryDirectory() as folder:
            table = write(rows, "dry", device, Path(folder))
            print(f"{len(table.read_text().splitlines()) - 1} rows, thrown away: a dry run measures nothing")
    else:
        card = re.sub(r"\W+", "-", torch.cuda.get_device_name(device)).lower()
        print(f"{time.monotonic() - began:.0f} s; the table is in {write(rows, card, device, RESULTS)}")
    return 0 if passed else 1


def _predictions() -> dict[str, str]:
    with open(PREDICTIONS, newline="") as file:
        return {row["case"]: row["predicted_ms"] for row in csv.DictReader(file)}


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", help=f"some of {', '.join(SHAPES)}; default: all")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of the rounds of a case (default {SECONDS:g})")
    parser.add_argument("--dry", action="store_true", help="go through all of it on a CPU, small")
    given = parser.parse_args()
    given.shapes = asked_shapes(given, parser) if given.shapes else list(SHAPES)
    if given.dry:
        if os.environ.get("TRITON_INTERPRET") != "1":  # read when Triton is first imported
            os.environ["TRITON_INTERPRET"] = "1"
            os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ)
        SHAPES.update(DRY_SHAPES)
        given.shapes, given.seconds = list(DRY_SHAPES), 0.0
    torch.set_num_threads(1)
    sys.exit(run(given))
