"""HDF5 files of results, written atomically, with provenance."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from starnmf.errors import reading
from starnmf.results.atomic import atomic_write
from starnmf.stamp import processor, seconds_so_far, stamp

PROVENANCE = "provenance"
"""Attribute that holds the provenance, as JSON."""


@contextmanager
def new_hdf5(path: Path) -> Iterator[h5py.File]:
    """Yield a new HDF5 file, which gets its final name and the attribute `PROVENANCE` when the block ends.

    The attribute holds `starnmf.stamp.stamp`, `processor` and `seconds`, the wall time of the command so far.
    """
    with atomic_write(path) as temporary, h5py.File(temporary, "w") as file:
        yield file
        file.attrs[PROVENANCE] = json.dumps(stamp() | {"processor": processor(), "seconds": round(seconds_so_far(), 3)})


@contextmanager
def result_hdf5(path: Path, kind: str) -> Iterator[h5py.File]:
    """Open a result file to read it as `kind`, such as `a matrix`; what cannot be read in it is an `InputError`."""
    with reading(str(path), kind, "a whole result file. Delete it to have it made anew"), h5py.File(path, "r") as file:
        yield file


def plain_attributes(group: h5py.Group) -> dict[str, str | int | float]:
    """The attributes of a result file, or of a group in it, as Python's own values, without the provenance."""
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in group.attrs.items()
        if name != PROVENANCE
    }
