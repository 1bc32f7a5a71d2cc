"""The run as a Workflow Run RO-Crate: an archive that describes workflow, data and results in terms of schema.org.

Profiles: Process Run Crate and Workflow Run Crate 0.5, Workflow RO-Crate 1.0 (https://w3id.org/ro/wfrun/workflow/0.5).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from starnmf.provenance.record import read_record
from starnmf.results.atomic import atomic_write

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
LICENCE = "https://spdx.org/licenses/MIT"
TITLE = "Star-convexity in non-negative matrix factorization, measured"


def write_crate(record: Path, workflow: Sequence[Path], results: Sequence[Path], output: Path) -> None:
    """Write the crate of a finished run as a zip archive.

    `workflow` are the files of the workflow, its Snakefile first, `results` those that the run made; both are below the
    working directory and keep their paths. The data are named with their checksums, not included. The action begins
    and ends with the oldest and the newest of the results. Raises `InputError` on any other file than a record.
    """
    known = read_record(record)
    crate = ROCrate(version="1.1")
    crate.name, crate.license = f"Run of: {TITLE}", LICENCE
    crate.description = f"Configuration {known['configuration_sha256']} of commit {known['commit']}"
    crate.root_dataset["conformsTo"] = [
        crate.add(ContextEntity(crate, address, properties={"@type": "CreativeWork", "name": name, "version": number}))
        for address, (name, number) in PROFILES.items()
    ]
    snakefile, *parts = workflow
    main = crate.add_workflow(str(snakefile), snakefile.as_posix(), main=True, lang="snakemake")
    main["name"], main["version"] = TITLE, known["commit"]
    main["hasPart"] = [_file(crate, path) for path in parts]
    files = [_file(crate, path) for path in (record, *results)]
    times = [datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat() for path in results]
    action = {
        "@type": "CreateAction",
        "name": crate.name,
        "startTime": min(times),
        "endTime": max(times),
        "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
        "description": f"{known['versions']}; {known['machine']}",
    }
    run = crate.add(ContextEntity(crate, "#run", properties=action))
    run["instrument"] = main
    run["object"] = [_dataset(crate, name, data) for name, data in known["data"].items()]
    run["result"] = files
    crate.root_dataset["mentions"] = [run]
    with atomic_write(output) as temporary:
        crate.write_zip(temporary)


def _file(crate: ROCrate, path: Path) -> Any:
    return crate.add_file(str(path), path.as_posix(), properties={"name": path.name})


def _dataset(crate: ROCrate, name: str, data: dict[str, Any]) -> ContextEntity:
    """The raw files of a dataset, by their checksums."""
    properties = {
        "@type": "PropertyValue",
        "name": f"{name} ({data['source']})",
        "value": ", ".join(f"{file} sha256:{checksum}" for file, checksum in data["raw_sha256"].items()),
    }
    return crate.add(ContextEntity(crate, f"#data-{name}", properties=properties))
