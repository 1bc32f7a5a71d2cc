"""Zip archives, written atomically, with the same bytes for the same content; what files may expand to."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from starnmf.errors import InputError
from starnmf.results.atomic import atomic_write


@contextmanager
def new_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """A compressed zip archive at `path`, to be filled through `zip_member`; it appears when the block ends."""
    with (
        atomic_write(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        yield archive


def zip_member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """A stream for one member of the archive, dated 1980 so that the bytes do not depend on the time of writing."""
    member = zipfile.ZipInfo(name)
    member.compress_type = zipfile.ZIP_DEFLATED
    return archive.open(member, "w", force_zip64=True)


def check_zip_expanded(content: bytes, expanded_limit: int, where: str) -> None:
    """Raise `InputError` where the members of a zip archive expand to more bytes than they may."""
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        check_expanded(sum(info.file_size for info in zipped.infolist()), expanded_limit, where)


def check_expanded(size: int, expanded_limit: int, where: str) -> None:
    """Raise `InputError` on more bytes, of those known so far, than a file may expand to."""
    if size > expanded_limit:
        raise InputError(
            f"{where}: expands to {size:,} bytes or more; expected at most {expanded_limit:,}. Raise expanded_limit if "
            "it really is as large"
        )
