"""Every benchmark that has small cases runs to its end."""

import os
import re
import subprocess
import sys
from pathlib import Path

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
