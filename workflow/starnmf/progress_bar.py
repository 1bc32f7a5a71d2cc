"""Progress on stderr: a bar on a terminal, one line every ten seconds in a log."""

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
        mininterval=0.5 if terminal else 10,
        dynamic_ncols=terminal,
        bar_format=None if terminal else _line_of_log(total, unit),
    )


def _line_of_log(total: int | None, unit: str) -> str:
    """What matters first, as the line may be cut: the title, what was set as postfix, and how far it is."""
    units = unit if unit == "B" else f" {unit}s"
    if total is None:
        return f"{{desc}}{{postfix}}: {{n_fmt}}{units} in {{elapsed}}"
    return f"{{desc}}{{postfix}}: {{n_fmt}} of {{total_fmt}}{units} in {{elapsed}}, about {{remaining}} left"
