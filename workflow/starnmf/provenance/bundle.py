"""The bundle of a run: the tables that its figures, tables and ledger are made from, without factors or data.

A bundle may come from anybody. It is data: unpacking it takes nothing from it but tables with their recorded checksums
and a configuration that fits the schema, with which nothing but figures, tables and the ledger can be made.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from starnmf.archives import check_expanded, new_zip, zip_member
from starnmf.configuration import datasets_of, own_datasets, read_configuration
from starnmf.datasets import EXPANDED_LIMIT
from starnmf.errors import InputError, reading
from starnmf.provenance.record import RECORD, read_record
from starnmf.result_tables import RESULT_TABLES
from starnmf.results.atomic import write_atomically
from starnmf.run_folder import CONFIGURATION


def write_bundle(run: Path, output: Path) -> None:
    """Write a zip archive with the record of a finished run and its tables under `results/NAME`.

    Raises `InputError` as `read_record`.
    """
    record = read_record(run)
    name = record["configuration"]["run"]
    members = {f"results/{name}/{path}": (run / path).read_bytes() for path in sorted(record["tables"])}
    members[RECORD] = (run / RECORD).read_bytes()
    with new_zip(output) as archive:
        for path, content in members.items():
            with zip_member(archive, path) as member:
                member.write(content)


def unpack_bundles(bundles: Sequence[Path], folder: Path, schema: Path, expanded_limit: int = EXPANDED_LIMIT) -> None:
    """Write the tables of bundles into `folder`, with a configuration that makes figures, tables and ledger of them.

    Tables of a single bundle come into the folder of its run, and those of several into that of one run, `all`.

    Parameters
    ----------
    bundles
        As `write_bundle` writes them.
    folder
        A new folder, or one with the same bundles.
    schema
        That of configurations.
    expanded_limit
        Most bytes that a bundle may expand to.

    Raises
    ------
    InputError
        If a file is no bundle, if a table is none of this pipeline or not as recorded, if two bundles have the same
        table or are of runs with the same name, if a recorded configuration does not fit, and if the folder holds
        anything else. Nothing is written then.
    """
    unpacked = [_unpacked(bundle, schema, expanded_limit) for bundle in bundles]
    configurations = [bundle.configuration for bundle in unpacked]
    configuration = together(configurations) if len(unpacked) > 1 else configurations[0]
    tables: dict[str, bytes] = {}
    records: dict[str, Any] = {}
    for path, bundle in zip(bundles, unpacked, strict=True):
        run = bundle.configuration["run"]
        if run in records:
            raise InputError(f"{path}: is of a run {run}, as another of the bundles is; expected runs of several names")
        if repeated := sorted(tables.keys() & bundle.tables.keys()):
            raise InputError(
                f"{path}: has {repeated[0]}, as another of the bundles has; expected bundles of different data. Unpack "
                "one of them alone"
            )
        tables |= bundle.tables
        records[run] = bundle.record
    record = {
        "commit": ", ".join(dict.fromkeys(str(bundle.record["commit"]) for bundle in unpacked)),
        "tables": sorted(tables),
        "bundles": records,
    }
    written = {RECORD: json.dumps(record, indent=1).encode() + b"\n"}
    written |= {f"results/{configuration['run']}/{name}": content for name, content in tables.items()}
    if folder.exists() and not _holds(folder, written[RECORD]):
        raise InputError(f"{folder}: holds other files; expected a new folder. Delete it, or name another one")
    written[CONFIGURATION] = yaml.safe_dump(configuration, sort_keys=False).encode()
    for name, content in written.items():
        write_atomically(folder / name, content)


@dataclass(frozen=True)
class _Bundle:
    """What a bundle holds, checked."""

    record: dict[str, Any]
    configuration: dict[str, Any]
    tables: dict[str, bytes]
    """By their path below the folder of the run."""


def _unpacked(bundle: Path, schema: Path, expanded_limit: int) -> _Bundle:
    """The record, the configuration and the tables of a bundle. Raises `InputError` where they do not fit."""
    with reading(str(bundle), "a bundle", "a zip archive that `starnmf provenance bundle` wrote"):
        members = _members(bundle, expanded_limit)
        record = dict(json.loads(members.pop(RECORD)))
        recorded, configuration = dict(record["tables"]), dict(record["configuration"])
        if not re.fullmatch(r"[\w -]{1,80}", record["commit"]):
            raise ValueError(f"commit {record['commit']!r}")
    run = f"results/{configuration.get('run')}"
    _check_tables(bundle, members, run, recorded)
    try:
        checked = read_configuration(configuration | {"redraw": True}, schema)
    except InputError as error:
        raise InputError(f"{bundle}: its configuration cannot be read: {error}") from error
    return _Bundle(record, checked, {name.removeprefix(f"{run}/"): content for name, content in members.items()})


def together(configurations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The configuration of one run with what is in several, named `all`.

    Keys that say what there is are united. All others are those of the first configuration: what is drawn from tables
    depends on none of them.
    """
    united: dict[str, Any] = dict(configurations[0]) | {"run": "all", "own": None, "only": None, "preset": None}
    # Runs of one matrix have neither networks nor experiments.
    of_many = [one for one in configurations if not one["own"] and not one["only"]]
    for keys, having in ((("regimes", "rates"), configurations), (("networks", "experiments"), of_many)):
        for key in keys:
            united[key] = list(dict.fromkeys(value for one in having for value in one[key]))
    united["rates"].sort()
    own = {name: given for one in configurations for name, given in own_datasets(one).items()}
    names = dict.fromkeys(name for one in configurations for name in datasets_of(one))
    united |= {"own_datasets": own, "datasets": [name for name in names if name not in own]}
    for key in ("optima", "trainings"):
        united[key] = max(one[key] for one in configurations)
    united["ranks_tried"] = next((one["ranks_tried"] for one in configurations if one["ranks_tried"]), None)
    return united


def _members(bundle: Path, expanded_limit: int) -> dict[str, bytes]:
    """The content of an archive by the names in it."""
    with zipfile.ZipFile(bundle) as archive:
        check_expanded(sum(info.file_size for info in archive.infolist()), expanded_limit, str(bundle))
        names = archive.namelist()
        if repeated := [name for name in names if names.count(name) > 1]:
            raise InputError(f"{bundle}: {repeated[0]} is in it more than once; expected every file once")
        return {name: archive.read(name) for name in names}


def _check_tables(bundle: Path, members: dict[str, bytes], run: str, recorded: dict[str, Any]) -> None:
    """Raise `InputError` unless the files are the recorded tables, under the folder of the run."""
    for name, content in members.items():
        path = PurePosixPath(name)
        below = path.relative_to(run).as_posix() if path.is_relative_to(run) and ".." not in path.parts else None
        if below is None or not any(table.matches(Path(name)) for table in RESULT_TABLES):
            raise InputError(f"{bundle}: holds {name}; expected tables of results in {run}")
        if hashlib.sha256(content).hexdigest() != recorded.get(below):
            raise InputError(f"{bundle}: {name} is not as recorded in its {RECORD}. Get it again")
    if missing := [name for name in recorded if f"{run}/{name}" not in members]:
        raise InputError(f"{bundle}: {run}/{missing[0]} is missing; expected what its {RECORD} names. Get it again")


def _holds(folder: Path, record: bytes) -> bool:
    """Whether a folder is empty or holds the bundle with this record."""
    there = folder / RECORD
    return there.read_bytes() == record if there.is_file() else not any(folder.iterdir())
