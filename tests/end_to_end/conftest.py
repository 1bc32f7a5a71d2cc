"""The runs that several tests look at."""

import shutil

import pytest
import yaml

from tests.end_to_end.checkout import CONFIGURED, ROOT, SMALL, copy_checkout, snakemake, starnmf
from tests.end_to_end.job_server import command_of_server


@pytest.fixture(scope="session")
def loaded_starnmf():
    """A folder with a command `starnmf` that has its libraries loaded, which is to come first on the path."""
    with command_of_server() as folder:
        yield folder


@pytest.fixture(scope="session")
def small_run(loaded_starnmf, tmp_path_factory):
    """A checkout in which every rule but that of the cold start has run, under a part of the smoke preset."""
    checkout = copy_checkout(tmp_path_factory.mktemp("small"))
    (checkout / "presets/smoke.yaml").write_text(yaml.safe_dump(SMALL))
    done = snakemake(checkout, "--cores", "2", *CONFIGURED, first_on_path=[loaded_starnmf])
    assert done.returncode == 0, done.stdout + done.stderr
    (checkout / "printed").write_text(done.stdout)
    for archive in ("bundle", "crate"):
        done = starnmf(checkout, "provenance", archive, "results/smoke")
        assert done.returncode == 0, done.stderr
    return checkout


@pytest.fixture(scope="session")
def smoke_run(small_run, loaded_starnmf, tmp_path_factory):
    """A checkout in which the whole smoke preset has run, from what the small run had made."""
    checkout = shutil.copytree(small_run, tmp_path_factory.mktemp("smoke") / "checkout")
    shutil.copy2(ROOT / "presets/smoke.yaml", checkout / "presets/smoke.yaml")
    done = snakemake(checkout, "--cores", "2", *CONFIGURED, first_on_path=[loaded_starnmf])
    assert done.returncode == 0, done.stdout + done.stderr
    return checkout


@pytest.fixture(params=["small_run", pytest.param("smoke_run", marks=pytest.mark.extended)])
def run(request):
    """Either of the two."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def run_with(dataset, request):
    """The run that has a dataset in it."""
    return request.getfixturevalue("small_run" if dataset in SMALL["datasets"] else "smoke_run")
