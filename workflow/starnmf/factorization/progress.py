"""The bar of a running descent."""

import sys
import threading
from typing import Self

from tqdm import tqdm


class Progress:
    """One bar on stderr for all restarts: those still descending, steps, the loss last seen and time left.

    Without a terminal a line is written every half minute, so that a log can be followed.
    """

    def __init__(self, title: str, restarts: int, step_cap: int) -> None:
        self._lock = threading.Lock()
        self._descending, self._total = restarts, restarts * step_cap
        terminal = sys.stderr.isatty()
        self._bar = tqdm(
            total=self._total,
            desc=title,
            unit="step",
            unit_scale=True,
            mininterval=0.5 if terminal else 30,
            dynamic_ncols=terminal,
            ascii=None if terminal else True,
        )

    def __enter__(self) -> Self:
        """Show the bar."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last state of the bar in the log."""
        self._bar.close()

    def advance(self, restart_steps: int) -> None:
        """Count steps taken, over all restarts of a stack."""
        with self._lock:
            self._bar.update(restart_steps)

    def check(self, loss: float) -> None:
        """Show the loss of a stack that has just been evaluated."""
        with self._lock:
            self._bar.set_postfix_str(f"{self._descending} restarts descending, loss {loss:.4g}", refresh=False)

    def stop(self, restarts: int, steps_left: int) -> None:
        """Some restarts have stopped, `steps_left` before their cap."""
        with self._lock:
            self._descending -= restarts
            self._total -= restarts * steps_left
            self._bar.total = self._total
