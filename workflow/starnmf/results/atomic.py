"""Files that get their final name only when they are complete."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starnmf.errors import WriteError

_REFUSED = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO),
    *(errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG),
)
"""Errors of the operating system that say that there is no room, or that nothing can be written at a place."""


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, renamed to it when the block ends, removed when the block fails.

    The temporary name keeps the suffix of `path`, so writers that choose a format by suffix work unchanged. What a
    killed process left under such a name is removed too: one process at a time writes a file. Raises `WriteError` where
    the disk is full or must not be written to.
    """
    if path.exists() and not path.is_file():
        what = "folder" if path.is_dir() else "device"
        raise WriteError(
            f"{path}: found a {what}; expected a file to write, or a name that is free. Choose another name"
        )
    for folder in path.parents:
        if folder.exists() and not folder.is_dir():
            raise WriteError(
                f"{folder}: found a file; expected a folder for {path.name}. Remove it, or choose another name"
            )
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except Exception as error:
        # Libraries may fail of their own while they give up a file.
        refusal = next((number for one in _with_contexts(error) if (number := _errno(one)) in _REFUSED), None)
        if refusal is None:
            raise
        raise WriteError(
            f"{path}: cannot be written: {os.strerror(refusal)}. Make room for it, or choose a folder that "
            "can be written to"
        ) from error
    finally:
        name_of_temporary = re.compile(rf"\.{re.escape(path.stem)}\.\d+{re.escape(path.suffix)}")
        for other in path.parent.iterdir() if path.parent.is_dir() else ():
            if name_of_temporary.fullmatch(other.name):
                other.unlink(missing_ok=True)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file that gets its name when it is complete, text as UTF-8. Raises `WriteError` as `atomic_write`."""
    with atomic_write(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


def _errno(error: BaseException) -> int:
    """The number of an error of the operating system, which HDF5 has in the text of errors of its own; 0 without."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    said = re.search(r"errno = (\d+)", str(error))
    return int(said[1]) if said else 0


def _with_contexts(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those during whose handling it was raised."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
