"""The bar of a running factorization."""

import threading
from typing import Self

from starnmf.progress_bar import progress_bar


class Progress:
    """One bar for all restarts: gradients evaluated, restarts that are done, the loss last seen."""

    def __init__(self, title: str, restarts: int) -> None:
        self._lock = threading.Lock()
        self._restarts, self._done = restarts, 0
        self._bar = progress_bar(title, None, "gradient", unit_scale=True)

    def __enter__(self) -> Self:
        """Show the bar."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last state of the bar in the log."""
        self._bar.close()

    def advance(self, gradients: int) -> None:
        """Count gradients, over all restarts of a batch."""
        with self._lock:
            self._bar.update(gradients)

    def check(self, loss: float) -> None:
        """Show a loss that has just been evaluated."""
        with self._lock:
            self._bar.set_postfix_str(f"{self._done} of {self._restarts} restarts done, loss {loss:.4g}", refresh=False)

    def stop(self, restarts: int) -> None:
        """Some restarts have stopped."""
        with self._lock:
            self._done += restarts
