"""One process at a time in what several runs share."""

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(lock: Path, occupied: str) -> Iterator[None]:
    """Hold a lock, and say on stderr that this process waits where another one holds it.

    The operating system releases the lock of a process that ends, in whatever way.

    Parameters
    ----------
    lock
        A file for the lock alone, which is created and stays.
    occupied
        Why the process waits.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{occupied}: waiting for it", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
