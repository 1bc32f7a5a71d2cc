"""The Netflix prize: for one movie after another a line `<movie>:`, followed by lines `user,rating,date`.

The files are `combined_data_1.txt` to `combined_data_4.txt` or one `mv_*.txt` per movie: 100,480,507 ratings of 17,770
movies by 480,189 users, about 2 GB, read block by block. The paper's 47928 x 8963 (users by movies) fits a random draw
of 10 % of the users and 50 % of the movies; no filter by popularity fits. The draw comes from the run's seed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np

from starnmf.archives import new_zip, zip_member
from starnmf.arrays import AnyArray, Array, Booleans
from starnmf.datasets.planted import planted_ratings, stand_in_density
from starnmf.datasets.ratings import NUMBER, Ratings, check_ratings, checked_lines, whole_numbers
from starnmf.datasets.raw import RawFile
from starnmf.errors import InputError

_USERS, _MOVIES = 480_189, 17_770
_LARGEST_USER = 2_649_429
_BLOCK = 2**24
"""Bytes of text parsed at a time; the largest arrays are some ten times as many."""
_RATING = np.dtype([("user", np.int32), ("movie", np.int16), ("stars", np.int8)])
_LINE = rb"%b:|%b,0*[1-9]\d{0,14},%b-%b-%b" % ((NUMBER,) * 5)


@dataclass(frozen=True)
class Options:
    """How users and movies are drawn."""

    draw: Literal["bernoulli", "counts"] = "bernoulli"
    """Each on its own with a probability, or so many of those that occur."""
    user_share: float = 0.1
    """Probability of a user in a Bernoulli draw."""
    movie_share: float = 0.5
    """Probability of a movie in a Bernoulli draw."""
    users: int = 47_928
    """Users in a draw of counts; the paper's number."""
    movies: int = 8_963
    """Movies in a draw of counts; the paper's number."""


def parse(files: Sequence[RawFile], options: Options, random: np.random.Generator) -> Ratings:
    """Ratings (users drawn, movies drawn) in the order of their ids, with the drawn ones that have no entry.

    Raises `InputError` on malformed lines and when fewer users or movies occur than are to be drawn.
    """
    # Every id has a random number; the draw takes those below a level, so it does not depend on the order of the files.
    user_number, movie_number = random.random(_LARGEST_USER + 1), random.random(_MOVIES + 1)
    user_occurs, movie_occurs = np.zeros(_LARGEST_USER + 1, dtype=bool), np.zeros(_MOVIES + 1, dtype=bool)
    if options.draw == "bernoulli":
        users, movies = user_number < options.user_share, movie_number < options.movie_share
    else:
        users, movies = np.ones_like(user_occurs), np.ones_like(movie_occurs)
    blocks, found = [], 0
    for file in files:
        for block in _blocks(file):
            user_occurs[block["user"]], movie_occurs[block["movie"]] = True, True
            found += block.size
            blocks.append(_of(block, users, movies))
    if options.draw == "counts":
        users = _smallest(user_number, user_occurs, options.users, "users")
        movies = _smallest(movie_number, movie_occurs, options.movies, "movies")
        blocks = [_of(block, users, movies) for block in blocks]
    users, movies = users & user_occurs, movies & movie_occurs
    row, column = np.cumsum(users, dtype=np.int32) - 1, np.cumsum(movies, dtype=np.int32) - 1
    drawn, shape = np.concatenate(blocks), (int(users.sum()), int(movies.sum()))
    return Ratings(row[drawn["user"]], column[drawn["movie"]], drawn["stars"], shape, found)


def _of(ratings: AnyArray, users: Booleans, movies: Booleans) -> AnyArray:
    """The ratings of these movies by these users."""
    kept: Booleans = users[ratings["user"]] & movies[ratings["movie"]]
    return ratings[kept]


def _smallest(number: Array, occurs: Booleans, count: int, what: str) -> Booleans:
    """Of the ids that occur, the `count` with the smallest random numbers."""
    ids = np.flatnonzero(occurs)
    if len(ids) < count:
        raise InputError(
            f"netflix: found {len(ids)} {what}; expected at least the {count} to be drawn. "
            f"Lower the option {what} or add the missing files"
        )
    drawn = np.zeros_like(occurs)
    drawn[ids[np.argsort(number[ids], kind="stable")[:count]]] = True
    return drawn


def _blocks(file: RawFile) -> Iterator[AnyArray]:
    """The ratings of a file, as `_RATING`, in blocks of whole lines."""
    movie, first = 0, 1
    with file.open() as stream:
        while text := stream.read(_BLOCK):
            text += stream.readline()
            text = checked_lines(text, _LINE, file.where, "a movie and a colon, or user,rating,date", first)
            # A movie's line takes the form of a rating, one of 0 stars, so that all lines are alike.
            fields = whole_numbers(text.replace(b":\n", b",0,0-0-0\n"), 5)
            heads = np.flatnonzero(fields[:, 1] == 0)
            of_line = np.concatenate([[movie], fields[heads, 0]])[np.cumsum(fields[:, 1] == 0)]
            is_rating = fields[:, 1] != 0
            users, movies, stars = fields[is_rating, 0], of_line[is_rating], fields[is_rating, 1]
            check_ratings(users, movies, stars, (_LARGEST_USER, _MOVIES), file.where)
            yield np.rec.fromarrays([users, movies, stars], dtype=_RATING)
            movie, first = int(of_line[-1]), first + len(fields)
    if first == 1:
        raise InputError(f"{file.where}: found an empty file; expected movies and their ratings")


def write_stand_in(folder: Path, shape: tuple[int, int], rank: int, random: np.random.Generator) -> None:
    """Write `netflix-prize-data.zip` with ten times n users and twice m movies, up to as many as were published.

    A draw of counts n and m from it has the shape (n, m). Raises `InputError` for more than were published.
    """
    n, m = shape
    if n > _USERS or m > _MOVIES:
        raise InputError(f"netflix: a stand-in of shape {n} x {m} has more users or movies than {_USERS} x {_MOVIES}")
    users, movies = min(10 * n, _USERS), min(2 * m, _MOVIES)
    user_id = np.sort(random.choice(_LARGEST_USER, users, replace=False)) + 1
    ratings = enumerate(planted_ratings(users, movies, rank, stand_in_density("netflix", shape, rank), random), 1)
    days = np.arange("1999-11-11", "2006-01-01", dtype="datetime64[D]").astype(str).tolist()
    with new_zip(folder / "netflix-prize-data.zip") as archive:
        for part in range(1, 5):
            with zip_member(archive, f"combined_data_{part}.txt") as text:
                for movie, (raters, stars) in islice(ratings, movies * part // 4 - movies * (part - 1) // 4):
                    day = random.integers(len(days), size=len(raters)).tolist()
                    lines = zip(user_id[raters].tolist(), stars.tolist(), day, strict=True)
                    text.write((f"{movie}:\n" + "".join(f"{u},{s},{days[d]}\n" for u, s, d in lines)).encode())
