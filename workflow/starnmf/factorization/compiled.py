"""Compiled functions that are kept for the next job; other code never uses those that were made from this.

numba compiles a function anew when the file it stands in has changed. SIMD code stands in other files than the
functions that use it (`simd`), so machine code is kept in a folder of its own for every state of this package.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

PACKAGE = Path(__file__).parent


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, compiled at its first call without holding Python's lock; kept where the package can be written."""
    settings: Any = numba.config
    numbas_own, settings.CACHE_DIR = settings.CACHE_DIR, str(_KEPT_IN)
    try:
        return numba.njit(nogil=True, error_model="numpy", cache=os.access(PACKAGE, os.W_OK))(function)
    finally:
        settings.CACHE_DIR = numbas_own


def _checksum() -> str:
    files = sorted(PACKAGE.rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


_KEPT_IN = PACKAGE / "__pycache__" / f"compiled-{_checksum()}"
