"""Tables of ratings at their published size: from the published archive to the matrix, in a process of its own.

Ours is the pipeline's command: it checks every line, draws users and movies, scales to variance 1, takes checksums and
writes the matrix. The baseline is pandas (its C parser, in chunks where the text is large) up to the arrays of users,
items and stars that are kept, which is less. The archives are stand-ins of the shapes in Table 1; Netflix is written in
about three minutes and holds 2 % more ratings than were published. Both must keep the same number of ratings.

    python benchmarks/parsing.py
"""

import argparse
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import torch
from contenders import Measurement
from table import Row, show, write

from starnmf.datasets.registry import published
from starnmf.datasets.stand_in import stand_in_options, write_stand_in
from starnmf.matrix import Observed, load_matrix
from starnmf.seeds import generator

SECONDS = {"movielens": 10, "goodbooks": 10, "netflix": 240}
"""Most that parsing may take."""
MOST_MIB = 4096
SMALL_PROCESS = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
CHUNK = 2_000_000
"""Lines that pandas reads at a time."""


def compare(dataset: str, folder: Path) -> list[Row]:
    entry = published(dataset)
    write_stand_in(dataset, folder / "raw", entry.shape, entry.rank, 0)
    matrix, kept = folder / "matrix.h5", folder / "kept.txt"
    options = [f"--option={key}={value}" for key, value in stand_in_options(dataset, entry.shape).items()]
    ours = _measured(
        "ours",
        *(str(Path(sys.executable).with_name("starnmf")), "datasets", "normalize", dataset, str(folder / "raw")),
        *(str(matrix), str(folder / "matrix.csv"), *options),
        *("--source", "stand-in", "--rank", str(entry.rank), "--seed", "0"),
    )
    pandas = _measured("pandas", sys.executable, __file__, dataset, "--baseline", str(folder / "raw"), str(kept))
    observed = load_matrix(matrix)
    assert isinstance(observed, Observed)
    if observed.values.size != int(kept.read_text()):
        raise ArithmeticError(f"{dataset}: ours keeps {observed.values.size} ratings, pandas {kept.read_text()}")
    pandas = replace(pandas, ratio=pandas.seconds / ours.seconds)
    met = ours.seconds <= SECONDS[dataset] and (ours.memory_mib or 0) <= MOST_MIB
    target = f"{SECONDS[dataset]} s, {MOST_MIB} MiB"
    return [
        show(Row("parsing", dataset, ours, "matrix", target=target, met=met)),
        show(Row("parsing", dataset, pandas, "arrays")),
    ]


def _measured(contender: str, *command: str) -> Measurement:
    """Elapsed seconds and peak memory of a command."""
    start = time.perf_counter()
    # A process starts with the peak of the one that starts it, so a small one goes between.
    peak = subprocess.run(
        [sys.executable, "-c", SMALL_PROCESS, *command], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return Measurement(contender, time.perf_counter() - start, 1.0, float("nan"), int(peak.stdout) / 2**10, 1)


def baseline(dataset: str, raw: Path) -> int:
    """Ratings that are kept, by pandas."""
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
                return _netflix(archive)


def _netflix(archive: zipfile.ZipFile) -> int:
    """Ratings of the movies and users that a draw of counts takes from those that occur."""
    random = generator(0, "netflix", "draw")
    users, movies, movie = [], [], 0
    for name in sorted(archive.namelist()):
        with archive.open(name) as text:
            for table in pd.read_csv(
                text, header=None, names=["user", "stars"], usecols=[0, 1], dtype={"user": str}, chunksize=CHUNK
            ):
                is_head = table["stars"].isna()
                heads = table["user"].where(is_head).str.rstrip(":").ffill().fillna(movie).astype(np.int32)
                movie = int(heads.iloc[-1])
                users.append(table["user"][~is_head].astype(np.int32).to_numpy())
                movies.append(heads[~is_head].astype(np.int16).to_numpy())
    kept = np.ones(sum(map(len, users)), dtype=bool)
    for ids, largest, count in zip((users, movies), (2_649_429, 17_770), published("netflix").shape, strict=True):
        number, of_rating = random.random(largest + 1), np.concatenate(ids)
        occurring = np.unique(of_rating)
        drawn = np.zeros(largest + 1, dtype=bool)
        drawn[occurring[np.argsort(number[occurring])[:count]]] = True
        kept &= drawn[of_rating]
    return int(kept.sum())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="*", help=f"default: {', '.join(SECONDS)}")
    parser.add_argument("--baseline", nargs=2, type=Path, metavar=("RAW", "KEPT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.baseline:
        raw_folder, kept_file = arguments.baseline
        kept_file.write_text(str(baseline(arguments.datasets[0], raw_folder)))
    else:
        rows = []
        for name in arguments.datasets or SECONDS:
            with TemporaryDirectory() as temporary:
                rows += compare(name, Path(temporary))
        print(f"the table is in {write(rows, 'parsing', torch.device('cpu'))}")
