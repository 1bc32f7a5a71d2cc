"""The bundle of a run: all tables that figures, tables and the ledger are made from, without factors or data."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from starnmf.archives import new_zip, zip_member
from starnmf.errors import InputError
from starnmf.provenance.record import read_record


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
