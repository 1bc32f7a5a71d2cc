"""The pipeline through a real Slurm of one node: submitted by the profile, killed, preempted, over its limits."""

import re
import shutil
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.cluster.single_node_slurm import cancel_jobs, reason_to_skip, single_node_slurm, wait_until
from tests.end_to_end.checkout import copy_checkout, path_with, snakemake
from tests.end_to_end.job_server import command_of_server
from tests.end_to_end.pretended_jobs import long_jobs, write_long_jobs

pytestmark = [
    pytest.mark.extended,
    pytest.mark.skipif(reason_to_skip() is not None, reason=str(reason_to_skip())),
]

# Every kind of job but the ledger, which waits for dozens of experiments: as few jobs as that takes.
SPECTRUM = "results/smoke/landscape/metabolic/published/spectrum.csv"
TARGETS = ["tables", "figure2", "figure5", "figure8", SPECTRUM]
SMOKE = ["--configfile", "presets/smoke.yaml", "--config"]
SMOKE += ["datasets=['metabolic']", "regimes=['published']", "rates=[0.5, 1.0]", "networks=['resnet8-k0.25']"]

# What this Slurm differs in from the profile: two cores for a job, and no records of past jobs.
SLURM = [
    *("--workflow-profile", "profiles/slurm", "--cores", "2", "--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "5"),
]

URGENT = ["sbatch", "--wait", "--partition=urgent", "--exclusive", "--output=/dev/null"]
TRAINING = "results/smoke/networks/resnet8-k0.25/training-0/history.csv"
FACTORIZATION = "results/smoke/factorization/metabolic/published/rate-{rate}.h5"


@pytest.fixture(scope="module", autouse=True)
def slurm(tmp_path_factory):
    with single_node_slurm(tmp_path_factory.mktemp("slurm")):
        yield


@pytest.fixture(scope="module")
def local_run(tmp_path_factory):
    checkout = copy_checkout(tmp_path_factory.mktemp("local"))
    with command_of_server() as programs:
        done = snakemake(checkout, *TARGETS, "--cores", "2", *SMOKE, first_on_path=[programs])
    assert done.returncode == 0, done.stdout + done.stderr
    return checkout


@pytest.fixture
def finished(local_run, tmp_path):
    """A copy of the finished run, to spoil."""
    return shutil.copytree(local_run, tmp_path / "finished", symlinks=True)


@pytest.fixture(scope="module", autouse=True)
def overdue(slurm, local_run, tmp_path_factory):
    """A run that meets its time limit beside the other tests: limits are whole minutes, looked at every half minute."""
    folder = tmp_path_factory.mktemp("overdue")
    checkout = shutil.copytree(local_run, folder / "checkout", symlinks=True)
    programs = write_long_jobs(folder / "programs", "landscape spectrum", seconds=600)
    wanted = [SPECTRUM, "--forcerun", "spectrum", "--retries", "0"]
    command = ["snakemake", *wanted, *SLURM, "--set-resources", "spectrum:runtime=1", *SMOKE]
    with started(command, checkout, folder / "log", first_on_path=[programs]) as controller:
        yield controller, folder / "log"


@contextmanager
def started(command, checkout, log, first_on_path=()):
    """A snakemake that runs beside the test."""
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=checkout, env=path_with(*first_on_path), stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def test_a_killed_run_goes_on_and_ends_in_the_results_of_a_local_one(local_run, tmp_path):
    checkout, log = copy_checkout(tmp_path / "checkout"), tmp_path / "killed.log"
    with started(["snakemake", *TARGETS, *SLURM, *SMOKE], checkout, log) as controller:
        wait_until(lambda: list(checkout.glob("results/smoke/datasets/[!.]*.h5")), 600, "the first results")
        controller.send_signal(signal.SIGKILL)
    cancel_jobs("--name", re.search(r"SLURM run ID: (\S+)", log.read_text())[1])
    before = {path: path.stat().st_mtime_ns for path in checkout.glob("results/smoke/datasets/[!.]*.h5")}
    assert snakemake(checkout, "--unlock", *SMOKE).returncode == 0
    done = snakemake(checkout, *TARGETS, *SLURM, *SMOKE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path: path.stat().st_mtime_ns for path in before} == before, "what was finished is not made again"
    assert_same_results(local_run, checkout)


def assert_same_results(left, right):
    names = results_of(left)
    assert names == results_of(right)
    for name in names:
        if name.suffix == ".h5":
            assert_same_arrays(left / name, right / name)
        else:
            assert (left / name).read_bytes() == (right / name).read_bytes(), name


def results_of(checkout):
    """The paths of a run's results, without logs and records of jobs."""
    run = checkout / "results/smoke"
    files = {path.relative_to(run) for path in run.rglob("*") if path.is_file()}
    return {Path("results/smoke", path) for path in files if path.parts[0] not in ("logs", "jobs")}


def assert_same_arrays(left, right):
    with h5py.File(left) as one, h5py.File(right) as other:
        one.visititems(
            lambda name, item: (
                np.testing.assert_array_equal(item[()], other[name][()]) if isinstance(item, h5py.Dataset) else None
            )
        )


def test_gpu_jobs_run_on_different_devices(finished, tmp_path):
    one, other = gpu_jobs(finished, tmp_path / "programs", seconds=120)
    assert one.overlaps(other)
    assert {one.device, other.device} == {"0", "1"}


def test_a_group_of_gpu_jobs_asks_for_one_device(finished, tmp_path):
    together = ["--groups", "factorize=restarts", "--group-components", "restarts=2"]
    one, other = gpu_jobs(finished, tmp_path / "programs", *together, seconds=5)
    assert one.submission == other.submission
    assert one.device == other.device == "0"
    assert not one.overlaps(other)


def gpu_jobs(checkout, programs, *arguments, seconds):
    """Two factorizations that ask for a GPU; torch sees none, so another command stands for `starnmf`."""
    write_long_jobs(programs, "--device cuda", seconds)
    wanted = [FACTORIZATION.format(rate=rate) for rate in (0.5, 1.0)]
    again = ["--forcerun", "factorize", "--rerun-triggers", "mtime"]
    done = snakemake(checkout, *wanted, *again, *SLURM, *arguments, *SMOKE, "device=cuda", first_on_path=[programs])
    assert done.returncode == 0, done.stdout + done.stderr
    return long_jobs(programs)


def test_a_job_over_its_memory_fails_visibly_and_gets_more(finished):
    wanted = [FACTORIZATION.format(rate=1.0), "--forcerun", "factorize"]
    memory = ["--set-resources", "factorize:mem_mb=100 if attempt == 1 else 2000"]
    done = snakemake(finished, *wanted, *memory, *SLURM, *SMOKE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "exceeded memory limit" in done.stdout + done.stderr


def test_a_preempted_training_goes_on_where_it_was(finished, tmp_path):
    command = ["snakemake", TRAINING, "--forcerun", "train", *SLURM, *SMOKE, "epochs=99", "resume_every=1"]
    with started(command, finished, tmp_path / "preempted.log") as controller:
        state = finished / "results/smoke/networks/resnet8-k0.25/training-0/resume.h5"
        wait_until(state.exists, 600, "the state of a training")
        subprocess.run([*URGENT, "--wrap=sleep 1"], check=True)
        assert controller.wait(300) == 0, (tmp_path / "preempted.log").read_text()
    assert (tmp_path / "preempted.log").read_text().count("has been submitted") == 1, "requeued, not retried"
    bar = (finished / "results/smoke/logs/networks/resnet8-k0.25/training-0/train.log").read_text()
    assert int(re.search(r"(\d+) of 99 epochs", bar)[1]) > 0, "where the second part of the training begins"
    assert len((finished / TRAINING).read_text().splitlines()) == 1 + 99


def test_a_job_over_its_time_fails_visibly(overdue):
    controller, log = overdue
    assert controller.wait(200) != 0
    assert "DUE TO TIME LIMIT" in log.read_text()


def test_any_scheduler_with_a_command_to_submit_will_do(finished):
    submit = "sbatch --parsable --cpus-per-task={threads} --mem={resources.mem_mb} --time={resources.runtime}"
    generic = ["--workflow-profile", "profiles/cluster-generic", "--cluster-generic-submit-cmd", submit]
    done = snakemake(finished, "table6", "--forcerun", "table6", *generic, "--latency-wait", "5", *SMOKE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Submitted job" in done.stdout + done.stderr
