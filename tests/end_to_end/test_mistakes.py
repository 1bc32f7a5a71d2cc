"""What a person sees after a mistake: one clear error, exit code 1, nothing half-written."""

import re

import h5py
import pytest

from starnmf.datasets.stand_in import write_stand_in
from tests.datasets.hostile_server import running, serving
from tests.end_to_end.checkout import ROOT, copy_checkout, snakemake


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return copy_checkout(tmp_path_factory.mktemp("mistakes"))


def run(checkout, *arguments):
    done = snakemake(checkout, "--cores", "2", *arguments)
    return done.returncode, done.stdout + done.stderr


def config(**settings):
    return ["--configfile", "presets/smoke.yaml", "--config", *(f"{key}={value}" for key, value in settings.items())]


def test_a_misspelt_key_is_named(checkout):
    code, said = run(checkout, "--dry-run", *config(optimas=3))
    assert code == 1
    assert "optimas" in said


def test_an_unknown_dataset_is_named_with_the_known_ones(checkout):
    code, said = run(checkout, "--dry-run", *config(datasets='["metabolism"]'))
    assert code == 1
    assert "error: datasets: found 'metabolism'" in said
    assert "metabolic" in said


@pytest.mark.parametrize(
    ("key", "value", "said_of_it"),
    [
        ("networks", '["resnet21-k1"]', "a network of 21 layers; expected 6 n + 2"),
        ("networks", '["resnet"]', "network 'resnet'; expected a name such as resnet20-k4"),
        ("epochs", "4", "4 is not a multiple of 3"),
        ("line_points", "50", "50 should not be valid"),
    ],
)
def test_networks_that_cannot_be_are_named(checkout, key, value, said_of_it):
    code, said = run(checkout, "--dry-run", *config(**{key: value}))
    assert code == 1
    assert said_of_it in said


def test_offline_a_dataset_that_is_not_here_is_named_and_the_others_go_on(checkout):
    wanted = ["results/datasets/metabolic.h5", "results/datasets/orl.h5"]
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


def test_files_placed_by_hand_stay_and_are_used(checkout):
    wanted = "results/datasets/satellite.h5"
    write_stand_in("satellite", checkout / "placed", (12, 64), 2, 0)
    folder = checkout / "data/published/satellite"
    folder.mkdir(parents=True)
    for path in (checkout / "placed").iterdir():
        path.rename(folder / path.name)
    code, said = run(checkout, wanted, *config(offline=True, sources='{"satellite": "published"}'))
    assert code == 0, said
    assert (checkout / wanted).exists()
    assert {path.name for path in folder.iterdir()} == {"Urban_R162.mat", "fetched.json"}


def test_a_mirror_may_be_an_address(checkout, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    write_stand_in("extragalactic", checkout / "served", (40, 32), 2, 0)
    (file,) = (checkout / "served").iterdir()
    wanted = "results/datasets/extragalactic.h5"
    with running() as server:
        server.behaviours["/data/" + file.name] = serving(file.read_bytes(), stop_after=2000)
        code, said = run(
            checkout, wanted, *config(mirror=server.url("/data")), 'datasets=["extragalactic"]', "networks=[]"
        )
    assert code == 0, said
    with h5py.File(checkout / wanted) as matrix:
        assert matrix.attrs["source"] == "mirror"
        assert matrix["X"].shape == (40, 32)
    assert (checkout / "data/checksums/mirror/extragalactic.json").exists()


def test_a_rank_above_a_side_names_dataset_found_and_expected(checkout):
    code, said = run(checkout, "results/datasets/metabolic.h5", *config(ranks='{"metabolic": 13}'))
    assert code == 1
    assert "metabolic: a stand-in of rank 13 does not fit the shape 60 x 12; expected 2 <= rank <= 12" in said
    assert "Traceback" not in said
    assert not (checkout / "results/datasets/metabolic.h5").exists()


def test_a_figure_without_its_datasets_says_which_it_shows(checkout):
    code, said = run(checkout, "figure6", "--dry-run", *config(datasets='["metabolic"]'))
    assert code == 1
    assert "error: figure06 shows orl, movielens; this run has metabolic\n" in said
    assert "Traceback" not in said


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
    assert "rates" in said or "1.0" in said


@pytest.mark.skipif(not (ROOT.parent / "shared/data").exists(), reason="the real files are not here")
def test_a_mirror_is_read_in_place_and_never_written(checkout):
    mirror = ROOT.parent / "shared/data"
    before = {path: path.stat().st_mtime_ns for path in mirror.rglob("*")}
    arguments = config(datasets='["metabolic"]', mirror=mirror, ranks='{"metabolic": 3}')
    code, said = run(checkout, "results/datasets/metabolic.h5", *arguments)
    assert code == 0, said
    assert {path: path.stat().st_mtime_ns for path in mirror.rglob("*")} == before
