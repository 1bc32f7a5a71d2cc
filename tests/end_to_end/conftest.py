"""The smoke run that several tests look at, and one of the datasets that it leaves out."""

import pytest
import yaml

from tests.end_to_end.checkout import CONFIGURED, OTHER_DATASETS, SMOKE, copy_checkout, snakemake


@pytest.fixture(scope="session")
def smoke_run(tmp_path_factory):
    """A checkout in which the smoke configuration has run to its end."""
    checkout = copy_checkout(tmp_path_factory.mktemp("smoke"))
    (checkout / "presets/smoke.yaml").write_text(yaml.safe_dump(SMOKE))
    done = snakemake(checkout, "--cores", "2", *CONFIGURED)
    assert done.returncode == 0, done.stdout + done.stderr
    return checkout


@pytest.fixture(scope="session")
def other_datasets_run(tmp_path_factory):
    """A checkout with the tables on every dataset of the preset that the smoke run leaves out."""
    checkout = copy_checkout(tmp_path_factory.mktemp("others"))
    landscape = [
        f"results/landscape/{dataset}/{regime}/{table}.csv"
        for dataset in OTHER_DATASETS
        for regime in ("published", "converged")
        for table in ("curvature-rate-0.5", "curvature-rate-1.0", "lines", "trajectory")
    ]
    steps = [f"results/landscape/{dataset}/published/steps.csv" for dataset in OTHER_DATASETS]
    of_others = [*CONFIGURED, "--config", f"datasets={OTHER_DATASETS}"]
    done = snakemake(checkout, "table1", "table6", *landscape, *steps, "--cores", "2", *of_others)
    assert done.returncode == 0, done.stdout + done.stderr
    return checkout


@pytest.fixture
def run_with(dataset, request):
    """The run that has a dataset in it."""
    return request.getfixturevalue("smoke_run" if dataset in SMOKE["datasets"] else "other_datasets_run")
