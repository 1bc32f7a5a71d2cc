"""The record of a run, and the bundle of its tables.

The record holds its configuration, software and data, the cost of its jobs, and the checksums of its results; the
bundle all tables that figures, tables and the ledger are made from, without factors or data.
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from starnmf.archives import new_zip, zip_member
from starnmf.checksums import digest
from starnmf.datasets.tables import MATRICES
from starnmf.errors import InputError
from starnmf.figures.provenance import data_behind
from starnmf.networks.tables import TRAININGS
from starnmf.results.atomic import atomic_write
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
            for row in MATRICES.read(descriptions).astype(str).to_dict("records")
        },
        "networks": data_behind("network", TRAININGS.read(trainings).astype(str)),
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


def write_bundle(record: Path, tables: Sequence[Path], output: Path) -> None:
    """Write a zip archive with the tables under their own paths, the run's record and a `config.yaml`.

    That is the run's configuration with `redraw`, so that a workflow that runs in the unpacked folder makes figures,
    tables and ledger from these tables. Raises `InputError` on a table outside the working directory, and on any other
    file than a record (`read_record`).
    """
    outside = [path for path in tables if path.is_absolute() or ".." in path.parts]
    if outside:
        raise InputError(f"{outside[0]}: lies outside the working directory; expected a path below it. Run there")
    configuration = read_record(record)["configuration"] | {"redraw": True}
    members = {path.as_posix(): path.read_bytes() for path in sorted(tables)}
    members["provenance.json"] = record.read_bytes()
    members["config.yaml"] = yaml.safe_dump(configuration, sort_keys=False).encode()
    with new_zip(output) as archive:
        for name, content in members.items():
            with zip_member(archive, name) as member:
                member.write(content)


def _cost(path: Path) -> dict[str, float]:
    """Wall seconds and largest memory of a job, the last time it ran."""
    with path.open(newline="", encoding="utf-8") as file:
        *_, last = csv.DictReader(file, delimiter="\t")
    found = {"seconds": last["s"], "memory_mib": last["max_rss"]}
    # Snakemake writes NA or - for jobs that end before it measures them.
    return {name: float(value) for name, value in found.items() if value not in ("NA", "-")}
