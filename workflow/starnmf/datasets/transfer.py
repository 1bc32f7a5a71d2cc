"""One file over HTTP: resumed where it broke off, tried again where that may help, verified before it gets its name."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any

import requests
import urllib3

from starnmf.checksums import digest
from starnmf.progress_bar import progress_bar

ATTEMPTS = 5
"""Most attempts in a row without a byte of progress."""

CONNECT_SECONDS, SILENT_SECONDS = 10.0, 60.0
"""Longest wait for a connection, and between two answers of a server."""

PAUSE_SECONDS, LONGEST_PAUSE = 1.0, 60.0
"""Pause before the second attempt, doubled before each further one, and the longest pause."""

CHUNK = 2**16
"""Most bytes that an interrupted transfer loses."""

_CONNECTION_ERRORS = (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError)
"""Errors of a connection that fails or stalls."""


class TransferError(Exception):
    """A file that could not be downloaded; the message says why."""


class _BrokenOffError(Exception):
    """A failure after which another attempt may succeed, with the pause that the server asks for."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


def transfer(url: str, path: Path, checksum: str | None, auth: tuple[str, str] | None) -> str:
    """Save what `url` serves as `path` unless it is there already; return its SHA-256.

    The bytes are collected in a hidden file beside `path`, renamed when it has the length that the server announced and
    the `checksum` (`sha256:...` or `md5:...`), where one is known. An interrupted transfer is resumed. Two processes
    take turns. Raises `TransferError` when the server refuses, when attempts are used up and on a wrong checksum.
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
    """Append what is missing. Raises `_BrokenOffError` or `TransferError` when that fails; bytes received are kept."""
    known = _read_note(note)
    validator = known.get("validator")
    # Where the server cannot confirm that it is the same content, the checksum can.
    if known.get("url") != url or not (validator or checksum):
        partial.truncate(0)
    done = partial.seek(0, 2)
    headers = {"Accept-Encoding": "identity"}
    if done:
        headers |= {"Range": f"bytes={done}-"} | ({"If-Range": validator} if validator else {})
    try:
        with requests.get(
            url, headers=headers, auth=auth, stream=True, timeout=(CONNECT_SECONDS, SILENT_SECONDS)
        ) as response:
            status, content_range = response.status_code, response.headers.get("Content-Range", "")
            if done and status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and content_range == f"bytes */{done}":
                return  # nothing of the same body is missing
            _check_status(response, partial)
            if not (status == HTTPStatus.PARTIAL_CONTENT and content_range.startswith(f"bytes {done}-")):
                done = 0  # the server sends everything
                partial.truncate(0)
            note.write_text(json.dumps({"url": url, "validator": _validator(response)}), encoding="utf-8")
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


def _check_status(response: requests.Response, partial: IO[bytes]) -> None:
    """Raise unless the server sends the content."""
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


def _read_note(note: Path) -> dict[str, Any]:
    """Address of the content that the partial file is a part of, and its validator; empty where nothing is known."""
    try:
        written = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return written if isinstance(written, dict) else {}
