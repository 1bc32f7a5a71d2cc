"""Bundles of strangers: unpacking takes tables and a configuration that fits from them, and nothing else."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from starnmf.landscape.tables import LINES
from tests.end_to_end.checkout import ROOT, redraw
from tests.in_process import starnmf

NAME = "results/mine/landscape/metabolic/published/lines.csv"
TABLE = ",".join(LINES.names) + "\n"
DEFAULTS = yaml.safe_load((ROOT / "config.yaml").read_text())


def record(tables=None, **configuration):
    tables = {NAME: TABLE} if tables is None else tables
    return {
        "configuration": DEFAULTS | {"run": "mine"} | configuration,
        "tables": {name.removeprefix("results/mine/"): hashlib.sha256(text.encode()).hexdigest()
                   for name, text in tables.items()},
        "results": {},
        "commit": "c0ffee",
    }  # fmt: skip


def unpack(folder, members, record):
    with zipfile.ZipFile(folder / "bundle.zip", "w") as bundle:
        for name, text in (*members, ("provenance.json", json.dumps(record))):
            bundle.writestr(name, text)
    return starnmf(folder, "provenance", "unpack", "bundle.zip", "redrawn", "--checkout", ROOT)


def test_a_bundle_is_unpacked_once_and_again(tmp_path):
    for _ in range(2):
        done = unpack(tmp_path, [(NAME, TABLE)], record())
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "redrawn" / NAME).read_text() == TABLE
    assert yaml.safe_load((tmp_path / "redrawn/config.yaml").read_text())["redraw"] is True
    done = unpack(tmp_path, [(NAME, TABLE)], record(seed=7))
    assert "redrawn: holds other files" in done.stderr


def two_bundles(folder, second):
    """The bundle of a run, and that of another whose table of metabolic is that of `second`."""
    name = NAME.removeprefix("results/mine/")
    return unpack_two(
        folder,
        mine=([name], {"only": "metabolic", "rates": [1.0], "mirror": None}),
        other=([name.replace("metabolic", second)], {"only": second, "rates": [1.0], "mirror": None}),
    )


def unpack_two(folder, **runs):
    """Bundles of runs with the tables and the configuration that are given of each, unpacked together."""
    for run, (tables, configuration) in runs.items():
        recorded = record({}, run=run, **configuration)
        recorded["tables"] = dict.fromkeys(tables, hashlib.sha256(TABLE.encode()).hexdigest())
        with zipfile.ZipFile(folder / f"{run}.zip", "w") as bundle:
            for table in tables:
                bundle.writestr(f"results/{run}/{table}", TABLE)
            bundle.writestr("provenance.json", json.dumps(recorded))
    return starnmf(folder, "provenance", "unpack", *(f"{run}.zip" for run in runs), "redrawn", "--checkout", ROOT)


def test_bundles_of_different_data_become_one_run(tmp_path):
    done = two_bundles(tmp_path, "orl")
    assert done.returncode == 0, done.stderr
    tables = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.csv"))
    assert tables == [
        f"redrawn/results/all/landscape/{dataset}/published/lines.csv" for dataset in ("metabolic", "orl")
    ]
    configuration = yaml.safe_load((tmp_path / "redrawn/config.yaml").read_text())
    found = {key: configuration[key] for key in ("run", "only", "datasets", "networks", "experiments", "rates")}
    assert found == {
        "run": "all", "only": None, "datasets": ["metabolic", "orl"], "networks": [], "experiments": [], "rates": [1.0],
    }  # fmt: skip


def test_of_networks_with_other_numbers_of_trainings_those_that_there_are_are_asked_for(tmp_path):
    def trained(network, trainings, *names):
        tables = [f"networks/{network}/training-{number}/{name}.csv" for number in range(trainings) for name in names]
        return tables, {"networks": [network], "trainings": trainings, "datasets": [], "experiments": []}

    once = trained("resnet20-k1", 1, "summary", "lengths", "surface")
    twice = trained("resnet20-k2", 2, "summary", "lengths", "surface")
    done = unpack_two(tmp_path, once=once, twice=twice)
    assert done.returncode == 0, done.stderr
    planned = redraw(ROOT, tmp_path / "redrawn", "table2", "table3", "figure8", "claims", "--dry-run")
    assert planned.returncode == 0, planned.stdout + planned.stderr


def test_bundles_with_the_same_table_are_refused_and_nothing_is_written(tmp_path):
    done = two_bundles(tmp_path, "metabolic")
    assert done.returncode == 1
    assert "other.zip: has landscape/metabolic/published/lines.csv, as another" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.zip", "other.zip"]


def test_bundles_of_runs_with_the_same_name_are_refused_and_nothing_is_written(tmp_path):
    assert two_bundles(tmp_path, "orl").returncode == 0
    done = starnmf(tmp_path, "provenance", "unpack", "mine.zip", "mine.zip", "twice", "--checkout", ROOT)
    assert done.returncode == 1
    assert "mine.zip: is of a run mine, as another of the bundles is" in done.stderr
    assert not (tmp_path / "twice").exists()


OTHER = "results/mine/landscape/metabolic/converged/lines.csv"
HOSTILE = {
    "a path above": ([("../evil.csv", TABLE)], record(), "holds ../evil.csv"),
    "a path from the root": ([("/tmp/evil.csv", TABLE)], record(), "holds /tmp/evil.csv"),
    "a path that goes up again": ([(NAME.replace("mine", "mine/../../x"), TABLE)], record(), "expected tables of"),
    "a program": ([("results/mine/Snakefile", "")], record(), "holds results/mine/Snakefile"),
    "a configuration": ([(NAME, TABLE), ("config.yaml", "redraw: false")], record(), "holds config.yaml"),
    "a table that is not recorded": ([(NAME, TABLE), (OTHER, TABLE)], record(), "lines.csv is not as recorded"),
    "a table that was changed": ([(NAME, TABLE + "\n")], record(), "lines.csv is not as recorded"),
    "a missing table": ([], record(), "lines.csv is missing"),
    "the same table twice": ([(NAME, TABLE), (NAME, TABLE + "x")], record(), "is in it more than once"),
    "a configuration that does not fit": ([(NAME, TABLE)], record(seed=-1), "seed: found -1"),
    "an unknown key": ([(NAME, TABLE)], record(shell="rm -r ~"), "shell: found an unknown key"),
    "a run with a path": ([(NAME, TABLE)], record(run="../.."), "expected tables of results"),
    "a commit that is none": ([(NAME, TABLE)], record() | {"commit": "a\n.. raw:: html"}, "cannot be read as a bundle"),
    "no record": ([(NAME, TABLE)], [], "cannot be read as a bundle"),
    "no configuration": ([(NAME, TABLE)], {"tables": {}, "commit": "c0ffee"}, "cannot be read as a bundle"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(("members", "recorded", "message"), HOSTILE.values(), ids=list(HOSTILE))
def test_what_is_no_bundle_is_refused_and_nothing_is_written(tmp_path, members, recorded, message):
    done = unpack(tmp_path, members, recorded)
    assert done.returncode == 1
    assert message in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bundle.zip"]


@pytest.mark.parametrize(
    "setting",
    [
        {"redraw": False},
        pytest.param({"own": "/etc/passwd"}, marks=pytest.mark.extended),
        pytest.param({"mirror": "/nowhere"}, marks=pytest.mark.extended),
    ],
)
def test_no_setting_of_a_bundle_makes_more_than_figures_tables_and_the_ledger(tmp_path, setting):
    assert unpack(tmp_path, [(NAME, TABLE)], record(**setting)).returncode == 0
    planned = subprocess.run(
        [Path(sys.executable).parent / "snakemake", "--snakefile", ROOT / "Snakefile", "--dry-run", "--quiet",
         "--directory", tmp_path / "redrawn", "--configfile", tmp_path / "redrawn/config.yaml", "--", "figure4"],
        capture_output=True, text=True,
    )  # fmt: skip
    said = planned.stdout + planned.stderr
    assert planned.returncode == 1, "its table of runs is missing"
    assert "Missing input files for rule draw_figure" in said, said
