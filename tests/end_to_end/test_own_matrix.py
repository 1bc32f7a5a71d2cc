"""A person's own csv through the pipeline, under its own name."""

import shutil

import numpy as np
import pandas as pd
import pytest

from starnmf.matrix import load_matrix
from tests.end_to_end.checkout import PLAIN, copy_checkout, jobs, snakemake

SMALL = ["--configfile", "presets/smoke.yaml"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    checkout = copy_checkout(tmp_path_factory.mktemp("own"))
    random = np.random.default_rng(0)
    X = random.gamma(1.0, size=(40, 3)) @ random.gamma(1.0, size=(3, 20)) + 0.01 * random.random((40, 20))
    pd.DataFrame(X, index=[f"g{i}" for i in range(40)]).to_csv(checkout / "my data.v2.csv")
    return checkout


@pytest.fixture
def run(checkout, loaded_starnmf):
    """Run targets of the matrix."""

    def run_targets(*targets):
        wanted = [*targets, "--cores", "2", *SMALL, "--config", "own=my data.v2.csv"]
        return snakemake(checkout, *wanted, first_on_path=[loaded_starnmf])

    return run_targets


def planned(checkout, *targets, settings=("ranks_tried=null",)):
    """The jobs of a run of the matrix, and the names of the figures among them."""
    asked = [*targets, "--dry-run", PLAIN, "--cores", "2", *SMALL, "--config", "own=my data.v2.csv", *settings]
    wanted = jobs(snakemake(checkout, *asked))
    return wanted, {job.split("/")[-1].removesuffix(".pdf") for job in wanted if job.startswith("draw_figure")}


def test_the_run_has_what_the_answers_need_and_no_more(checkout):
    wanted, drawn = planned(checkout)
    assert drawn == {
        *("figure04", "figure04-converged", "figure15", "figure17", "figure17-converged"),
        *("figure18", "figure18-converged"),
    }
    of_datasets = [job for job in wanted if job.startswith(("subsample", "factorize", "curvature", "trajectory"))]
    assert len(of_datasets) == 4, "a subsample, a factorization, and the curvature under two regimes"
    assert all("rate-1.0" in job for job in of_datasets)


@pytest.mark.extended
def test_all_other_figures_can_be_asked_for(checkout):
    assert planned(checkout, "figure6")[1] == {"figure06", "figure06-converged"}
    wanted, drawn = planned(checkout, "landscape")
    assert drawn == {
        f"figure{number}{regime}"
        for number in ("03", "04", "09", "10", "11", "12", "13", "17", "18")
        for regime in ("", "-converged")
    } | {"figure15"}
    of_datasets = {job for job in wanted if job.startswith(("own", "subsample", "factorize", "curvature"))}
    assert of_datasets
    assert all("/my-data" in job for job in of_datasets)
    assert not {job for job in wanted if "networks" in job or "cifar10" in job}


def test_its_rank_is_chosen_where_that_is_asked_for(checkout):
    assert not {job for job in planned(checkout)[0] if "rank_choice" in job or "report/rank" in job}
    wanted, drawn = planned(checkout, "rank")
    assert drawn == {"figure19"}
    assert "rank_choice: results/my-data/rank_choice/my-data/ranks.csv" in wanted
    assert not {job for job in wanted if job.startswith("factorize")}, "at no rank but those that are tried"
    wanted, drawn = planned(checkout, settings=["ranks_tried=2-4"])
    assert {"figure04", "figure19"} <= drawn, "ranks that are given are tried in the run"
    assert {job for job in wanted if "report/rank/my-data" in job}


def test_it_is_measured_with_the_rank_that_is_suggested(checkout, run):
    table = "results/my-data/landscape/my-data/converged/curvature-rate-1.0.csv"
    done = run(table)
    assert done.returncode == 0, done.stdout + done.stderr
    matrix = load_matrix(checkout / "results/my-data/datasets/my-data.h5")
    assert matrix.shape == (40, 20)
    assert matrix.description.rank == 3
    assert "my-data: rank 3 is suggested" in (checkout / "results/my-data/logs/datasets/my-data/own.log").read_text()
    assert set(pd.read_csv(checkout / table)["dataset"]) == {"my-data"}


@pytest.mark.extended
def test_the_choice_of_its_rank_is_printed(checkout, loaded_starnmf):
    settings = ["own=my data.v2.csv", "ranks_tried=2-4", "optima=4", "repetitions=4", "steps=10000"]
    wanted = ["rank", "--cores", "2", *SMALL, "--config", *settings]
    done = snakemake(checkout, *wanted, first_on_path=[loaded_starnmf])
    assert done.returncode == 0, done.stdout + done.stderr
    page = (checkout / "results/my-data/report/rank/my-data.md").read_text()
    assert page in done.stdout
    assert "**Rank 3: 4 of 4 restarts are one solution; from rank 4 on they are not.**" in page
    too_large = snakemake(checkout, "rank", "--cores", "2", *SMALL, "--config", settings[0], "ranks_tried=[2, 30]")
    assert too_large.returncode == 1
    said = "my-data: ranks_tried has 30, and its matrix is 40 x 20; expected ranks below 20"
    assert said in too_large.stdout + too_large.stderr


@pytest.mark.extended
def test_the_whole_run_of_a_matrix_ends_with_what_was_found(checkout, run):
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    found = (checkout / "results/my-data/report/found/my-data.md").read_text()
    assert found.startswith("# my-data: what was found")
    assert found in done.stdout
    ledger = pd.read_csv(checkout / "results/my-data/claims.csv", keep_default_na=False)
    assert "not run" not in set(ledger["verdict"])
    assert set(ledger["dataset"]) <= {"", "my-data"}
    made = {path.name for path in (checkout / "results/my-data").iterdir()}
    assert not made & {"theory", "networks", "companions", "tables"}


@pytest.mark.extended
def test_odd_names_of_files_are_read(checkout):
    for path, name in (("-x.csv", "x"), ("~$(touch HACK); `y`.csv", "touch-HACK-y")):
        shutil.copy(checkout / "my data.v2.csv", checkout / path)
        made = f"results/{name}/datasets/{name}.h5"
        done = snakemake(checkout, made, "--cores", "1", *SMALL, "--config", f"own={path}")
        assert done.returncode == 0, done.stdout + done.stderr
        assert load_matrix(checkout / made).shape == (40, 20)
    assert not (checkout / "HACK").exists()


def test_own_datasets_join_the_others(checkout):
    own = 'own_datasets={"mine": {"path": "my data.v2.csv", "rank": 2}}'
    wanted = jobs(snakemake(checkout, "table1", "--dry-run", PLAIN, "--cores", "2", *SMALL, "--config", own))
    assert "own: results/smoke/datasets/mine.h5" in wanted
    assert "normalize: results/smoke/datasets/orl.h5" in wanted


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("own=nowhere.csv", "own: found no file nowhere.csv; expected the path of a matrix"),
        ('own_datasets={"orl": {"path": "my data.v2.csv"}}', "own_datasets.orl: found the name 'orl'"),
        ('own_datasets={"mine": {"rank": 2}}', "own_datasets.mine.path: found nothing; expected the path of a file"),
    ],
)
def test_mistakes_are_named(checkout, setting, said):
    done = snakemake(checkout, "landscape", "--dry-run", "--cores", "2", *SMALL, "--config", setting)
    assert done.returncode == 1
    assert said in done.stdout + done.stderr
