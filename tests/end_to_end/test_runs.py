"""Runs by their names: they do not replace each other's results."""

import os
import re
import shutil
import subprocess

import numpy as np
import pytest

from starnmf.datasets.stand_in import write_stand_in
from tests.end_to_end.checkout import PLAIN, contents, copy_checkout, path_with, snakemake

SMOKE = ["--configfile", "presets/smoke.yaml", "--config"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A checkout with files of metabolic in the folder `placed`, and two matrices of one's own."""
    checkout = copy_checkout(tmp_path_factory.mktemp("runs"))
    write_stand_in("metabolic", checkout / "placed", (60, 12), 2, 0)
    for name in ("a", "b"):
        np.savetxt(checkout / f"{name}.csv", np.random.default_rng(ord(name)).gamma(1.0, size=(12, 8)), delimiter=",")
    return checkout


def run(checkout, *arguments):
    done = snakemake(checkout, "--cores", "1", *arguments)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ([], "default"),
        (["only=metabolic"], "metabolic"),
        (["own=a.csv"], "a"),
        (["own=a.csv", "run=mine"], "mine"),
        (["preset=paper"], "paper"),
        (["preset=paper", "only=orl"], "orl"),
    ],
)
def test_a_run_has_a_name_and_a_folder_of_its_own(checkout, settings, name):
    code, said = run(checkout, "table1", "--dry-run", PLAIN, *(["--config", *settings] if settings else []))
    assert code == 0, said
    files = re.findall(r"^ +(?:output|log|benchmark): (\S+?),?(?: |$)", said, re.MULTILINE)
    assert files
    assert all(file.startswith(f"results/{name}/") for file in files), files


def test_synthetic_data_replace_no_results_of_real_data(checkout):
    wanted = "results/kept/datasets/metabolic.h5"
    code, said = run(checkout, wanted, *SMOKE, "run=kept", "mirror=placed")
    assert code == 0, said
    before = contents(checkout / "results/kept")
    code, said = run(checkout, wanted, *SMOKE, "run=kept")
    assert code == 1
    assert "results/kept: holds results of metabolic from real data (mirror)" in said
    assert "--config run=NAME" in said
    assert contents(checkout / "results/kept") == before
    code, said = run(checkout, wanted, *SMOKE, "run=kept", "mirror=placed")
    assert code == 0, said


def test_one_file_does_not_replace_another(checkout):
    (checkout / "elsewhere").mkdir()
    shutil.copy2(checkout / "b.csv", checkout / "elsewhere/a.csv")
    code, said = run(checkout, "results/a/datasets/a.h5", *SMOKE, "own=a.csv", "rank=2")
    assert code == 0, said
    before = contents(checkout / "results/a")
    for other in (["own=elsewhere/a.csv"], ["own=b.csv", "run=a"], ["only=metabolic", "run=a"], ["run=a"]):
        code, said = run(checkout, "table1", *SMOKE, *other)
        assert code == 1, other
        assert "results/a: holds the run of" in said
        assert "a.csv" in said
    assert contents(checkout / "results/a") == before


def test_a_file_that_an_older_one_has_replaced_is_read_again(checkout):
    shutil.copy2(checkout / "a.csv", checkout / "replaced.csv")
    wanted = ["results/replaced/datasets/replaced.h5", *SMOKE, "own=replaced.csv", "rank=2"]
    code, said = run(checkout, *wanted)
    assert code == 0, said
    before = (checkout / "replaced.csv").read_bytes()
    (checkout / "replaced.csv").write_bytes(before[::-1].strip() + b"\n")
    assert (checkout / "replaced.csv").stat().st_size == len(before)
    os.utime(checkout / "replaced.csv", (1e9, 1e9))
    code, said = run(checkout, *wanted, "--dry-run")
    assert code == 0, said
    assert re.search(r"own dataset=replaced", said), said


@pytest.mark.parametrize("content", [b"x,y\n1,2\n", b"\xff\xfe"], ids=["another table", "no text"])
def test_a_file_that_is_no_table_of_the_run_is_named(checkout, content):
    stray = checkout / "results/stray/datasets/notes.csv"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(content)
    code, said = run(checkout, "table1", *SMOKE, "run=stray", "--dry-run")
    shutil.rmtree(checkout / "results/stray")
    assert code == 1
    assert "results/stray/datasets/notes.csv: cannot be read as a table of the run" in said
    assert "Traceback" not in said


def test_a_matrix_that_the_last_command_knew_nothing_of_is_not_replaced(checkout):
    several = ["datasets=[]", "experiments=[]", "networks=[]", "run=forgets"]
    wanted = ["results/forgets/datasets/mine.csv", *SMOKE, *several]
    code, said = run(checkout, *wanted, "own_datasets={mine: {path: a.csv, rank: 2}}")
    assert code == 0, said
    code, said = run(checkout, "table6", *SMOKE, "datasets=[metabolic]", *several[1:], "--dry-run")
    assert code == 0, said
    (checkout / "results/forgets/config.yaml").unlink()  # as of a command without it
    code, said = run(checkout, *wanted, "own_datasets={mine: {path: b.csv, rank: 2}}")
    assert code == 1
    assert "results/forgets: holds results of mine from a.csv, which those from b.csv would replace" in said
    code, said = run(checkout, *wanted, "own_datasets={mine: {path: a.csv, rank: 2}}")
    assert code == 0, said


def test_a_run_whose_folder_is_a_file_is_an_error(checkout):
    (checkout / "results/taken").write_text("a file")
    code, said = run(checkout, "results/taken/datasets/a.csv", *SMOKE, "own=a.csv", "rank=2", "run=taken")
    (checkout / "results/taken").unlink()
    assert code == 1
    assert "results/taken: found a file; expected a folder for config.yaml" in said
    assert "Traceback" not in said
    assert 'File "' not in said


def test_one_array_of_a_file_does_not_replace_another(checkout):
    X = np.random.default_rng(0).random((12, 9))
    np.savez(checkout / "two.npz", a=X, b=X + 1)
    code, said = run(checkout, "results/two/datasets/two.h5", *SMOKE, "own=two.npz", "rank=2", "key=a")
    assert code == 0, said
    code, said = run(checkout, "results/two/datasets/two.h5", *SMOKE, "own=two.npz", "rank=2", "key=b")
    assert code == 1
    assert "two.npz (key a), which one of" in said


@pytest.mark.extended
def test_what_runs_share_is_made_once(checkout):
    wanted = ["results/{}/datasets/metabolic.h5", *SMOKE, "mirror=placed", "run={}"]
    shutil.rmtree(checkout / "data/parsed", ignore_errors=True)
    for name in ("first", "second"):
        code, said = run(checkout, *(part.format(name) for part in wanted))
        assert code == 0, said
        (parsed,) = (checkout / "data/parsed/metabolic").glob("*.h5")
        if name == "first":
            made = parsed.stat().st_mtime_ns
    assert parsed.stat().st_mtime_ns == made


@pytest.mark.extended
def test_runs_of_different_names_go_on_at_the_same_time(checkout):
    shutil.rmtree(checkout / "data/parsed", ignore_errors=True)
    processes = [
        subprocess.Popen(
            [
                *("snakemake", f"results/{name}/datasets/metabolic/rate-0.5.h5", "--cores", "1"),
                *(*SMOKE, "mirror=placed", f"run={name}"),
            ],
            cwd=checkout,
            env=path_with(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name in ("left", "right")
    ]
    said = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert len(list((checkout / "data/parsed/metabolic").glob("*.h5"))) == 1


def test_a_run_goes_to_any_folder_from_any_folder(checkout, tmp_path):
    (tmp_path / "here").mkdir()
    command = ["snakemake", "--snakefile", checkout / "Snakefile", "--directory", tmp_path / "there", "--cores", "1"]
    environment = path_with() | {"PYTHONPATH": str(checkout / "workflow")}
    done = subprocess.run(
        [*command, "results/default/tables/table6.md"],
        cwd=tmp_path / "here",
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "there/results/default/tables/table6.md").exists()
    assert not os.listdir(tmp_path / "here")


@pytest.mark.extended
def test_another_workflow_uses_this_one_as_a_module(checkout, loaded_starnmf, tmp_path):
    (tmp_path / "Snakefile").write_text(f"""
THEIRS = dict(
    run="theirs", datasets=["metabolic"], shapes=dict(metabolic=[60, 12, 2]), ranks=dict(metabolic=2),
    networks=[], experiments=[], rates=[1.0], optima=3, points=4, steps=200, gradient_cap=600,
)

module starnmf:
    snakefile: "{checkout}/workflow/Snakefile"
    config: THEIRS

use rule * from starnmf as star_*

rule picture:
    input: "results/theirs/figures/figure05.png"
    output: "picture.png"
    shell: "cp {{input}} {{output}}"

workflow.default_target = "picture"
""")
    done = subprocess.run(
        ["snakemake", "--cores", "2"],
        cwd=tmp_path,
        env=path_with(loaded_starnmf) | {"PYTHONPATH": str(checkout / "workflow")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")
