"""What a person sees after a mistake: one clear error, exit code 1, nothing half-written."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import pytest

from starnmf.datasets.stand_in import write_stand_in
from tests.datasets.hostile_server import running, serving
from tests.end_to_end.checkout import CONFIGURED, ROOT, copy_checkout, snakemake


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return copy_checkout(tmp_path_factory.mktemp("mistakes"))


@pytest.fixture
def without_programs(checkout):
    """Snakemake by its full path, with none of its environment's programs on the path."""

    def snakemake_by_path(*arguments):
        programs = Path(sys.executable).parent
        command = [str(programs / "snakemake"), "--nocolor", *arguments]
        others = [folder for folder in os.environ["PATH"].split(os.pathsep) if not Path(folder, "starnmf").exists()]
        environment = os.environ | {"PATH": os.pathsep.join(others)}
        assert shutil.which("starnmf", path=environment["PATH"]) is None
        return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)

    return snakemake_by_path


def run(checkout, *arguments):
    done = snakemake(checkout, "--cores", "2", *arguments)
    return done.returncode, done.stdout + done.stderr


def config(**settings):
    return ["--configfile", "presets/smoke.yaml", "--config", *(f"{key}={value}" for key, value in settings.items())]


def test_every_mistake_is_a_line_that_says_what_was_meant(checkout):
    """As they are typed, where lists and mappings reach the workflow as text."""
    typed = {
        "optimas": 3,
        "optima": "ten",
        "ranks": '{"metabolik": 4}',
        "rates": "[.nan, 1]",
        "mirror": "",
        "datasets": '["metabolism"]',
        "networks": '["resnet21-k1", "resnet"]',
        "seed": 2**64,
    }
    code, said = run(checkout, "--dry-run", *config(**typed))
    assert code == 1
    lines = [line.removeprefix("error: ") for line in said.splitlines()]
    named = [line for line in lines if line.split(":")[0].split(".")[0].split("[")[0] in typed]
    assert [line.split("; expected")[0] for line in named] == [
        "datasets[0]: found 'metabolism'",
        "mirror: found nothing after mirror=",
        "ranks.metabolik: found 'metabolik'",
        "rates[0]: found '.nan'",
        "optima: found 'ten'",
        "networks[0]: found a network of 21 layers",
        "networks[1]: found network 'resnet'",
        "seed: found 18446744073709551616",
        "optimas: found an unknown key",
    ]
    assert [re.findall("did you mean '(.*)'", line) for line in named if "did you mean" in line] == [
        ["metabolic"],
        ["metabolic"],
        ["optima"],
    ]
    assert len(said.splitlines()) < 15


def test_an_empty_mirror_is_no_synthetic_data(checkout):
    code, said = run(checkout, "--dry-run", *config(mirror=""))
    assert code == 1
    assert "mirror: found nothing after mirror=; expected a folder with published files" in said


@pytest.mark.parametrize(
    ("file", "reason"), [("presets/papr.yaml", "No such file or directory"), ("presets", "Is a directory")]
)
def test_a_configuration_that_is_not_there_is_one_line(checkout, file, reason):
    code, said = run(checkout, "--dry-run", "--configfile", file)
    assert code == 1
    assert f"error: {file}: {reason}; expected a file" in said
    assert "Traceback" not in said


def test_snakemake_runs_by_its_path_where_its_environment_is_not_activated(checkout, without_programs):
    done = without_programs("table6", "--cores", "1", *CONFIGURED)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of" in done.stdout + done.stderr


def test_offline_a_dataset_that_is_not_here_is_named_and_the_others_go_on(checkout):
    wanted = ["results/smoke/datasets/metabolic.h5", "results/smoke/datasets/orl.h5"]
    code, said = run(checkout, *wanted, *config(offline=True, sources='{"metabolic": "published"}'))
    assert code == 1
    assert "metabolic: offline, and its files are not here" in said
    assert "place in data/published/metabolic, unchanged" in said
    assert "GSE3431_series_matrix.txt.gz" in said
    assert "Traceback (most recent call last)" not in said
    causes = said.split("1 failed")[1]
    assert re.search(r"^fetch .*: metabolic: offline, and its files are not here$", causes, re.MULTILINE)
    assert "to run it alone: starnmf datasets fetch metabolic" in causes
    assert not (checkout / wanted[0]).exists()
    assert (checkout / wanted[1]).exists()


@pytest.mark.extended
def test_files_placed_by_hand_stay_and_are_used(checkout):
    wanted = "results/placed/datasets/satellite.h5"
    write_stand_in("satellite", checkout / "placed", (12, 64), 2, 0)
    folder = checkout / "data/published/satellite"
    folder.mkdir(parents=True)
    for path in (checkout / "placed").iterdir():
        path.rename(folder / path.name)
    code, said = run(checkout, wanted, *config(run="placed", offline=True, sources='{"satellite": "published"}'))
    assert code == 0, said
    assert (checkout / wanted).exists()
    assert {path.name for path in folder.iterdir()} == {"Urban_R162.mat"}


@pytest.mark.extended
def test_a_mirror_may_be_an_address(checkout, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    write_stand_in("extragalactic", checkout / "served", (40, 32), 2, 0)
    (file,) = (checkout / "served").iterdir()
    wanted = "results/served/datasets/extragalactic.h5"
    with running() as server:
        server.behaviours["/data/" + file.name] = serving(file.read_bytes(), stop_after=2000)
        code, said = run(checkout, wanted, *config(run="served", mirror=server.url("/data"), only="extragalactic"))
    assert code == 0, said
    with h5py.File(checkout / wanted) as matrix:
        assert matrix.attrs["source"] == "mirror"
        assert matrix["X"].shape == (40, 32)
    assert (checkout / "data/checksums/mirror/extragalactic.json").exists()


def test_a_rank_above_a_side_is_known_before_anything_runs(checkout):
    code, said = run(checkout, "datasets", *config(ranks='{"metabolic": 13}'))
    assert code == 1
    assert "ranks.metabolic: found 13; expected 2 to 12, as its synthetic data are 60 x 12" in said
    assert "Traceback" not in said


def test_without_datasets_the_experiments_are_left_and_outputs_of_datasets_are_refused(checkout):
    alone = config(run="experiments", datasets="[]", networks="[]")
    code, said = run(checkout, "--dry-run", *alone)
    assert code == 0, said
    jobs = {word for line in said.splitlines() if line[:1].isdigit() or line.startswith(" ") for word in line.split()}
    assert {"experiment", "judge_claims", "record"} <= jobs
    assert not {"table1", "table6", "factorize", "landscape_page"} & jobs
    for name, output in (("figure5", "figure05"), ("table1", "table1")):
        code, said = run(checkout, "--dry-run", name, *alone)
        assert code == 1
        assert f"{output}: found no datasets; expected some in the key `datasets`, or `only` or `own`" in said


def test_a_figure_without_the_papers_datasets_shows_those_of_the_run(checkout):
    code, said = run(checkout, "figure6", "--dry-run", *config(datasets='["metabolic"]'))
    assert code == 0
    assert "figure=figure06" in said
    assert "trajectory dataset=metabolic regime=published" in said


def test_a_run_without_some_datasets_draws_the_figures_it_can(checkout):
    code, said = run(checkout, "--dry-run", *config(datasets='["metabolic"]'))
    assert code == 0
    assert "figure=figure05 variant=-converged" in said
    assert "figure06" not in said


def test_a_mirror_without_the_files_says_what_it_looked_for(checkout, tmp_path):
    code, said = run(checkout, "--dry-run", *config(datasets='["orl"]', mirror=tmp_path))
    assert code == 1
    assert str(tmp_path) in said
    assert "ORL_faces.npz" in said


def test_rates_without_the_whole_are_refused(checkout):
    code, said = run(checkout, "--dry-run", *config(rates="[0.2, 0.4]"))
    assert code == 1
    assert "rates: found [0.2, 0.4]; expected a list of shares of rows and columns, each once, with 1.0 among" in said


@pytest.mark.skipif(not (ROOT.parent / "shared/data").exists(), reason="the real files are not here")
def test_a_mirror_is_read_in_place_and_never_written(checkout):
    mirror = ROOT.parent / "shared/data"
    before = {path: path.stat().st_mtime_ns for path in mirror.rglob("*")}
    arguments = config(run="real", datasets='["metabolic"]', mirror=mirror, ranks='{"metabolic": 3}')
    code, said = run(checkout, "results/real/datasets/metabolic.h5", *arguments)
    assert code == 0, said
    assert {path: path.stat().st_mtime_ns for path in mirror.rglob("*")} == before
