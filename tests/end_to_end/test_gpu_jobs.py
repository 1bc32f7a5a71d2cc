"""Locally one GPU job runs at a time, unless more are allowed; jobs without a GPU do not wait for it."""

import pytest

from tests.end_to_end.checkout import copy_checkout, snakemake
from tests.end_to_end.pretended_jobs import long_jobs, write_long_jobs

# Two factorizations, which both ask for a GPU.
TWO_GPU_JOBS = [
    "results/smoke/factorization/metabolic/published/rate-0.5.h5",
    "results/smoke/factorization/metabolic/published/rate-1.0.h5",
    "--cores",
    "4",
    "--configfile",
    "presets/smoke.yaml",
]


@pytest.fixture
def run_on_gpu(tmp_path):
    (tmp_path / "checkout").mkdir()
    checkout = copy_checkout(tmp_path / "checkout")

    def run(*arguments, seconds):
        programs = write_long_jobs(tmp_path / "programs", "--device cuda", seconds)
        done = snakemake(checkout, *TWO_GPU_JOBS, *arguments, "--config", "device=cuda", first_on_path=[programs])
        assert done.returncode == 0, done.stdout + done.stderr
        return long_jobs(programs)

    return run


def test_one_gpu_job_runs_at_a_time(run_on_gpu):
    one, other = run_on_gpu(seconds=3)
    assert not one.overlaps(other)


def test_as_many_run_as_are_allowed(run_on_gpu):
    one, other = run_on_gpu("--resources", "gpu=2", seconds=120)
    assert one.overlaps(other)
