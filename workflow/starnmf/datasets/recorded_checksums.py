"""Checksums of files without a published one: recorded at the first transfer, compared at every later one."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from starnmf.errors import InputError
from starnmf.results.atomic import atomic_write


@dataclass(frozen=True)
class Recorded:
    """A file as it was first fetched."""

    url: str
    bytes: int
    sha256: str


def read_record(path: Path) -> dict[str, Recorded]:
    """The recorded files of a dataset by name; empty without a record. Raises `InputError` on any other file."""
    if not path.exists():
        return {}
    try:
        return {name: Recorded(**entry) for name, entry in json.loads(path.read_text(encoding="utf-8")).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: cannot be read as recorded checksums ({error}). Delete it to record anew what is fetched next"
        ) from error


def add_to_record(path: Path, name: str, recorded: Recorded) -> None:
    """Record a file, beside those that are recorded already."""
    entries = read_record(path) | {name: recorded}
    with atomic_write(path) as temporary:
        content = {name: asdict(entry) for name, entry in sorted(entries.items())}
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
