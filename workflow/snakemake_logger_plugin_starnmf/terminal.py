"""Lines on a stream and, on a terminal, one live line below them that is drawn again every second."""

import os
import threading
from collections.abc import Callable
from typing import TextIO

RED, YELLOW = 31, 33
SECONDS_BETWEEN_DRAWS = 1.0
CLEAR = "\r\033[K"
"""Back to the first column, and erase the line."""
NO_WRAP, WRAP = "\033[?7l", "\033[?7h"


class Terminal:
    """A stream that is written to in whole lines.

    Parameters
    ----------
    stream
        Where lines are written.
    live
        Gives the text of the live line, empty where there is none; called with the width of the terminal.
    has_live_line, has_colors
        Whether these are wanted, on a terminal that is capable of them.
    """

    def __init__(
        self, stream: TextIO, live: Callable[[int], str], has_live_line: bool = True, has_colors: bool = True
    ) -> None:
        capable = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._stream, self._live = stream, live
        self._has_live_line, self._has_colors = has_live_line and capable, has_colors and capable
        self._lock = threading.RLock()
        self._drawn, self._broken = "", False
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def line(self, text: str, color: int | None = None) -> None:
        """Write text above the live line."""
        if color and self._has_colors:
            text = f"\033[{color}m{text}\033[0m"
        with self._lock:
            erase = CLEAR if self._drawn else ""
            self._write(f"{erase}{text}\n")
            self._drawn = ""

    def draw(self) -> None:
        """Draw the live line, now and from now on."""
        if not self._has_live_line or self._stopped.is_set():
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._draw_every_second, daemon=True)
            self._thread.start()
        width = self._width()
        text = self._live(width)[: width - 1]
        with self._lock:
            if text:
                self._write(f"{CLEAR}{NO_WRAP}{text}{WRAP}")
            elif self._drawn:
                self._write(CLEAR)
            self._drawn = text

    def close(self) -> None:
        """Erase the live line for good."""
        self._stopped.set()
        if self._thread:
            self._thread.join(timeout=2)  # it may wait for a lock that the caller holds
        with self._lock:
            if self._drawn:
                self._write(CLEAR)
            self._drawn = ""

    def _draw_every_second(self) -> None:
        while not self._stopped.wait(SECONDS_BETWEEN_DRAWS):
            self.draw()

    def _width(self) -> int:
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except OSError:
            return 80

    def _write(self, text: str) -> None:
        """Write what the stream can encode; nothing more to a reader that has gone, such as `head`."""
        if self._broken:
            return
        encoding = self._stream.encoding or "utf-8"
        try:
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()
        except BrokenPipeError:
            self._broken = True
            # Python flushes the stream once more when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
