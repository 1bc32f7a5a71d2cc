"""The declared experiments, by the command that runs them."""

import inspect
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
import yaml

from starnmf.experiments import EXPERIMENTS
from starnmf.results.experiment import ALL
from tests.in_process import starnmf

CONFIGURATION = Path(__file__).parents[1] / "config.yaml"


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_declaration_fits_its_function_and_the_configuration(name):
    experiment = EXPERIMENTS[name]
    function = getattr(import_module(experiment.module), experiment.function.split(":")[1])
    taken = ["trials" if taken == "starts" else taken for taken in inspect.signature(function).parameters]
    assert taken == list(experiment.arguments)
    assert taken == [argument for argument in ALL if argument in taken]
    assert not experiment.trials_key or experiment.trials_key in yaml.safe_load(CONFIGURATION.read_text())
    assert bool(experiment.trials_key) == ("trials" in taken)


def test_the_command_writes_the_table_and_a_seed_changes_it(tmp_path):
    for seed in (0, 1):
        done = starnmf(tmp_path, "experiments", "run", "theory/profile", f"{seed}.csv", "--seed", seed)
        assert done.returncode == 0, done.stderr
    first, other = (pd.read_csv(tmp_path / f"{seed}.csv") for seed in (0, 1))
    assert list(first.columns) == list(other.columns)
    assert (first["mean"] != other["mean"]).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["theory/curvature"], "experiment: found 'theory/curvature'; expected one of theory/convexity, "),
        (["theory/convexity"], "theory/convexity: found no --trials; expected their number"),
        (["theory/facts", "--trials", "3"], "theory/facts: found --trials 3; expected none"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(tmp_path, arguments, message):
    done = starnmf(tmp_path, "experiments", "run", arguments[0], "table.csv", *arguments[1:])
    assert done.returncode == 1
    assert done.stderr.startswith(f"starnmf: error: {message}")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_list_names_every_experiment(tmp_path):
    listed = starnmf(tmp_path, "experiments", "list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == list(EXPERIMENTS)
