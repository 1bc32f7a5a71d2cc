"""The shapes of the paper's Table 1, filled with random data."""

import argparse
from collections.abc import Callable

import numpy as np
import torch
from allocator import start_again_with_fair_allocator

from starnmf.matrix import Dense, Description, Matrix, Observed

# name: rows, columns, rank, observed entries (None: all)
SHAPES: dict[str, tuple[int, int, int, int | None]] = {
    "orl": (400, 10304, 49, None),
    "satellite": (162, 94249, 4, None),
    "extragalactic": (2760, 2820, 10, None),
    "birdsong": (5120, 1246, 88, None),
    "metabolic": (9335, 36, 3, None),
    "movielens": (3953, 6041, 20, 1_000_209),
    "goodbooks": (10000, 43461, 50, 960_000),
    "netflix": (47928, 8963, 20, 5_200_000),
}


def random_matrix(name: str) -> Matrix:
    n, m, rank, observed = SHAPES[name]
    random = np.random.default_rng(0)
    description = Description(dataset=name, rank=rank, source="own", raw_sha256={})
    if observed is None:
        return Dense(random.random((n, m), dtype=np.float32) * 4, description)
    places = np.unique(random.integers(0, n * m, size=observed))
    indptr = np.searchsorted(places, np.arange(n + 1) * m)
    values = random.random(len(places), dtype=np.float32) * 4
    return Observed(indptr, (places % m).astype(np.int32), values, m, description)


def asked_shapes(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> list[str]:
    unknown = set(arguments.shapes) - set(SHAPES)
    if unknown:
        parser.error(f"unknown shapes {', '.join(sorted(unknown))}; expected some of {', '.join(SHAPES)}")
    return arguments.shapes or list(SHAPES)[:6]


def compare_asked_shapes(
    compare: Callable[..., object], description: str | None, seconds: float, **counts: tuple[int, str]
) -> None:
    """The command of a benchmark: compare the shapes that it is asked for.

    Parameters
    ----------
    compare : callable
        Is given the name of a shape, `seconds` and the `counts`.
    description : str
        Of the command, in its help.
    seconds : float
        Of the rounds of a case, unless it is asked for others.
    counts : tuple of int and str
        Other options of the command: the default and what it is.
    """
    start_again_with_fair_allocator()
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", help=f"any of {', '.join(SHAPES)}; default: the first six")
    parser.add_argument("--seconds", type=float, default=seconds, help=f"of the rounds of a case (default {seconds:g})")
    for name, (default, meaning) in counts.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{meaning} (default {default})")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    options = {name: getattr(arguments, name) for name in ("seconds", *counts)}
    for shape in asked_shapes(arguments, parser):
        compare(shape, **options)
