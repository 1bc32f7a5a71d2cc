"""Files that get their final name only when they are complete."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, renamed to it when the block ends, removed when the block fails.

    The temporary name keeps the suffix of `path`, so writers that choose a format by suffix work unchanged. What a
    killed process left under such a name is removed too: one process at a time writes a file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        name_of_temporary = re.compile(rf"\.{re.escape(path.stem)}\.\d+{re.escape(path.suffix)}")
        for other in path.parent.iterdir():
            if name_of_temporary.fullmatch(other.name):
                other.unlink(missing_ok=True)
