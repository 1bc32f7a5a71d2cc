"""Ratings as recommender datasets publish them: a star count for some pairs of a user and an item."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starnmf.datasets.integer_lines import malformed_line, read_integer_lines
from starnmf.datasets.raw import RawFile
from starnmf.errors import InputError
from starnmf.matrix import Entries

_LARGEST_MOVIELENS_ID = 100_000


@dataclass(frozen=True)
class Ratings(Entries):
    """Entries that are whole numbers of stars."""

    found: int
    """Ratings in the files, including those that were not drawn or kept."""


def read_movielens(file: RawFile, separator: bytes) -> npt.NDArray[np.int64]:
    """Users, items and stars (3, ratings) of a MovieLens file: lines of user, item, rating and timestamp.

    Raises `InputError` on lines and numbers that are none of these.
    """
    text = file.read()
    fields = read_integer_lines(text, [separator] * 3)
    if fields is None:
        line = re.compile(separator.join([rb"\d+"] * 4))
        raise malformed_line(
            text, line, file.where, 1, f"user, item, rating and timestamp between {separator.decode()!r}"
        )
    users, items, stars, _ = fields.T
    check_ratings(users, items, stars, (_LARGEST_MOVIELENS_ID,) * 2, file.where)
    return fields.T[:3]


def check_ratings(
    users: npt.NDArray[Any], items: npt.NDArray[Any], stars: npt.NDArray[Any], limits: tuple[int, int], where: str
) -> None:
    """Raise `InputError` unless 1 <= user <= limits[0], 1 <= item <= limits[1] and 1 <= stars <= 5 for every rating."""
    for name, values, largest in (("user", users, limits[0]), ("item", items, limits[1]), ("rating", stars, 5)):
        wrong = (values < 1) | (values > largest)
        if wrong.any():
            at = int(np.argmax(wrong))
            raise InputError(
                f"{where}: {name} {values[at]} in rating number {at + 1} of this part of the file; "
                f"expected 1 to {largest}. The file may be damaged or another one"
            )
