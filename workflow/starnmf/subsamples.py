"""The subsamples of a rate: their files, and how they share restarts.

Restart i of a rate with S subsamples is of subsample i mod S, so that more restarts keep the earlier ones where they
are. At rate 1.0 there is one subsample, the whole matrix, and a file holds it as any other matrix; at lower rates it
has a group for each.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import h5py

from starnmf.errors import InputError
from starnmf.factors import Factors, read_factors, write_factors
from starnmf.matrix import Matrix, read_matrix, write_matrix
from starnmf.results.hdf5 import new_hdf5, result_hdf5

Content = TypeVar("Content")


def restarts_of(subsample: int, restarts: int, subsamples: int) -> int:
    """How many of the restarts of a rate a subsample has.

    Raises `InputError` when there are not enough for every subsample to have one.

    Examples
    --------
    >>> [restarts_of(subsample, restarts=8, subsamples=3) for subsample in range(3)]
    [3, 3, 2]
    """
    if restarts < subsamples:
        raise InputError(f"found {subsamples} subsamples for {restarts} restarts; expected a restart for each")
    return len(range(subsample, restarts, subsamples))


def numbers_in_rate(subsample: int, restarts: int, subsamples: int) -> list[int]:
    """The numbers that the restarts of a subsample have among those of its rate.

    Examples
    --------
    >>> numbers_in_rate(1, restarts=3, subsamples=5)
    [1, 6, 11]
    """
    return [subsample + place * subsamples for place in range(restarts)]


def subsamples_in(path: Path) -> int:
    """The number of subsamples in a file; 1 where it holds a whole matrix or its factors."""
    with result_hdf5(path, "matrices or factors of subsamples") as file:
        return len(_groups(file))


def save_matrices(matrices: Iterable[Matrix], path: Path) -> None:
    """Write the subsamples of a rate, in the order of their numbers, one after another."""
    with new_hdf5(path) as file:
        for number, matrix in enumerate(matrices):
            write_matrix(matrix, _new_group(file, number, matrix.description.rate))


def save_factors_of_subsamples(factors: Iterable[Factors], path: Path) -> None:
    """Write the factors of all subsamples of a rate, in the order of their numbers."""
    with new_hdf5(path) as file:
        for number, of_subsample in enumerate(factors):
            write_factors(of_subsample, _new_group(file, number, float(of_subsample.attributes["rate"])))


def load_matrices(path: Path) -> Iterator[Matrix]:
    """Read the subsamples of a file one after another, or the one matrix that it holds.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> from starnmf import matrix_from, subsample
    >>> matrix = matrix_from(np.random.default_rng(0).gamma(2.0, size=(30, 20)), rank=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_matrices([subsample(matrix, 0.5, number) for number in range(3)], Path(folder) / "rate-0.5.h5")
    ...     [part.shape for part in load_matrices(Path(folder) / "rate-0.5.h5")]
    [(15, 10), (15, 10), (15, 10)]
    """
    return _each(path, read_matrix)


def load_factors_of_subsamples(path: Path) -> Iterator[Factors]:
    """Read the factors of all subsamples of a file one after another, without snapshots."""
    return _each(path, read_factors)


def _each(path: Path, read: Callable[[h5py.Group], Content]) -> Iterator[Content]:
    with result_hdf5(path, "matrices or factors of subsamples") as file:
        for group in _groups(file):
            yield read(group)


def _groups(file: h5py.File) -> list[h5py.Group]:
    """The groups of subsamples in the order of their numbers; without any, the file itself."""
    count = sum(name.startswith("subsample-") for name in file)
    return [file[_name(number)] for number in range(count)] or [file]


def _new_group(file: h5py.File, number: int, rate: float) -> h5py.Group:
    return file if rate == 1 else file.create_group(_name(number))


def _name(number: int) -> str:
    return f"subsample-{number}"
