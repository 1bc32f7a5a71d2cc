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
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from contenders import Measurement
from table import Row, show, write

from starnmf.datasets.registry import published
from starnmf.datasets.stand_in import stand_in_options, write_stand_in
from starnmf.matrix import Observed, load_matrix

SECONDS = {"movielens": 10, "goodbooks": 10, "netflix": 240}
"""Most that parsing may take."""
MOST_MIB = 4096
SMALL_PROCESS = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
BASELINE = Path(__file__).with_name("ratings_by_pandas.py")
"""A process that imports pandas and nothing large beside it."""


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
    shape = (str(size) for size in entry.shape)
    pandas = _measured("pandas", sys.executable, str(BASELINE), dataset, str(folder / "raw"), *shape, str(kept))
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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="*", help=f"default: {', '.join(SECONDS)}")
    rows = []
    for name in parser.parse_args().datasets or SECONDS:
        with TemporaryDirectory() as temporary:
            rows += compare(name, Path(temporary))
    print(f"the table is in {write(rows, 'parsing', torch.device('cpu'))}")
