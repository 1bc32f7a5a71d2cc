"""goodbooks-10k in its original release: `ratings.csv` with a header naming book_id, user_id and rating in any order.

The paper's 10000 x 43461 is books by users. How its authors came from 53,424 users to 43,461 is not documented; here
pairs that were rated more than once and users with few ratings are dropped, by rules that are options, and the number
of users that each rule leaves is printed. Of the release's later version with six million ratings the paper's density
0.0022 could not come, so it is refused.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from starnmf.archives import new_zip, zip_member
from starnmf.arrays import Integers
from starnmf.datasets.planted import planted_rating_table, stand_in_density
from starnmf.datasets.ratings import NUMBER, Ratings, check_ratings, checked_lines, whole_numbers
from starnmf.datasets.raw import RawFile
from starnmf.datasets.registry import published
from starnmf.errors import InputError

_COLUMNS = ("book_id", "user_id", "rating")
_LATER_RELEASE = 5_976_479
"""Rows of the later release."""
_LARGEST_ID = 1_000_000


@dataclass(frozen=True)
class Options:
    """Which ratings are kept."""

    duplicates: Literal["drop", "first"] = "drop"
    """Of a pair rated more than once: drop every rating, or keep the first."""
    minimum_ratings: int = 3
    """Users with fewer ratings, duplicates aside, are dropped."""


def parse(files: Sequence[RawFile], options: Options, random: np.random.Generator) -> Ratings:
    """Ratings (largest book id, users kept); users in the order of their ids.

    Raises `InputError` on another header, malformed lines, the later release, and when no user is left.
    """
    (file,) = files
    books, users, stars = _read_columns(file)
    check_ratings(users, books, stars, (_LARGEST_ID, _LARGEST_ID), file.where)
    n, found = int(books.max()), books.size
    _, first, times = np.unique(users * (_LARGEST_ID + 1) + books, return_index=True, return_counts=True)
    kept = {"drop": first[times == 1], "first": first}
    for rule, rows in kept.items():
        counts = np.bincount(users[rows])
        left = ", ".join(f"{least}: {int((counts >= least).sum())}" for least in range(1, 7))
        print(f"goodbooks: users left by minimum_ratings with duplicates={rule}: {left}", file=sys.stderr)
    books, users, stars = (column[kept[options.duplicates]] for column in (books, users, stars))
    active = np.bincount(users) >= options.minimum_ratings
    if not active.any():
        raise InputError(
            f"{file.where}: no user has {options.minimum_ratings} ratings; lower the option minimum_ratings"
        )
    books, users, stars = (column[active[users]] for column in (books, users, stars))
    new_id = np.cumsum(active) - 1
    return Ratings(books - 1, new_id[users], stars, (n, int(active.sum())), found)


def _read_columns(file: RawFile) -> list[Integers]:
    """book_id, user_id and rating of every line, whatever order the header names them in."""
    text = file.read()
    header, _, body = text.partition(b"\n")
    names = header.decode("utf-8-sig", errors="replace").strip().split(",")
    if sorted(names) != sorted(_COLUMNS):
        raise InputError(f"{file.where}: the header names {', '.join(names)}; expected {', '.join(_COLUMNS)}")
    if body.count(b"\n") == _LATER_RELEASE:
        raise InputError(
            f"{file.where}: found {_LATER_RELEASE:,} ratings, the later release of goodbooks-10k; "
            f"expected the original one with 981,756. Get it from {published('goodbooks').page}, version 1"
        )
    lines = checked_lines(body, b",".join([NUMBER] * 3), file.where, f"numbers for {','.join(names)}", first=2)
    fields = whole_numbers(lines, 3)
    return [fields[:, names.index(name)] for name in _COLUMNS]


def write_stand_in(folder: Path, shape: tuple[int, int], rank: int, random: np.random.Generator) -> None:
    """Write `goodbooks-10k.zip` with n books, m users of 3 ratings or more, and what the parser drops.

    That is one user more in five with one or two ratings, and pairs rated twice.
    """
    n, m = shape
    density = stand_in_density("goodbooks", shape, rank)
    user, book, stars = planted_rating_table(m, n, rank, density, random)
    book += 1

    idle = m + np.arange(m // 5)
    idle_book = random.integers(1, n + 1, size=len(idle))
    twice_user, twice_book = random.integers(m, size=m // 50 + 1), random.integers(1, n + 1, size=m // 50 + 1)
    _, new = np.unique(np.stack([twice_user, twice_book]), axis=1, return_index=True)
    new = new[~np.isin(twice_user[new] * (n + 1) + twice_book[new], user * (n + 1) + book)]
    second = idle[::2]
    extra_user = np.concatenate([idle, second, twice_user[new], twice_user[new]])
    extra_book = np.concatenate([idle_book, idle_book[::2] % n + 1, twice_book[new], twice_book[new]])
    book, user = np.concatenate([book, extra_book]), np.concatenate([user, extra_user])
    stars = np.concatenate([stars, random.integers(1, 6, size=len(extra_user))])

    published_id = random.permutation(m + len(idle)) + 1
    lines = np.stack([book, published_id[user], stars], axis=1)[np.argsort(book, kind="stable")]
    with new_zip(folder / "goodbooks-10k.zip") as archive, zip_member(archive, "ratings.csv") as ratings:
        np.savetxt(ratings, lines, "%d", ",", header=",".join(_COLUMNS), comments="")
