"""Fetching a dataset's raw files: from its publishers, or from a mirror at an address.

The checksum of a file without a published one is recorded when it was first transferred and parsed whole, and compared
ever after.
"""

import json
import os
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from starnmf.checksums import digest
from starnmf.datasets.raw import check_published, find_raw
from starnmf.datasets.registry import Published, PublishedMatrix, Source, published_files
from starnmf.datasets.transfer import Limits, TransferError, transfer
from starnmf.errors import InputError
from starnmf.locks import exclusive
from starnmf.results.atomic import write_atomically


@dataclass(frozen=True)
class Recorded:
    """A file as it was first fetched."""

    url: str
    bytes: int
    sha256: str


def fetch(
    dataset: str,
    folder: Path,
    receipt: Path,
    record: Path,
    mirror: str | None = None,
    offline: bool = False,
    limits: Limits | None = None,
) -> None:
    """Bring a dataset's raw files into `folder`, from the first of its sources that serves them, or from a mirror.

    Files that are there already, such as ones placed by hand, are not fetched. Files of the publisher must have the
    published checksum; one without is compared with that in the file `record`, which is written when it was first
    fetched and parsed whole. Writes the `receipt`, the checksums of all files, when they are there. Runs that share the
    folder wait for each other. Raises `InputError` on files that are not as published or as first fetched, and when
    every source fails or `offline` is set: with the failure of each and how to place the files by hand.
    """
    limits = limits or Limits()
    with exclusive(record.with_suffix(".lock"), f"{dataset} is being fetched by another run"):
        entry = published_files(dataset)
        if not _all_there(dataset, folder):
            failures = [] if offline else _try_in_order(entry, _ways(entry, mirror), folder, record, limits)
            if not _all_there(dataset, folder):
                said = "offline, and its files are not here" if offline else "no source could be downloaded:"
                raise InputError(
                    "\n".join([f"{dataset}: {said}", *failures, _by_hand(entry, folder, _recorded(record))])
                )
        if mirror is None:
            check_published(entry, folder)
        checksums = {path.relative_to(folder).as_posix(): digest(path) for path in find_raw(dataset, folder)}
        for name, recorded in _recorded(record).items():
            found = checksums.get(name, recorded.sha256)
            if found != recorded.sha256:
                raise InputError(
                    f"{dataset}: {folder / name} is not the file that was first fetched from {recorded.url}: sha256 "
                    f"is {found}; expected {recorded.sha256}. Delete it to fetch it again, or its entry in {record} to "
                    "keep it"
                )
        _write_json(checksums, receipt)


def _all_there(dataset: str, folder: Path) -> bool:
    with suppress(InputError):
        return bool(find_raw(dataset, folder))
    return False


def _ways(entry: Published, mirror: str | None) -> list[list[Source]]:
    """The files of every distribution of the dataset, in the order they are tried; on a mirror also loose files."""
    if mirror is None:
        return [[source] for source in entry.sources]
    archives = [[source.file] for source in entry.sources]
    loose = [list(names) for names in entry.files if not any("*" in name for name in names)]
    # A mirror may hold the same data packed anew: its files have checksums of their own.
    return [
        [Source(f"{mirror.rstrip('/')}/{name}", Path(name).name, None, None) for name in names]
        for names in (*archives, *loose)
    ]


def _try_in_order(
    entry: Published, ways: Sequence[Sequence[Source]], folder: Path, record: Path, limits: Limits
) -> list[str]:
    """Transfer all files of the first way that works; return how each way before it failed."""
    failures = []
    for way in ways:
        unknown: dict[str, Recorded] = {}
        try:
            for file in way:
                _get(file, folder, record, limits, unknown)
            if unknown:
                _check_whole(entry, folder, limits.largest)
        except (TransferError, OSError) as error:
            failures.append(f"  {file.url}: {error}")
            continue
        except InputError as error:
            # Nobody says what the file should be, and it is none of the dataset: it must not be expected from now on.
            for name in unknown:
                (folder / name).unlink()
            failures.append(f"  {file.url}: what it serves was deleted: {error}")
            continue
        if unknown:
            entries = sorted((_recorded(record) | unknown).items())
            _write_json({name: asdict(found) for name, found in entries}, record)
        break
    return failures


def _get(file: Source, folder: Path, record: Path, limits: Limits, unknown: dict[str, Recorded]) -> None:
    """Transfer a file unless it is there, and add it to `unknown` if nobody knows its checksum."""
    path, known = folder / file.file, _recorded(record).get(file.file)
    checksum = file.hash or (f"sha256:{known.sha256}" if known and known.url == file.url else None)
    if path.exists():
        return
    login, advice = kaggle_login(file.url)
    if known and not file.hash:
        advice += f". The checksum expected of it is in {record}: delete its entry there to accept another file"
    try:
        found = transfer(file.url, path, checksum, login, file.bytes, limits)
    except TransferError as error:
        raise TransferError(f"{error}{advice}") from error
    if path.suffix == ".zip" and not zipfile.is_zipfile(path):
        path.unlink()
        raise TransferError(
            f"the server answered with something else than a zip archive, such as a page to log in{advice}"
        )
    if checksum is None:
        unknown[file.file] = Recorded(file.url, path.stat().st_size, found)


def _check_whole(entry: Published, folder: Path, expanded_limit: int) -> None:
    """Raise `InputError` unless the dataset's files can be parsed whole."""
    # Imported here: most files have a known checksum, and parsers take seconds to load.
    from starnmf.datasets.cifar10 import read_images
    from starnmf.datasets.normalization import check_whole

    if isinstance(entry, PublishedMatrix):
        check_whole(entry.name, folder, expanded_limit)
    else:
        read_images(folder, "published", expanded_limit)


def _recorded(path: Path) -> dict[str, Recorded]:
    """The recorded files of a dataset by name; empty without a record. Raises `InputError` on any other file."""
    if not path.exists():
        return {}
    try:
        return {name: Recorded(**entry) for name, entry in json.loads(path.read_text(encoding="utf-8")).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: cannot be read as recorded checksums ({error}). Delete it to record anew what is fetched next"
        ) from error


def _write_json(content: dict[str, Any], path: Path) -> None:
    write_atomically(path, json.dumps(content, indent=1) + "\n")


def kaggle_login(url: str) -> tuple[tuple[str, str] | None, str]:
    """User and key from the environment or Kaggle's own file, and the advice after a failure; none for other sites."""
    if not url.startswith("https://www.kaggle.com/"):
        return None, ""
    refused = ". The Kaggle token may be refused: look at KAGGLE_USERNAME and KAGGLE_KEY, or ~/.kaggle/kaggle.json"
    if "KAGGLE_USERNAME" in os.environ and "KAGGLE_KEY" in os.environ:
        return (os.environ["KAGGLE_USERNAME"], os.environ["KAGGLE_KEY"]), refused
    file = Path.home() / ".kaggle" / "kaggle.json"
    if not file.is_file():
        return None, ". Without a login: set KAGGLE_USERNAME and KAGGLE_KEY, or place a token in ~/.kaggle/kaggle.json"
    try:
        login = json.loads(file.read_text(encoding="utf-8"))
        return (login["username"], login["key"]), refused
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{file}: no Kaggle token ({error}); expected username and key. Get it anew from Kaggle"
        ) from error


def _by_hand(entry: Published, folder: Path, recorded: dict[str, Recorded]) -> str:
    """Which files to place where: name, and size and checksum where they are known."""
    lines = [f"Get it by hand from {entry.page} and place in {folder}, unchanged, one of:"]
    for source in entry.sources:
        known = recorded.get(source.file)
        size = known.bytes if known else source.bytes
        checksum = source.hash or (f"sha256:{known.sha256}" if known else "no checksum known")
        lines.append(f"  {source.file}, {f'{size:,} bytes' if size else 'size not known'}, {checksum}")
    return "\n".join(dict.fromkeys(lines))
