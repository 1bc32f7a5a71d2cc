"""The bar of a running descent."""

import threading
from typing import Self

from starnmf.progress_bar import progress_bar


class Progress:
    """One bar for all restarts: those still descending, steps, the loss last seen and time left."""

    def __init__(self, title: str, restarts: int, step_cap: int) -> None:
        self._lock = threading.Lock()
        self._descending, self._total = restarts, restarts * step_cap
        self._bar = progress_bar(title, self._total, "step", unit_scale=True)

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
