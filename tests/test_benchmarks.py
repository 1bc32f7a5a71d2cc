"""Every benchmark that has small cases runs to its end."""

import importlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from starnmf.datasets.stand_in import write_stand_in

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.extended


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Synthetic data in the published format."""
    folder = tmp_path_factory.mktemp("data")
    write_stand_in("metabolic", folder, (60, 12), 3, 0)
    return folder


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("curvature.py metabolic --seconds 0.01", "all pairs"),
        ("optima.py metabolic --seconds 0.01 --optima 4", "all pairs"),
        ("kernels.py metabolic --seconds 0.01", "numpy"),
        ("championship.py planted-observed --seconds 0.05 --table {data}/table.csv", "planted-observed, 100 to within"),
        ("networks.py resnet8-k0.25 --seconds 0.01", "ours"),
        ("network_cost.py presets/paper.yaml presets/networks-small.yaml", "resnet"),
        ("gpu.py --dry", "a dry run measures nothing"),
        ("accuracy.py metabolic --skip-paper-end --data {data}", "mean alpha"),
    ],
    ids=lambda text: text.split(".py")[0],
)
def test_a_benchmark_runs_to_its_end(command, printed, data):
    name, *arguments = command.format(data=data).split()
    run = [sys.executable, str(ROOT / "benchmarks" / name), *arguments]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert printed in done.stdout


ABSENT = {"astropy", "bokeh", "cvxpy", "jsonschema", "matplotlib", "requests", "soundfile", "tqdm", "typer", "yaml"}

FEW_PACKAGES = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Absent())
import gpu, torch
from shapes import SHAPES, random_matrix
SHAPES.update(gpu.DRY_SHAPES)
for name in gpu.DRY_SHAPES:
    gpu.starting(random_matrix(name), torch.device("cpu"))
assert list(gpu.training(torch.device("cpu"), 0)) == []
"""


def test_a_gpu_is_tried_with_few_packages():
    """Those that whoever lends a GPU for half an hour has installed: networks alone are left out."""
    environment = {**os.environ, "TRITON_INTERPRET": "1"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "benchmarks"), str(ROOT / "workflow")])
    run = [sys.executable, "-c", FEW_PACKAGES.format(absent=ABSENT)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"networks: left out, since \w+ is not installed\n", done.stdout)


@pytest.fixture
def benchmark(monkeypatch):
    """Import a module of the benchmarks by its name."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module


@pytest.fixture
def raced(benchmark):
    """Cells of a race of ours, scikit-learn and a solver that stays where it starts on a tiny planted matrix."""
    championship, race, peers = map(benchmark, ("championship", "race", "peers"))
    matrix = championship.planted("tiny", 60, 40, 2, None)
    offered = {one.name: one for one in championship.solvers_of(matrix)[0]}
    starts = benchmark("starts").starts_of(matrix, 4)

    def stuck(places):
        return peers.ContinuedDescent(lambda U, V, iterations: (U, V), [starts[place] for place in places])

    solvers = [offered["ours: hals"], offered["scikit-learn cd"], race.Solver("stuck", stuck)]
    results = championship.race("tiny", matrix, solvers, starts=3, seconds=0.5, batch=4)
    return benchmark("scoreboard").cells_of(results)


def test_a_solver_that_never_arrives_is_reported_as_such(raced):
    assert [(cell.restarts, cell.within) for cell in raced] == [(1, 1e-3), (4, 1e-3), (1, 1e-4), (4, 1e-4)]
    for cell in raced:
        *arrived, last = cell.results
        assert {one.arrival.contender for one in arrived} == {"ours: hals", "scikit-learn cd"}
        assert all(one.arrival.excess < 1e-4 for one in arrived)
        assert arrived[0].seconds <= arrived[1].seconds < np.inf
        assert (last.arrival.contender, last.seconds) == ("stuck", np.inf)
        assert last.arrival.excess > 1
        assert re.search(r"stuck .* not in \S+ s a restart; \S+% above", cell.text())
        (ours,) = (one for one in arrived if one.is_ours)
        assert ours.arrival.clocked == cell.restarts


def test_a_table_is_read_as_it_was_written(raced, benchmark, tmp_path):
    scoreboard = benchmark("scoreboard")
    scoreboard.write(
        [one for cell in raced for one in (*cell.results, cell.absent("PLANC: absent"))], tmp_path / "t.csv"
    )
    again = scoreboard.cells_of(scoreboard.read(tmp_path / "t.csv"))
    assert [cell.is_first() for cell in again] == [cell.is_first() for cell in raced]
    assert [cell.lead() for cell in again] == pytest.approx([cell.lead() for cell in raced], rel=1e-2)
    assert all("PLANC: absent" in cell.text() for cell in again)
    assert scoreboard.read(tmp_path / "none.csv") == []


@pytest.mark.parametrize(
    ("ours", "other", "is_first", "lead", "verdict"),
    [
        (1.0, 4.0, True, 4, "ours first, by 4"),
        (4.0, 1.0, False, 0.25, "lost to PLANC HALS, ours takes 4x: it sweeps"),
        (1.0, np.nan, True, 30, "ours first, by at least 30"),
        (np.nan, 1.0, False, 1 / 30, "lost to PLANC HALS, ours did not arrive"),
        (np.nan, np.nan, False, np.nan, "nobody arrived"),
    ],
)
def test_who_is_first(benchmark, ours, other, is_first, lead, verdict):
    scoreboard, race = benchmark("scoreboard"), benchmark("race")
    results = [
        scoreboard.Result("planted", 3, True, race.Arrival(name, 1, 1e-3, seconds, 10, 1, 0.0, 30.0))
        for name, seconds in (("PLANC HALS", other), ("ours: flow", ours))
    ]
    (cell,) = scoreboard.cells_of(results)
    assert (cell.is_first(), cell.lead()) == (is_first, pytest.approx(lead, nan_ok=True))
    assert cell.verdict().startswith(verdict)
    assert f"first in {is_first:d} of 1 cells" in scoreboard.markdown([cell])


def test_references(benchmark):
    """Each start has its own where all begin there; otherwise the lowest median counts for all."""
    race = benchmark("race")

    def passed(name, losses, takes_starts=True):
        solver = race.Solver(name, None, takes_starts=takes_starts)
        losses = np.array(losses, float)[:, np.newaxis] + [5, 0, 0]
        return race.FirstPass(solver, np.array([1, 64, 128]), losses, np.arange(3.0))

    ours, same = passed("ours", [1, 2, 9]), passed("other", [3, 1, 4])
    assert race.references([ours, same]).tolist() == [1, 1, 4]
    own = passed("other", [3, 1, 4], takes_starts=False)
    assert race.references([ours, own]).tolist() == [2, 2, 2]
    assert race.are_followed_to_rest([ours, own])
    assert ours.arrivals(np.array([1.0, 2.0, 2.0])).tolist() == [64, 64, np.inf]
    in_less = replace(ours, limit=0.0)
    assert in_less.arrivals(np.array([1.0, 7.0, 2.0])).tolist() == [np.inf, 1, np.inf]


def test_an_absent_library_is_none(benchmark):
    assert benchmark("peers").imported("no_such_library") is None
