"""MovieLens-100k: lines of user, item, rating and timestamp separated by tabs, without a header.

The paper's Table 6 links this dataset but its Table 1 shows MovieLens-1M; here it is a ninth, small dataset. The matrix
is movies by users: 1682 x 943 with density 0.0630.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from starnmf.archives import new_zip, zip_member
from starnmf.datasets.options import NoOptions as Options
from starnmf.datasets.planted import planted_rating_table, stand_in_density
from starnmf.datasets.ratings import Ratings, read_movielens
from starnmf.datasets.raw import RawFile


def parse(files: Sequence[RawFile], options: Options, random: np.random.Generator) -> Ratings:
    """Ratings (largest item id, largest user id) of `u.data`. Raises `InputError` on malformed lines."""
    (file,) = files
    users, items, stars = read_movielens(file, b"\t")
    shape = int(items.max()), int(users.max())
    return Ratings(items - 1, users - 1, stars, shape, stars.size)


def write_stand_in(folder: Path, shape: tuple[int, int], rank: int, random: np.random.Generator) -> None:
    """Write `ml-100k.zip` with n movies and m users, in random order as published."""
    n, m = shape
    density = stand_in_density("movielens-100k", shape, rank)
    users, items, stars = planted_rating_table(m, n, rank, density, random)
    seconds = 874_724_710 + random.integers(18_000_000, size=len(users))
    lines = np.stack([users + 1, items + 1, stars, seconds], axis=1)[random.permutation(len(users))]
    with new_zip(folder / "ml-100k.zip") as archive, zip_member(archive, "ml-100k/u.data") as ratings:
        np.savetxt(ratings, lines, "%d", "\t")
