"""The run as a Workflow Run RO-Crate: an archive that describes workflow, data and results in terms of schema.org.

Profiles: Process Run Crate and Workflow Run Crate 0.5, Workflow RO-Crate 1.0 (https://w3id.org/ro/wfrun/workflow/0.5).
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from starnmf.errors import InputError
from starnmf.provenance.record import RECORD, read_record
from starnmf.results.atomic import atomic_write

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
LICENCE = "https://spdx.org/licenses/MIT"
TITLE = "Star-convexity in non-negative matrix factorization, measured"


def write_crate(run: Path, checkout: Path, output: Path) -> None:
    """Write the crate of a finished run as a zip archive.

    It holds the workflow's files from `checkout`, and the figures, tables and ledger of the run under `results/NAME`.
    The data are named with their checksums, not included. The action begins and ends with the oldest and the newest of
    the results. Raises `InputError` as `read_record`, and if `checkout` is not the workflow's.
    """
    if not (checkout / "Snakefile").is_file():
        raise InputError(f"{checkout}: found no Snakefile; expected --checkout with the folder of the workflow")
    known = read_record(run)
    crate = ROCrate(version="1.1")
    crate.name, crate.license = f"Run of: {TITLE}", LICENCE
    crate.description = f"Configuration {known['configuration_sha256']} of commit {known['commit']}"
    crate.root_dataset["conformsTo"] = [
        crate.add(ContextEntity(crate, address, properties={"@type": "CreativeWork", "name": name, "version": number}))
        for address, (name, number) in PROFILES.items()
    ]
    main = crate.add_workflow(str(checkout / "Snakefile"), "Snakefile", main=True, lang="snakemake")
    main["name"], main["version"] = TITLE, known["commit"]
    parts = [checkout / "config.yaml", *sorted((checkout / "workflow/rules").glob("*.smk"))]
    main["hasPart"] = [_file(crate, path, path.relative_to(checkout).as_posix()) for path in parts]
    name = known["configuration"]["run"]
    files = [_file(crate, run / path, f"results/{name}/{path}") for path in (RECORD, *known["results"])]
    times = [datetime.fromtimestamp((run / path).stat().st_mtime, UTC).isoformat() for path in known["results"]]
    action = {
        "@type": "CreateAction",
        "name": crate.name,
        "startTime": min(times),
        "endTime": max(times),
        "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
        "description": f"{known['versions']}; {known['machine']}",
    }
    made = crate.add(ContextEntity(crate, "#run", properties=action))
    made["instrument"] = main
    made["object"] = [_dataset(crate, name, data) for name, data in known["data"].items()]
    made["result"] = files
    crate.root_dataset["mentions"] = [made]
    with atomic_write(output) as temporary:
        crate.write_zip(temporary)


def _file(crate: ROCrate, path: Path, name: str) -> Any:
    """A file with its path in the crate."""
    return crate.add_file(str(path), name, properties={"name": path.name})


def _dataset(crate: ROCrate, name: str, data: dict[str, Any]) -> ContextEntity:
    """The raw files of a dataset, by their checksums."""
    properties = {
        "@type": "PropertyValue",
        "name": f"{name} ({data['source']})",
        "value": ", ".join(f"{file} sha256:{checksum}" for file, checksum in data["raw_sha256"].items()),
    }
    return crate.add(ContextEntity(crate, f"#data-{name}", properties=properties))
