"""The smoke run that several tests look at."""

import pytest

from tests.end_to_end.checkout import copy_checkout, snakemake


@pytest.fixture(scope="session")
def smoke_run(tmp_path_factory):
    """A checkout in which the smoke configuration has run to its end."""
    checkout = copy_checkout(tmp_path_factory.mktemp("smoke"))
    done = snakemake(checkout, "--cores", "2", "--configfile", "presets/smoke.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    return checkout
