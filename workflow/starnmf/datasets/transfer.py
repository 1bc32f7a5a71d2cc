"""One file over HTTP: resumed where it broke off, tried again where that may help, verified before it gets its name."""

import gzip
import json
import re
import threading
import time
import zlib
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any

import requests
import urllib3

from starnmf.checksums import digest
from starnmf.datasets import DOWNLOAD_HOURS, EXPANDED_LIMIT, LOWEST_RATE
from starnmf.progress_bar import progress_bar

ATTEMPTS = 5
"""Most attempts in a row that bring less than `PROGRESS`."""

PROGRESS = 10_000
"""Bytes that an attempt must bring for the count of attempts to begin anew."""

CONNECT_SECONDS, SILENT_SECONDS = 10.0, 60.0
"""Longest wait for a connection, and between two bytes of a server."""

ANSWER_SECONDS = 120.0
"""Longest wait for the whole head of an answer."""

RATE_SECONDS = 60.0
"""Time over which the lowest rate is measured."""

PAUSE_SECONDS, LONGEST_PAUSE = 1.0, 60.0
"""Pause before the second attempt, doubled before each further one, and the longest pause."""

CHUNK = 2**16
"""Most bytes that an interrupted transfer loses."""

_CONNECTION_ERRORS = (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError)
"""Errors of a connection that fails or stalls."""

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Limits:
    """What a transfer may take."""

    lowest_rate: float = LOWEST_RATE
    """Bytes per second, over a minute."""
    hours: float = DOWNLOAD_HOURS
    """In all, pauses included."""
    largest: int = EXPANDED_LIMIT
    """Bytes of a file whose size is not published."""


class TransferError(Exception):
    """A file that could not be downloaded; the message says why."""


class _BrokenOffError(Exception):
    """A failure after which another attempt may succeed, with the pause that the server asks for."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


def transfer(
    url: str,
    path: Path,
    checksum: str | None,
    auth: tuple[str, str] | None,
    size: int | None = None,
    limits: Limits | None = None,
) -> str:
    """Save what `url` serves as `path` unless it is there already; return its SHA-256.

    The bytes are collected in a hidden file beside `path`, renamed when it has the length that the server announced and
    the `checksum` (`sha256:...` or `md5:...`) and `size` where these are known. An interrupted transfer is resumed
    where the server shows that it sends the rest of the same content. Processes must take turns, as in `fetch`. Raises
    `TransferError` when the server refuses, sends another or no content, when attempts or `limits` are used up and on a
    wrong checksum.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part, note = (path.with_name(f".{path.name}.{suffix}") for suffix in ("part", "json"))
    if not path.exists():
        with part.open("ab", buffering=0) as partial:
            try:
                _Transfer(url, partial, note, checksum, auth, size, limits or Limits()).gather()
            finally:
                if part.stat().st_size == 0:
                    part.unlink()
                    note.unlink(missing_ok=True)
        encoding = str(_read_note(note).get("encoding") or "").lower().removeprefix("x-")
        note.unlink(missing_ok=True)
        if encoding == "gzip" and not path.name.endswith((".gz", ".tgz")):
            _expand(part, size or (limits or Limits()).largest)
        _verify(part, checksum)
        part.rename(path)
    return digest(path)


@dataclass
class _Transfer:
    """The transfer of one file to the open `partial`; `note` keeps what is known of its content."""

    url: str
    partial: IO[bytes]
    note: Path
    checksum: str | None
    auth: tuple[str, str] | None
    size: int | None
    limits: Limits

    def gather(self) -> None:
        """Attempt until the file is whole."""
        failures, self._deadline = 0, time.monotonic() + 3600 * self.limits.hours
        while True:
            before = self.partial.tell()
            try:
                self._attempt()
                break
            except _BrokenOffError as failure:
                failures = 1 if self.partial.tell() >= before + PROGRESS else failures + 1
                if failures == ATTEMPTS:
                    raise TransferError(f"{failure} ({ATTEMPTS} attempts)") from failure
                self._check_time()
                pause = PAUSE_SECONDS * 2 ** (failures - 1) if failure.pause is None else failure.pause
                time.sleep(min(pause, LONGEST_PAUSE))
        if not self.partial.tell():
            raise TransferError("the server sent an empty file")

    def _attempt(self) -> None:
        """Append what is missing. Raises `_BrokenOffError` or `TransferError` when that fails."""
        known = _read_note(self.note)
        validator = known.get("validator")
        # Where the server cannot confirm that it is the same content, the checksum can.
        if known.get("url") != self.url or not (validator or self.checksum):
            self.partial.truncate(0)
        done = self.partial.seek(0, 2)
        headers = {"Accept-Encoding": "identity"}
        if done:
            headers |= {"Range": f"bytes={done}-"} | ({"If-Range": validator} if validator else {})
        try:
            with _answer(self.url, headers, self.auth) as response:
                if done and _is_all(response, done, known.get("total")):
                    return
                self._check_status(response)
                first, total = self._extent(response, done, known)
                if not first:
                    self.partial.truncate(0)
                self._check_size(total)
                self.note.write_text(
                    json.dumps(
                        {
                            "url": self.url,
                            "validator": _validator(response),
                            "total": total,
                            "encoding": response.headers.get("Content-Encoding"),
                        }
                    ),
                    encoding="utf-8",
                )
                self._append(response, first, total)
        except _CONNECTION_ERRORS as error:
            raise _BrokenOffError(f"the transfer broke off after {self.partial.tell():,} bytes: {error}") from error
        except requests.RequestException as error:
            raise TransferError(str(error)) from error

    def _extent(self, response: requests.Response, done: int, known: dict[str, Any]) -> tuple[int, int | None]:
        """Where the body begins and how long the whole is, which the server may not say.

        Raises `_BrokenOffError` on a part that is not shown to be the rest of what is here, which is given up.
        """
        if response.status_code != HTTPStatus.PARTIAL_CONTENT:
            length = response.headers.get("Content-Length")
            return 0, None if length is None else int(length)
        sent = response.headers.get("Content-Range", "")
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", sent)
        first, last, total = map(int, match.groups()) if match else (-1, -1, -1)
        same = known.get("validator") in (None, _validator(response)) or _validator(response) is None
        whole = known.get("total") in (None, total)
        if not (done and first == done and done <= last < total and same and whole):
            self.partial.truncate(0)
            wanted = f"bytes {done}- of the file begun" if done else "all bytes"
            raise _BrokenOffError(f"the server sent {sent or 'a part of the file'}; expected {wanted}", pause=0)
        return first, total

    def _append(self, response: requests.Response, first: int, total: int | None) -> None:
        name = response.url.split("?")[0].rsplit("/", 1)[-1]
        since, before = time.monotonic(), self.partial.tell()
        with progress_bar(name, total, "B", done=first, unit_scale=True) as bar:
            # Bytes as they are stored, as soon as they come: a server may call a compressed file's own compression an
            # encoding, and may send a byte a second.
            while chunk := response.raw.read1(CHUNK, decode_content=False):
                self.partial.write(chunk)
                bar.update(len(chunk))
                self._check_size(self.partial.tell())
                self._check_time()
                if time.monotonic() - since > RATE_SECONDS:
                    gained = self.partial.tell() - before
                    if gained < self.limits.lowest_rate * RATE_SECONDS:
                        raise _BrokenOffError(
                            f"the server sent {gained:,} bytes in {RATE_SECONDS:g} s; expected "
                            f"{self.limits.lowest_rate:g} a second (lowest_rate)"
                        )
                    since, before = time.monotonic(), self.partial.tell()
        if total is not None and self.partial.tell() != total:
            raise _BrokenOffError(f"the server sent {self.partial.tell():,} of {total:,} bytes")

    def _check_size(self, size: int | None) -> None:
        """Raise `TransferError`, and give up what is here, on more bytes than the file may have."""
        largest = self.size or self.limits.largest
        if size is not None and size > largest:
            self.partial.truncate(0)
            expected = "as published" if self.size else "at most (expanded_limit)"
            raise TransferError(f"the server sends {size:,} bytes or more; expected {largest:,}, {expected}")

    def _check_time(self) -> None:
        if time.monotonic() > self._deadline:
            raise TransferError(
                f"{self.partial.tell():,} bytes came in {self.limits.hours:g} hours; expected all (download_hours). "
                "Run it again to go on"
            )

    def _check_status(self, response: requests.Response) -> None:
        """Raise unless the server sends content."""
        status: int = response.status_code
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            self.partial.truncate(0)
            raise _BrokenOffError("the server has another body than the one begun", pause=0)
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            asked = response.headers.get("Retry-After", "")
            raise _BrokenOffError(
                f"the server answered {status} {response.reason}", float(asked) if asked.isdigit() else None
            )
        if status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            raise TransferError(f"the server answered {status} {response.reason}")


def _answer(url: str, headers: dict[str, str], auth: tuple[str, str] | None) -> requests.Response:
    """The answer to a request, its body unread; `_BrokenOffError` where its head does not end in time."""
    answer: Future[requests.Response] = Future()

    def ask() -> None:
        try:
            answer.set_result(
                requests.get(url, headers=headers, auth=auth, stream=True, timeout=(CONNECT_SECONDS, SILENT_SECONDS))
            )
        except BaseException as error:  # raised below, in the thread that waits
            answer.set_exception(error)

    # A server that sends a byte of its head now and then is never silent for long.
    threading.Thread(target=ask, daemon=True).start()
    try:
        return answer.result(ANSWER_SECONDS)
    except TimeoutError as error:
        raise _BrokenOffError(
            f"the server has not finished the head of its answer after {ANSWER_SECONDS:g} s"
        ) from error


def _is_all(response: requests.Response, done: int, total: int | None) -> bool:
    """Whether nothing of the same body is missing."""
    is_past_end = response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    return is_past_end and response.headers.get("Content-Range") == f"bytes */{done}" and total == done


def _validator(response: requests.Response) -> str | None:
    """A strong entity tag, or the date of the last change."""
    tag = response.headers.get("ETag")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")


def _expand(part: Path, largest: int) -> None:
    """Undo a compression of the transfer alone; a file that only claims one stays as it is."""
    with part.open("rb") as stored:
        if stored.read(len(_GZIP)) != _GZIP:
            return
    expanded = part.with_suffix(".expanded")
    try:
        with gzip.open(part) as content, expanded.open("wb") as file:
            while chunk := content.read(CHUNK):
                file.write(chunk)
                if file.tell() > largest:
                    raise TransferError(f"the server compressed more than {largest:,} bytes; expected no more")
        expanded.rename(part)
    except (OSError, EOFError, zlib.error) as error:
        part.unlink()
        raise TransferError(f"the server compressed the file, which cannot be undone: {error}") from error
    except TransferError:
        part.unlink()
        raise
    finally:
        expanded.unlink(missing_ok=True)


def _verify(part: Path, checksum: str | None) -> None:
    if checksum is None:
        return
    algorithm, expected = checksum.split(":", 1)
    found = digest(part, algorithm)
    if found != expected:
        part.unlink()
        raise TransferError(f"{algorithm} is {found}; expected {expected}: another file, or a damaged one")


def _read_note(note: Path) -> dict[str, Any]:
    """What is known of the content that the partial file is a part of; empty where nothing is."""
    try:
        written = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return written if isinstance(written, dict) else {}
