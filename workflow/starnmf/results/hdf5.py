"""HDF5 files of results: whole or not there, each with the stamp of its making."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from starnmf.results.atomic import atomic_write
from starnmf.stamp import seconds_so_far, stamp

PROVENANCE = "provenance"
"""Attribute that holds the stamp, as JSON."""


@contextmanager
def new_hdf5(path: Path) -> Iterator[h5py.File]:
    """An HDF5 file to be filled; it appears when the block ends, with the attribute `PROVENANCE`.

    That is `starnmf.stamp.stamp` and `seconds`, the wall time of the command up to then.
    """
    with atomic_write(path) as temporary, h5py.File(temporary, "w") as file:
        yield file
        file.attrs[PROVENANCE] = json.dumps(stamp() | {"seconds": round(seconds_so_far(), 3)})
