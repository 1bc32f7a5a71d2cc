"""Progress bar on stderr: updated on a terminal, one line every half minute in a log."""

import sys
from typing import Any

from tqdm import tqdm


def progress_bar(title: str, total: int | None, unit: str, done: int = 0, unit_scale: bool = False) -> "tqdm[Any]":
    """A progress bar over `total` units that starts at `done`; with a known total it shows the time left."""
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
