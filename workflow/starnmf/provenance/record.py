"""The record of a run: its configuration, software and data, the cost of its jobs, and the checksums of its results."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starnmf.checksums import digest
from starnmf.datasets.tables import MATRICES
from starnmf.errors import InputError
from starnmf.figures.provenance import data_behind
from starnmf.networks.tables import TRAININGS
from starnmf.results.atomic import write_atomically
from starnmf.run_folder import CONFIGURATION
from starnmf.stamp import processor, stamp, this_run

RECORD = "provenance.json"
"""In the folder of a run: its record."""

OF_DATA = ("source", "n", "m", "rank", "observed", "seed")


def write_record(
    descriptions: Sequence[Path],
    trainings: Sequence[Path],
    tables: Sequence[Path],
    results: Sequence[Path],
    jobs: Path,
    output: Path,
) -> None:
    """Write the record of a run as JSON into the folder of the run.

    `descriptions` are those of its matrices (`starnmf.datasets.tables.MATRICES`), `trainings` the summaries of its
    networks, `tables` what figures, tables and ledger (`results`) are made from, `jobs` the folder of Snakemake's
    `benchmark` files. Fields: those of `starnmf.stamp.stamp`; `processor`; `configuration`; `data`; `networks`; `jobs`,
    wall seconds, processor seconds and largest memory in MiB; `tables` and `results`, checksums by the path below the
    folder of the run. Raises `InputError` on files that are not such descriptions and summaries.
    """
    record = stamp() | {
        "processor": processor(),
        "configuration": this_run().get("configuration"),
        "data": {
            row["dataset"]: {name: row[name] for name in OF_DATA} | {"raw_sha256": json.loads(row["raw_sha256"])}
            for row in MATRICES.read(descriptions).astype(str).to_dict("records")
        },
        "networks": data_behind("network", TRAININGS.read(trainings).astype(str)),
        "jobs": {
            path.relative_to(jobs).with_suffix("").as_posix(): _cost(path) for path in sorted(jobs.rglob("*.tsv"))
        },
        "tables": {path.relative_to(output.parent).as_posix(): digest(path) for path in sorted(tables)},
        "results": {path.relative_to(output.parent).as_posix(): digest(path) for path in sorted(results)},
    }
    write_atomically(output, json.dumps(record, indent=1) + "\n")


def read_record(run: Path) -> dict[str, Any]:
    """The record of the finished run in a folder.

    Raises `InputError` where a run has not finished, and where a file that belongs to its results is missing or is not
    as the run made it; the message says which command makes what is missing.
    """
    path, configuration = run / RECORD, run / CONFIGURATION
    command = f"snakemake --cores all{f' --configfile {configuration}' if configuration.exists() else ''}"
    if not path.exists():
        found = "an unfinished run" if configuration.exists() else "no run"
        raise InputError(f"{run}: holds {found}; expected {path}. {command} makes it")
    try:
        record = dict(json.loads(path.read_text(encoding="utf-8")))
        files = dict(record["tables"] | record["results"])
        record["configuration"]["run"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"{path}: cannot be read as a run's record ({error!r}); expected what the workflow writes. Delete it, and "
            f"{command} makes it anew"
        ) from error
    for name, checksum in files.items():
        if not (run / name).is_file():
            raise InputError(f"{run / name}: is missing; expected what the run made. {command} makes it")
        if digest(run / name) != checksum:
            raise InputError(
                f"{run / name}: is not as recorded in {path}. If a command made it anew, {command} brings the run "
                "up to date; if it was edited, delete it first"
            )
    return record


def _cost(path: Path) -> dict[str, float]:
    """Wall and processor seconds and largest memory of a job, the last time it ran."""
    with path.open(newline="", encoding="utf-8") as file:
        *_, last = csv.DictReader(file, delimiter="\t")
    found = {"seconds": last["s"], "processor_seconds": last["cpu_time"], "memory_mib": last["max_rss"]}
    # Snakemake writes NA or - for jobs that end before it measures them.
    return {name: float(value) for name, value in found.items() if value not in ("NA", "-")}
