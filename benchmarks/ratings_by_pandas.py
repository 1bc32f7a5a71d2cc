"""Read a table of ratings by pandas and write how many are kept: the baseline of `parsing.py`.

python benchmarks/ratings_by_pandas.py DATASET RAW USERS MOVIES KEPT
"""

import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from starnmf.seeds import generator

CHUNK = 2_000_000
"""Lines that pandas reads at a time."""


def ratings_kept(dataset: str, raw: Path, shape: tuple[int, int]) -> int:
    """How many ratings of an archive are kept."""
    (path,) = raw.glob("*.zip")
    with zipfile.ZipFile(path) as archive:
        match dataset:
            case "movielens":
                with archive.open("ml-1m/ratings.dat") as text:
                    return len(pd.read_csv(text, sep=":", header=None, usecols=[0, 2, 4], dtype=np.int32))
            case "goodbooks":
                with archive.open("ratings.csv") as text:
                    table = pd.read_csv(text, dtype=np.int32)
                table = table.drop_duplicates(["book_id", "user_id"], keep=False)
                return int((table.groupby("user_id")["rating"].transform("size") >= 3).sum())
            case _:
                return _netflix(archive, shape)


def _netflix(archive: zipfile.ZipFile, shape: tuple[int, int]) -> int:
    """Ratings of the movies and users that a draw of counts takes from those that occur."""
    random = generator(0, "netflix", "draw")
    users, movies, movie = [], [], 0
    for name in sorted(archive.namelist()):
        with archive.open(name) as text:
            for table in pd.read_csv(
                text, header=None, names=["user", "stars"], usecols=[0, 1], dtype={"user": str}, chunksize=CHUNK
            ):
                is_head = table["stars"].isna()
                heads = table["user"].where(is_head).str.rstrip(":").ffill().fillna(str(movie)).astype(np.int32)
                movie = int(heads.iloc[-1])
                users.append(table["user"][~is_head].astype(np.int32).to_numpy())
                movies.append(heads[~is_head].astype(np.int16).to_numpy())
    kept = np.ones(sum(map(len, users)), dtype=bool)
    for ids, largest, count in zip((users, movies), (2_649_429, 17_770), shape, strict=True):
        number, of_rating = random.random(largest + 1), np.concatenate(ids)
        occurring = np.unique(of_rating)
        drawn = np.zeros(largest + 1, dtype=bool)
        drawn[occurring[np.argsort(number[occurring])[:count]]] = True
        kept &= drawn[of_rating]
    return int(kept.sum())


if __name__ == "__main__":
    dataset, raw, users, movies, kept = sys.argv[1:]
    Path(kept).write_text(str(ratings_kept(dataset, Path(raw), (int(users), int(movies)))))
