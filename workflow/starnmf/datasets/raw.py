"""Finding and opening a dataset's raw files: loose in a folder, below it, compressed, or inside a published archive.

Archives are read member by member; nothing is ever extracted to a path.
"""

import gzip
import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

from starnmf.archives import check_expanded
from starnmf.checksums import digest, listing_checksum
from starnmf.datasets import EXPANDED_LIMIT
from starnmf.datasets.registry import Published, published_files
from starnmf.errors import InputError

_TAR = (".tar", ".tar.gz", ".tgz")
_ARCHIVE = (".zip", *_TAR)
DAMAGED = (EOFError, OSError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError)
"""What the standard library raises on truncated or corrupted archives and compressed files."""

_COMPRESSED: dict[str, tuple[bytes, Callable[[Any], Any]]] = {
    ".gz": (b"\x1f\x8b", lambda stored: gzip.GzipFile(fileobj=stored)),
    ".xz": (b"\xfd7zXZ\x00", lzma.LZMAFile),
}
"""First bytes and reader of a compressed file, by its suffix."""


_BUFFER = 2**20


@dataclass(frozen=True)
class RawFile:
    """A published file, on disk or inside an archive, decompressed while it is read."""

    path: PurePosixPath
    """Below the searched folder, or inside the archive."""
    where: str
    """For messages: the path on disk and, inside an archive, the member."""
    on_disk: Path
    """The file itself or the archive that holds it."""
    stored: Callable[[], Any]
    """Opens the bytes as stored, still compressed."""
    expanded_limit: int = EXPANDED_LIMIT
    """Most bytes it may expand to."""

    @property
    def name(self) -> str:
        """File name without folders and without the suffix of its compression."""
        return self.path.name.removesuffix(self._compression)

    @property
    def _compression(self) -> str:
        return self.path.suffix if self.path.suffix.lower() in _COMPRESSED else ""

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The decompressed bytes as a stream. Raises `InputError` when they turn out damaged while they are read."""
        try:
            with self.stored() as stored:
                stream: IO[bytes] = stored
                if self._compression:
                    magic, decompress = _COMPRESSED[self._compression.lower()]
                    # A browser may have unpacked the file and kept its name: look at the bytes.
                    if stored.peek(len(magic))[: len(magic)] == magic:
                        stream = decompress(stored)
                yield io.BufferedReader(_Limited(stream, self), _BUFFER)
        except DAMAGED as error:
            raise _damaged(self.where, error) from error

    def read(self) -> bytes:
        """The whole file."""
        with self.open() as stream:
            return stream.read()


class _Limited(io.RawIOBase):
    """A stream that ends with an `InputError` where a file expands to more than it may."""

    def __init__(self, stream: IO[bytes], file: RawFile) -> None:
        self._stream, self._file, self._expanded = stream, file, 0

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; 0 at the end."""
        chunk = self._stream.read(len(buffer))
        self._expanded += len(chunk)
        check_expanded(self._expanded, self._file.expanded_limit, self._file.where)
        buffer[: len(chunk)] = chunk
        return len(chunk)


def find_raw(dataset: str, folder: Path) -> list[Path]:
    """The files on disk that hold a dataset: its published files, or else the published archive with them.

    Looks at names only. Raises `InputError` when they are not there.
    """
    return sorted(file.on_disk for files in _locate(published_files(dataset), folder).values() for file in files)


@contextmanager
def open_raw(dataset: str, folder: Path, expanded_limit: int = EXPANDED_LIMIT) -> Iterator[list[RawFile]]:
    """A dataset's published files, in the order they are best read; usable until the block ends.

    Raises `InputError` when they are not there, or when an archive is damaged or holds something else.
    """
    entry = published_files(dataset)
    with ExitStack() as archives:
        located = _locate(entry, folder, expanded_limit)
        if located.keys() & set(_archive_names(entry)):
            ((archive,),) = located.values()
            located = _published_members(entry, archive, archives)
        yield [file for files in located.values() for file in files]


def check_published(entry: Published, folder: Path) -> None:
    """Raise `InputError` where a file of a dataset in `folder` does not have the checksum that was published of it."""
    known = {source.file: source.hash for source in entry.sources if source.hash}
    for path in find_raw(entry.name, folder):
        algorithm, _, expected = known.get(path.name, "").partition(":")
        if algorithm and (found := digest(path, algorithm)) != expected:
            raise InputError(
                f"{path}: {algorithm} is {found}; expected {expected}, as published. Delete it to fetch it again, or "
                "name its folder as a mirror to use another file than the published one"
            )


def raw_checksums(dataset: str, folder: Path) -> dict[str, str]:
    """SHA-256 of every file on disk that `open_raw` reads, by its path below `folder`.

    Files found by one pattern with `*` share a line: the checksum of what `sha256sum` prints for them in their folder.
    """
    checksums = {}
    for pattern, files in _locate(published_files(dataset), folder).items():
        if "*" in pattern:
            name = files[0].path.with_name(PurePosixPath(pattern).name)
            checksums[str(name)] = listing_checksum({file.path.name: digest(file.on_disk) for file in files})
        else:
            checksums.update({str(file.path): digest(file.on_disk) for file in files})
    return checksums


def _archive_names(entry: Published) -> list[str]:
    return [source.file for source in entry.sources if source.file.endswith(_ARCHIVE)]


def _locate(entry: Published, folder: Path, expanded_limit: int = EXPANDED_LIMIT) -> dict[str, list[RawFile]]:
    """Files on disk by the published name they were found for: all of one distribution, or one archive."""
    below = [
        RawFile(PurePosixPath(path.relative_to(folder)), str(path), path, partial(path.open, "rb"), expanded_limit)
        for path in sorted(Path(parent, name) for parent, _, names in os.walk(folder) for name in names)
    ]
    for patterns in (*entry.files, *((name,) for name in _archive_names(entry))):
        found = {pattern: _matching(pattern, below) for pattern in patterns}
        if all(found.values()):
            return found
    partly = {file.name for patterns in entry.files for pattern in patterns for file in _matching(pattern, below)}
    raise InputError(
        f"{entry.name}: no raw files in {folder}: found "
        f"{_few(sorted(partly)) if folder.is_dir() else 'no such folder'}; expected {_expected(entry)}. "
        f"Get the dataset from {entry.page} and place it there unchanged"
    )


def _matching(pattern: str, files: Sequence[RawFile]) -> list[RawFile]:
    """The files whose name fits the pattern: one, or with `*` all that lie in one folder; none if none does.

    Where several folders hold such files, one named like the pattern's folder wins, then the least deep.
    """
    wanted = PurePosixPath(pattern)
    fitting = [
        file
        for file in files
        if (fnmatchcase(file.path.name, wanted.name) or fnmatchcase(file.name, wanted.name))
        and not file.path.name.startswith(".")
    ]
    if not fitting:
        return []
    best = min(fitting, key=lambda file: (file.path.parent.name != wanted.parent.name, len(file.path.parts)))
    return [file for file in fitting if file.path.parent == best.path.parent] if "*" in pattern else [best]


def _published_members(entry: Published, archive: RawFile, archives: ExitStack) -> dict[str, list[RawFile]]:
    """The published files inside an archive, or inside an archive within it."""
    try:
        members = _members(archive, archives)
        nested = [member for member in members if member.name.endswith(_ARCHIVE)]
        inner = [file for member in nested for file in _members(member, archives)]
    except DAMAGED as error:
        raise _damaged(archive.where, error) from error
    for patterns in entry.files:
        found = {pattern: _matching(pattern, [*members, *inner]) for pattern in patterns}
        if all(found.values()):
            return found
    raise InputError(
        f"{entry.name}: {archive.where} is another archive: found {_few([str(file.path) for file in members])}; "
        f"expected {' or '.join(' with '.join(patterns) for patterns in entry.files)}. Get it again from {entry.page}"
    )


def _members(archive: RawFile, archives: ExitStack) -> list[RawFile]:
    """Files in an archive in the order they are stored: reading a compressed tar in another order starts over.

    Raises `InputError` when by its own word they are larger, all together, than they may be: a compressed tar is read
    through to find its members.
    """
    stream = archives.enter_context(archive.stored())
    members, size = [], 0
    stored: Iterator[tuple[str, int, Callable[[], Any]]]
    if archive.path.name.endswith(_TAR):
        tar = archives.enter_context(tarfile.TarFile.open(fileobj=stream))
        stored = ((info.name, info.size, partial(tar.extractfile, info)) for info in tar if info.isfile())
    else:
        zipped = archives.enter_context(zipfile.ZipFile(stream))
        listed = [info for info in zipped.infolist() if not info.is_dir()]
        stored = ((info.filename, info.file_size, partial(zipped.open, info)) for info in listed)
    for name, expanded, open_ in stored:
        size += expanded
        check_expanded(size, archive.expanded_limit, archive.where)
        members.append(replace(archive, path=PurePosixPath(name), where=f"{archive.where}: {name}", stored=open_))
    return members


def _expected(entry: Published) -> str:
    ways = [" with ".join(patterns) for patterns in entry.files]
    return " or ".join([*ways, *(f"the archive {name}" for name in _archive_names(entry))])


def _few(names: Sequence[str]) -> str:
    return ", ".join([*names[:8], *(["..."] if len(names) > 8 else [])]) or "nothing of the kind"


def _damaged(where: str, error: BaseException) -> InputError:
    return InputError(
        f"{where}: damaged or truncated ({error or type(error).__name__}); expected a whole file. Get it again"
    )
