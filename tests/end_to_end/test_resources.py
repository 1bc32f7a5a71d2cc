"""What jobs ask of a scheduler is more than they were measured to take, not many times more, and grows on retry."""

import re

import pytest

from tests.end_to_end.checkout import PLAIN, copy_checkout, snakemake
from tests.end_to_end.pretended_jobs import write_command

# Peak resident memory in MiB at the paper's size, 100 optima, 50 points, one thread (docs/how-to/cluster.md).
MEASURED = {
    "results/paper/datasets/netflix.h5": 1037,
    "results/paper/factorization/satellite/published/rate-1.0.h5": 3009,
    "results/paper/factorization/orl/published/rate-1.0.h5": 3458,
    "results/paper/landscape/satellite/published/curvature-rate-1.0.csv": 821,
    "results/paper/landscape/goodbooks/published/curvature-rate-1.0.csv": 3947,
    "results/paper/landscape/goodbooks/published/trajectory.csv": 1761,
    "results/paper/landscape/goodbooks/published/scales.csv": 2202,
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return copy_checkout(tmp_path_factory.mktemp("resources"))


def asked(output):
    """Resource requests of every job that Snakemake tells of, under its first output."""
    jobs = re.findall(r"output: ([^,\n]+)(?:(?!output: ).)*?resources: ([^\n]+)", output, re.DOTALL)
    return [(name, dict(item.split("=") for item in text.split(", "))) for name, text in jobs]


def test_memory_covers_what_was_measured_at_the_papers_size(checkout):
    datasets = sorted({re.split(r"[/.]", path)[3] for path in MEASURED})
    settings = ["--config", "source=stand-in", f"datasets={datasets}", "networks=[]", "threads=1"]
    dry = snakemake(checkout, "claims", "--dry-run", PLAIN, "--configfile", "presets/paper.yaml", *settings)
    memory = {name: int(resources["mem_mb"]) for name, resources in asked(dry.stdout)}
    for name, mebibytes in MEASURED.items():
        assert 1.1 * mebibytes * 2**20 / 1e6 < memory[name] < 4 * mebibytes * 2**20 / 1e6, name


def test_smaller_data_ask_for_less(checkout):
    wanted = [f"results/paper/factorization/goodbooks/published/rate-{rate}.h5" for rate in ("0.2", "1.0")]
    settings = ["--configfile", "presets/paper.yaml", "--config", "source=stand-in"]
    dry = asked(snakemake(checkout, *wanted, "--dry-run", PLAIN, *settings).stdout)
    part, whole = (resources for path in wanted for name, resources in dry if name == path)
    assert int(part["mem_mb"]) < int(whole["mem_mb"])
    assert int(part["runtime"]) < int(whole["runtime"])


def test_a_job_on_a_gpu_asks_for_the_memory_of_cuda(checkout):
    wanted = "results/paper/factorization/goodbooks/published/rate-0.2.h5"
    settings = ["--configfile", "presets/paper.yaml", "--config", "source=stand-in"]
    memory = []
    for device in ("cpu", "cuda"):
        dry = asked(snakemake(checkout, wanted, "--dry-run", PLAIN, *settings, f"device={device}").stdout)
        memory.append(next(int(resources["mem_mb"]) for name, resources in dry if name == wanted))
    assert 2000 <= memory[1] - memory[0] <= 4000


def test_a_failed_job_asks_for_more(checkout, tmp_path):
    failing = write_command(tmp_path / "programs", "exit 1")
    wanted = ["results/default/stand-in/orl", "results/default/tables/table6.csv"]
    again = ["--cores", "1", "--keep-going", "--retries", "2", PLAIN]
    failed = snakemake(checkout, *wanted, *again, first_on_path=[failing])
    for output in wanted:
        first, second, third = (
            int(job["mem_mb"]) for name, job in asked(failed.stdout + failed.stderr) if name == output
        )
        assert (second, third) == (2 * first, 3 * first)
