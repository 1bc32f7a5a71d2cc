"""Provenance in every result file: commit, configuration, versions of libraries and machine."""

import hashlib
import json
import os
import platform
import subprocess
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RUN = "STARNMF_RUN"
"""Environment variable with the `run_description` of the run that a command belongs to."""

LIBRARIES = ("starnmf", "numpy", "scipy", "pandas", "torch", "numba", "h5py", "matplotlib", "snakemake")

_LOADED = time.perf_counter()


def run_description(configuration: Mapping[str, Any], checkout: Path, record: Path = Path("provenance.json")) -> str:
    """The commit of a checkout and the configuration of a run, as JSON for the environment variable `RUN`.

    Where the configuration says `redraw`, results are made from the tables of a bundle: the commit is then that of the
    run that the bundle's `record` is of, so that a figure that is redrawn is the same file.
    """
    redraw = configuration.get("redraw") and record.exists()
    commit = json.loads(record.read_text(encoding="utf-8"))["commit"] if redraw else _commit(checkout)
    described = {key: value for key, value in configuration.items() if key != "redraw"}
    return json.dumps({"commit": commit, "configuration": described}, sort_keys=True)


def this_run() -> dict[str, Any]:
    """`commit` and `configuration` of the run that the command belongs to; empty outside a run."""
    return dict(json.loads(os.environ.get(RUN, "{}")))


def stamp() -> dict[str, str]:
    """`commit`, `configuration_sha256`, `versions` and `machine`: the same for every file of a run on one machine.

    Outside a run, commit and configuration are `unknown`.
    """
    run = this_run()
    configuration = json.dumps(run["configuration"], sort_keys=True) if run else None
    return {
        "commit": run.get("commit", "unknown"),
        "configuration_sha256": hashlib.sha256(configuration.encode()).hexdigest() if configuration else "unknown",
        "versions": ", ".join(
            [f"python {platform.python_version()}", *(f"{name} {_version(name)}" for name in LIBRARIES)]
        ),
        "machine": f"{platform.system()} {platform.machine()}",
    }


def processor() -> str:
    """The processor and the BLAS that numpy has loaded for it, on which the last bits of results depend."""
    import threadpoolctl

    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    libraries = {
        f"{found['internal_api']} {found['version']} for {found.get('architecture', 'unknown')}"
        for found in threadpoolctl.threadpool_info()
        if found["user_api"] == "blas"
    }
    return ", ".join([model, *sorted(libraries)])


def seconds_so_far() -> float:
    """Elapsed seconds since the command loaded the library."""
    return time.perf_counter() - _LOADED


def _commit(checkout: Path) -> str:
    """The commit of a git checkout, `with changes` where its files differ from it; `unknown` without git.

    New files, such as a user's matrix, are none of its files but below `workflow`.
    """
    try:
        commit, *changes = (
            subprocess.run(
                ["git", "-C", str(checkout), *command], check=True, capture_output=True, text=True
            ).stdout.strip()
            for command in (
                ["rev-parse", "HEAD"],
                ["status", "--porcelain", "--untracked-files=no"],
                ["status", "--porcelain", "--", "workflow"],
            )
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit} with changes" if any(changes) else commit


def _version(library: str) -> str:
    """The installed version of a library, or `unknown`."""
    try:
        return version(library)
    except PackageNotFoundError:
        return "unknown"
