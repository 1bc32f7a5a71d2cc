"""MovieLens-1M's features: who rated (lines `user::gender::age::occupation::zip`) and what (`movie::title::genres`)."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from starnmf.arrays import Array, Integers
from starnmf.datasets import EXPANDED_LIMIT
from starnmf.datasets.ratings import read_movielens
from starnmf.datasets.raw import RawFile, open_raw
from starnmf.errors import InputError

NAME = "movielens-features"
"""Its entry in the registry."""

GENDERS = ("F", "M")
AGES = ("1", "18", "25", "35", "45", "50", "56")
OCCUPATIONS = tuple(str(number) for number in range(21))
GENRES = (
    *("Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy"),
    *("Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)

NOISE = 0.5
"""Of a stand-in's features, in standard deviations of the taste that they are read off."""


@dataclass(frozen=True)
class RatedFeatures:
    """Ratings with the features of who gave them and of what they are of."""

    users: Array
    """Gender, age and occupation, one of each: (users, 30) of 0 and 1."""
    movies: Array
    """Genres, one or more: (movies, 18) of 0 and 1."""
    user: Integers
    """Of each rating, the row in `users`: (ratings,)."""
    movie: Integers
    """The same for `movies`."""
    stars: Array
    """1 to 5: (ratings,)."""


def read_features(folder: Path, expanded_limit: int = EXPANDED_LIMIT) -> RatedFeatures:
    """Read users, movies and ratings from a folder of published files.

    Raises `InputError` on files that are not there, on malformed lines, and on ratings by or of what is not listed.
    """
    with open_raw(NAME, folder, expanded_limit) as (users_file, movies_file, ratings_file):
        user_ids, users = _read(users_file, 5, "user, gender, age, occupation and zip code", _user)
        movie_ids, movies = _read(movies_file, 3, "movie, title and genres", _movie)
        user, movie, stars = read_movielens(ratings_file, b"::")
        where = ratings_file.where
    return RatedFeatures(
        users,
        movies,
        _positions(user, user_ids, "user", where),
        _positions(movie, movie_ids, "movie", where),
        stars.astype(np.float64),
    )


def stand_in_features(user: Integers, movie: Integers, stars: Integers, random: np.random.Generator) -> tuple[str, str]:
    """The texts of users.dat and movies.dat whose features tell something of the ratings (ids from 1 on).

    Each feature is read, with noise, off one of the leading directions in which tastes differ: the singular vectors of
    the ratings less their mean.
    """
    users, movies = int(user.max()), int(movie.max())
    centred = csr_array((stars - stars.mean(), (user - 1, movie - 1)), shape=(users, movies))
    left, _, right = svds(centred, k=min(5, users - 1, movies - 1), v0=np.ones(min(users, movies)))
    tastes = _noisy(left, random)
    gender = _levels(tastes[:, -1], GENDERS)
    age = _levels(tastes[:, -2], AGES)
    occupation = _levels(tastes[:, 0], OCCUPATIONS)
    of_movies = _noisy(right.T, random) @ random.standard_normal((right.shape[0], len(GENRES)))
    listed = of_movies >= np.sort(of_movies, axis=1)[:, [-2]]
    lines = (f"{i + 1}::{gender[i]}::{age[i]}::{occupation[i]}::00000\n" for i in range(users))
    titles = (f"{j + 1}::Stand-in {j + 1} (2000)::{'|'.join(np.array(GENRES)[listed[j]])}\n" for j in range(movies))
    return "".join(lines), "".join(titles)


def _noisy(vectors: Array, random: np.random.Generator) -> Array:
    return np.asarray(vectors / vectors.std(axis=0) + NOISE * random.standard_normal(vectors.shape))


def _levels(taste: Array, names: Sequence[str]) -> list[str]:
    """One of the names for each, in the order of the taste, each for as many."""
    rank = np.argsort(np.argsort(taste, kind="stable"), kind="stable")
    return [names[level] for level in rank * len(names) // len(taste)]


def _read(file: RawFile, count: int, expected: str, features: Callable[[list[str]], Array]) -> tuple[Integers, Array]:
    """Ids (lines,) and features (lines, .) of a file with `count` fields on every line."""
    ids, rows = [], []
    # Titles are in Latin-1, in which every byte is a character.
    for number, line in enumerate(file.read().decode("latin-1").splitlines(), 1):
        fields = line.split("::")
        try:
            if len(fields) != count or not re.fullmatch("[0-9]+", fields[0]):
                raise ValueError
            ids.append(int(fields[0]))
            rows.append(features(fields))
        except ValueError as error:
            raise InputError(
                f"{file.where}: line {number} is {line[:80]!r}; expected {expected} between '::', as published. "
                "The file may be truncated or another one"
            ) from error
    if not rows:
        raise InputError(f"{file.where}: found no lines; expected lines of {expected}")
    if repeated := next((one for one, lines in Counter(ids).items() if lines > 1), None):
        raise InputError(
            f"{file.where}: {repeated} is there more than once; expected every {expected.split(',')[0]} once"
        )
    return np.array(ids), np.array(rows)


def _user(fields: list[str]) -> Array:
    """One-hot gender, age and occupation. Raises `ValueError` on any other word."""
    _, gender, age, occupation, _ = fields
    return np.concatenate([_one_hot([gender], GENDERS), _one_hot([age], AGES), _one_hot([occupation], OCCUPATIONS)])


def _movie(fields: list[str]) -> Array:
    """The genres. Raises `ValueError` on any other word."""
    return _one_hot(fields[2].split("|"), GENRES)


def _one_hot(words: Sequence[str], names: Sequence[str]) -> Array:
    found = np.zeros(len(names))
    found[[names.index(word) for word in words]] = 1
    return found


def _positions(wanted: Integers, ids: Integers, what: str, where: str) -> Integers:
    """Where each id is in `ids`. Raises `InputError` when one is not."""
    order = np.argsort(ids)
    at = order[np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)]
    missing = ids[at] != wanted
    if missing.any():
        raise InputError(
            f"{where}: found a rating with {what} {wanted[np.argmax(missing)]}, who is not in the list of {what}s; "
            "expected all to be listed. The files may be of different releases"
        )
    return np.asarray(at)
