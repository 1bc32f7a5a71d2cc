"""Ratings as recommender datasets publish them: a star count for some pairs of a user and an item.

Their large texts, whose every line holds the same number of whole numbers, are read strictly and without a loop over
lines.
"""

import re
from dataclasses import dataclass

import numpy as np

from starnmf.arrays import AnyArray, Integers
from starnmf.datasets.raw import RawFile
from starnmf.errors import InputError
from starnmf.matrix import Entries

_LARGEST_MOVIELENS_ID = 100_000
NUMBER = rb"0*\d{1,15}"
"""Regular expression of a whole number; one of more digits would not be an id, a rating or a time."""
_BLANKS = bytes(byte if byte in b"0123456789" else ord(" ") for byte in range(256))
"""Of every byte itself if it is a digit, else a blank."""


@dataclass(frozen=True)
class Ratings(Entries):
    """Entries that are whole numbers of stars."""

    found: int
    """Ratings in the files, including those that were not drawn or kept."""


def read_movielens(file: RawFile, separator: bytes) -> Integers:
    """Users, items and stars (3, ratings) of a MovieLens file: lines of user, item, rating and timestamp.

    Raises `InputError` on lines and numbers that are none of these.
    """
    expected = f"user, item, rating and timestamp between {separator.decode()!r}"
    fields = whole_numbers(checked_lines(file.read(), separator.join([NUMBER] * 4), file.where, expected), 4)
    users, items, stars, _ = fields.T
    check_ratings(users, items, stars, (_LARGEST_MOVIELENS_ID,) * 2, file.where)
    return fields.T[:3]


def check_ratings(users: AnyArray, items: AnyArray, stars: AnyArray, limits: tuple[int, int], where: str) -> None:
    """Raise `InputError` unless 1 <= user <= limits[0], 1 <= item <= limits[1] and 1 <= stars <= 5 for every rating."""
    for name, values, largest in (("user", users, limits[0]), ("item", items, limits[1]), ("rating", stars, 5)):
        wrong = (values < 1) | (values > largest)
        if wrong.any():
            at = int(np.argmax(wrong))
            raise InputError(
                f"{where}: {name} {values[at]} in rating number {at + 1} of this part of the file; "
                f"expected 1 to {largest}. The file may be damaged or another one"
            )


def checked_lines(text: bytes, line: bytes, where: str, expected: str, first: int = 1) -> bytes:
    """A text whose every line matches the regular expression `line`, with all lines ended alike, the last one too.

    Raises `InputError` that shows the first other line; the first line of `text` is line number `first`.
    """
    if not text:
        raise InputError(f"{where}: found no lines; expected lines of {expected}")
    text = (text if text.endswith(b"\n") else text + b"\n").replace(b"\r\n", b"\n")
    # Possessive: for millions of lines, the places to return to would fill the memory.
    if not re.fullmatch(rb"(?:(?:%b)\n)++" % line, text):
        lines = enumerate(text.removesuffix(b"\n").split(b"\n"), first)
        number, found = next((number, found) for number, found in lines if not re.fullmatch(line, found))
        shown = found.decode("utf-8", errors="replace")
        raise InputError(
            f"{where}: line {number} is {shown if len(shown) <= 80 else shown[:80] + '...'!r}; expected {expected}. "
            "The file may be truncated or another one"
        )
    return text


def whole_numbers(text: bytes, of_line: int) -> Integers:
    """The whole numbers (lines, of_line) of a text that has so many on every line, with anything else between them."""
    return np.fromstring(text.translate(_BLANKS).decode("ascii"), dtype=np.int64, sep=" ").reshape(-1, of_line)
