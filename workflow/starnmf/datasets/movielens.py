"""MovieLens-1M: lines `user::movie::rating::timestamp` without a header.

The matrix is movies by users indexed by their ids as published, so row 0 and column 0 are empty: that is how the
paper's 3953 x 6041 and its density 0.0419 = 1000209 / (3953 * 6041) come about.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from starnmf.archives import new_zip, zip_member
from starnmf.datasets.movielens_features import stand_in_features
from starnmf.datasets.options import NoOptions as Options
from starnmf.datasets.planted import planted_rating_table, stand_in_density
from starnmf.datasets.ratings import Ratings, read_movielens
from starnmf.datasets.raw import RawFile


def parse(files: Sequence[RawFile], options: Options, random: np.random.Generator) -> Ratings:
    """Ratings (largest movie id + 1, largest user id + 1) of `ratings.dat`. Raises `InputError` on malformed lines."""
    (file,) = files
    users, movies, stars = read_movielens(file, b"::")
    shape = int(movies.max()) + 1, int(users.max()) + 1
    return Ratings(movies, users, stars, shape, stars.size)


def write_stand_in(folder: Path, shape: tuple[int, int], rank: int, random: np.random.Generator) -> None:
    """Write `ml-1m.zip` with n - 1 movies and m - 1 users, sorted by user as published, and their features."""
    n, m = shape
    density = stand_in_density("movielens", shape, rank) * n * m / ((n - 1) * (m - 1))
    users, movies, stars = planted_rating_table(m - 1, n - 1, rank, density, random)
    seconds = 956_703_932 + random.integers(90_000_000, size=len(users))
    lines = np.stack([users + 1, movies + 1, stars, seconds], axis=1)[np.argsort(users, kind="stable")]
    features = stand_in_features(users + 1, movies + 1, stars, random)
    with new_zip(folder / "ml-1m.zip") as archive:
        with zip_member(archive, "ml-1m/ratings.dat") as ratings:
            np.savetxt(ratings, lines, "%d", "::")
        for name, text in zip(("users", "movies"), features, strict=True):
            with zip_member(archive, f"ml-1m/{name}.dat") as member:
                member.write(text.encode())
