"""The allocator settings that every contender is measured under.

glibc hands large arrays back to the system as soon as they are freed, so code that allocates anew at every step, such
as eager autograd, pays for page faults rather than for its arithmetic: up to 3.5 times its own time. With the
thresholds raised freed memory is kept and used again.
"""

import ctypes
import os
import sys

NEVER = str(2**40)
FAIR = {"MALLOC_MMAP_THRESHOLD_": NEVER, "MALLOC_TRIM_THRESHOLD_": NEVER}


def start_again_with_fair_allocator() -> None:
    """Replace the process by one with the fair settings, which glibc reads at start-up only."""
    if sys.platform == "linux" and not FAIR.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **FAIR})


def hand_back_freed_memory() -> None:
    """Return to the system what the thresholds kept, so that the next contender starts without it."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
