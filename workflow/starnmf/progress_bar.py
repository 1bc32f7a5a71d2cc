"""The bar of a long job on stderr: live on a terminal, a line every half minute in a log."""

import sys
from typing import Any

from tqdm import tqdm


def progress_bar(title: str, total: int | None, unit: str, done: int = 0, unit_scale: bool = False) -> "tqdm[Any]":
    """A bar of `total` units, `done` of them before; it shows the rate and, of a known total, the time left."""
    terminal = sys.stderr.isatty()
    return tqdm(
        total=total,
        initial=done,
        desc=title,
        unit=unit,
        unit_scale=unit_scale,
        mininterval=0.5 if terminal else 30,
        dynamic_ncols=terminal,
        ascii=None if terminal else True,
    )
