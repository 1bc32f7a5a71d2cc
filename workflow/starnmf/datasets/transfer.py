"""One file over HTTP: resumed where it broke off, tried again where that may help, verified before it gets its name."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any

import requests
import urllib3

from starnmf.checksums import digest
from starnmf.progress_bar import progress_bar

ATTEMPTS = 5
"""In a row without a byte of progress; an attempt that gets further counts as the first."""

CONNECT_SECONDS, SILENT_SECONDS = 10.0, 60.0
"""Longest wait for a connection, and for a server to say anything."""

PAUSE_SECONDS, LONGEST_PAUSE = 1.0, 60.0
"""Before the second attempt, doubled before every other, and at most."""

CHUNK = 2**16
"""Bytes that an interrupted transfer loses at most."""

_CONNECTION_ERRORS = (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError)
"""What a connection that fails or falls silent raises."""


class TransferError(Exception):
    """A file that could not be had from an address; its message says why."""


class _BrokenOffError(Exception):
    """A failure that another attempt may mend, after a pause that the server may have asked for."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


@dataclass(frozen=True)
class _Body:
    """What the partial file is a part of: only the same body may be appended to it."""

    url: str
    validator: str | None
    """Entity tag or date of change by which the server knows the body again."""


def transfer(url: str, path: Path, checksum: str | None, auth: tuple[str, str] | None) -> str:
    """Save what `url` serves as `path` unless it is there already; return its SHA-256.

    The bytes gather in a hidden file beside `path`, which gets its name when it is as long as the server said and has
    the `checksum` (`sha256:...` or `md5:...`), where one is known. What is left of an interrupted transfer is gone on
    with. Two processes take turns. Raises `TransferError` when the server refuses, when attempts are used up and on a
    wrong checksum.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part, note = (path.with_name(f".{path.name}.{suffix}") for suffix in ("part", "json"))
    with _locked(part) as partial:
        if not path.exists():
            _gather(url, partial, note, checksum, auth)
            note.unlink(missing_ok=True)
            _verify(part, checksum)
            part.rename(path)
    return digest(path)


@contextmanager
def _locked(part: Path) -> Iterator[IO[bytes]]:
    """The partial file, to append to; another process waits until this one lets go of it or is killed."""
    while True:
        with part.open("ab", buffering=0) as partial:
            fcntl.flock(partial, fcntl.LOCK_EX)
            if not _is_named(partial, part):
                continue  # the process waited for has given the file its name, or removed it
            yield partial
            if _is_named(partial, part) and part.stat().st_size == 0:
                part.unlink()
            return


def _is_named(file: IO[bytes], path: Path) -> bool:
    """Whether an open file is still the one of that name."""
    return path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat())


def _gather(url: str, partial: IO[bytes], note: Path, checksum: str | None, auth: tuple[str, str] | None) -> None:
    failures = 0
    while True:
        before = partial.tell()
        try:
            _attempt(url, partial, note, checksum, auth)
            return
        except _BrokenOffError as failure:
            failures = 1 if partial.tell() > before else failures + 1
            if failures == ATTEMPTS:
                raise TransferError(f"{failure} ({ATTEMPTS} attempts)") from failure
            pause = PAUSE_SECONDS * 2 ** (failures - 1) if failure.pause is None else failure.pause
            time.sleep(min(pause, LONGEST_PAUSE))


def _attempt(url: str, partial: IO[bytes], note: Path, checksum: str | None, auth: tuple[str, str] | None) -> None:
    """Append what is missing. Raises `_BrokenOffError` or `TransferError` when that fails; what came stays."""
    known = _read_note(note)
    # Without the server's word that it is the same body, a checksum can still tell.
    resumable = known is not None and known.url == url and (known.validator or checksum)
    if not resumable:
        partial.truncate(0)
    done = partial.seek(0, 2)
    headers = {"Accept-Encoding": "identity"}
    if done and known is not None:
        headers |= {"Range": f"bytes={done}-"} | ({"If-Range": known.validator} if known.validator else {})
    try:
        with requests.get(
            url, headers=headers, auth=auth, stream=True, timeout=(CONNECT_SECONDS, SILENT_SECONDS)
        ) as response:
            if done and _has_all(response, done):
                return
            _refuse_failures(response, partial)
            if done and not _goes_on_at(response, done):
                done = 0
                partial.truncate(0)
            note.write_text(json.dumps(asdict(_Body(url, _validator(response)))), encoding="utf-8")
            _append(response, partial, done)
    except _CONNECTION_ERRORS as error:
        raise _BrokenOffError(f"the transfer broke off after {partial.tell():,} bytes: {error}") from error
    except requests.RequestException as error:
        raise TransferError(str(error)) from error


def _append(response: requests.Response, partial: IO[bytes], done: int) -> None:
    length = response.headers.get("Content-Length")
    total = None if length is None else done + int(length)
    name = response.url.split("?")[0].rsplit("/", 1)[-1]
    with progress_bar(name, total, "B", done=done, unit_scale=True) as bar:
        # Bytes as they are stored: a server may call a compressed file's own compression an encoding.
        for chunk in response.raw.stream(CHUNK, decode_content=False):
            partial.write(chunk)
            bar.update(len(chunk))
    if total is not None and partial.tell() != total:
        raise _BrokenOffError(f"the server sent {partial.tell():,} of {total:,} bytes")


def _refuse_failures(response: requests.Response, partial: IO[bytes]) -> None:
    """Raise unless the server sends the body."""
    status: int = response.status_code
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        partial.truncate(0)
        raise _BrokenOffError("the server has another body than the one begun", pause=0)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        asked = response.headers.get("Retry-After", "")
        raise _BrokenOffError(
            f"the server answered {status} {response.reason}", float(asked) if asked.isdigit() else None
        )
    if status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        raise TransferError(f"the server answered {status} {response.reason}")


def _goes_on_at(response: requests.Response, done: int) -> bool:
    """Whether the server sends what was asked for rather than everything."""
    begins = response.headers.get("Content-Range", "").startswith(f"bytes {done}-")
    return response.status_code == HTTPStatus.PARTIAL_CONTENT and begins


def _has_all(response: requests.Response, done: int) -> bool:
    """Whether the server says that nothing of the same body is missing."""
    unsatisfiable = response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    return unsatisfiable and response.headers.get("Content-Range") == f"bytes */{done}"


def _validator(response: requests.Response) -> str | None:
    """A strong entity tag, or the date of the last change."""
    tag = response.headers.get("ETag")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")


def _verify(part: Path, checksum: str | None) -> None:
    if checksum is None:
        return
    algorithm, expected = checksum.split(":", 1)
    found = digest(part, algorithm)
    if found != expected:
        part.unlink()
        raise TransferError(f"{algorithm} is {found}; expected {expected}: another file, or a damaged one")


def _read_note(note: Path) -> _Body | None:
    try:
        written: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        return _Body(**written)
    except (OSError, ValueError, TypeError):
        return None
