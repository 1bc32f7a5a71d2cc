"""The record of a run: its configuration, software and data, the cost of its jobs, and the checksums of its results."""

import csv
import json
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

from starnmf.checksums import digest
from starnmf.datasets.tables import MATRICES
from starnmf.errors import InputError
from starnmf.networks.tables import TRAININGS
from starnmf.results.atomic import atomic_write
from starnmf.results.table import Table
from starnmf.stamp import stamp, this_run

OF_DATA = ("source", "n", "m", "rank", "observed", "seed")


def write_record(
    descriptions: Sequence[Path], trainings: Sequence[Path], results: Sequence[Path], jobs: Path, output: Path
) -> None:
    """Write the record of a run as JSON.

    `descriptions` are those of its matrices (`starnmf.datasets.tables.MATRICES`), `trainings` the summaries of its
    networks, `results` the files whose checksums are recorded, `jobs` the folder of Snakemake's `benchmark` files.
    Fields: those of `starnmf.stamp.stamp`; `configuration`; `data`; `networks`; `jobs`, wall seconds and largest
    memory in MiB; `results`. Raises `InputError` on files that are not such descriptions and summaries.
    """
    record = stamp() | {
        "configuration": this_run().get("configuration"),
        "data": {
            row["dataset"]: {name: row[name] for name in OF_DATA} | {"raw_sha256": json.loads(row["raw_sha256"])}
            for row in _rows(MATRICES, descriptions)
        },
        "networks": {
            row["network"]: {name: row[name] for name in ("source", "data_sha256", "seed", "device")}
            for row in _rows(TRAININGS, trainings)
        },
        "jobs": {
            path.relative_to(jobs).with_suffix("").as_posix(): _cost(path) for path in sorted(jobs.rglob("*.tsv"))
        },
        "results": {path.as_posix(): digest(path) for path in sorted(results)},
    }
    with atomic_write(output) as temporary:
        temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def read_record(path: Path) -> dict[str, Any]:
    """The record of a run. Raises `InputError` on any other file, and on one of a command that belonged to no run."""
    try:
        record = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"{path}: cannot be read as a run's record ({error}); expected results/provenance.json"
        ) from error
    if not isinstance(record.get("configuration"), dict):
        raise InputError(f"{path}: holds no configuration; expected the record that a run of the workflow writes")
    return record


def _rows(table: Table, paths: Sequence[Path]) -> list[dict[Hashable, Any]]:
    """The rows of tables, every cell as text."""
    return table.read(paths).astype(str).to_dict("records")


def _cost(path: Path) -> dict[str, float]:
    """Wall seconds and largest memory of a job, the last time it ran."""
    with path.open(newline="", encoding="utf-8") as file:
        *_, last = csv.DictReader(file, delimiter="\t")
    found = {"seconds": last["s"], "memory_mib": last["max_rss"]}
    # Snakemake writes NA or - for jobs that end before it measures them.
    return {name: float(value) for name, value in found.items() if value not in ("NA", "-")}
