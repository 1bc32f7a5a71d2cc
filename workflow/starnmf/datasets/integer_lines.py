"""Large texts whose every line holds the same number of whole numbers, read strictly and without a loop over lines."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from starnmf.errors import InputError

_DIGITS = b"0123456789"
_LONGEST = 15
"""Digits of a number; more would not be an id, a rating or a time."""


def one_line_end(text: bytes) -> bytes:
    """The text with every line ended alike, the last one too."""
    return (text if text.endswith(b"\n") else text + b"\n").replace(b"\r\n", b"\n")


def read_integer_lines(text: bytes, separators: Sequence[bytes]) -> npt.NDArray[np.int64] | None:
    """Numbers (lines, separators + 1) of a text in which every line has exactly these separators between digits.

    None if any line differs in any way; `malformed_line` then tells which.
    """
    text = one_line_end(text)
    lines = text.count(b"\n")
    if text.translate(None, _DIGITS) != (b"".join(separators) + b"\n") * lines:
        return None
    for separator in set(separators):
        text = text.replace(separator, b" ")
    empty_field = text[:1] in b" \n" or any(pair in text for pair in (b"  ", b" \n", b"\n ", b"\n\n"))
    if empty_field or text.translate(None, _DIGITS + b" \n"):
        return None
    numbers = np.fromstring(text.decode("ascii"), dtype=np.int64, sep=" ")
    return None if numbers.max() >= 10**_LONGEST else numbers.reshape(lines, len(separators) + 1)


def malformed_line(text: bytes, line: re.Pattern[bytes], where: str, first: int, expected: str) -> InputError:
    """The error that shows the first line of `text` that does not match; its first line is line number `first`."""
    for number, found in enumerate(one_line_end(text).removesuffix(b"\n").split(b"\n"), first):
        if text and (not line.fullmatch(found) or max(map(len, re.findall(rb"\d+", found))) > _LONGEST):
            return InputError(
                f"{where}: line {number} is {_shown(found)}; expected {expected}. "
                "The file may be truncated or another one"
            )
    return InputError(f"{where}: found no lines; expected lines of {expected}")


def _shown(line: bytes) -> str:
    text = line.decode("utf-8", errors="replace")
    return repr(text if len(text) <= 80 else text[:80] + "...")
