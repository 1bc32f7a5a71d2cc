"""How the C library manages freed memory."""

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Of glibc's `mallopt`."""

KEPT = 2**30
"""Bytes; blocks up to this size are kept when they are freed."""


def keep_freed_memory() -> None:
    """Keep large blocks for the next use where glibc would give them back to the system and fetch them anew.

    A network's layers take and free a few megabytes each, thousands of times: fetching them anew took a third of the
    time of a forward pass. Other C libraries are left as they are.
    """
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    mallopt(M_MMAP_THRESHOLD, KEPT)
    mallopt(M_TRIM_THRESHOLD, KEPT)
