"""Arrays of numbers in MATLAB, FITS and HDF5 files, by their names."""

import io
from math import prod
from typing import Any

import h5py
import numpy as np
import scipy.io
from astropy.io import fits

from starnmf.archives import check_expanded
from starnmf.arrays import AnyArray
from starnmf.errors import InputError, reading


def matlab_arrays(content: bytes, where: str, expanded_limit: int) -> dict[str, AnyArray]:
    """Every array of numbers in a MATLAB file (version 5, or 7.3, which is HDF5), axes in MATLAB's order.

    Damaged files can crash the libraries that read them: call it by `child_process.read_in_child`. Raises `InputError`
    on content that expands to more bytes than it may, and what the libraries raise on content that is no MATLAB file.
    """
    is_hdf5 = b"\x89HDF" in content[:1024] and not content.startswith(b"MATLAB 5")
    found = (_matlab_73 if is_hdf5 else _matlab_5)(content, where, expanded_limit)
    return {name: value for name, value in found.items() if getattr(value, "dtype", np.dtype("O")).kind in "uif"}


def _matlab_5(content: bytes, where: str, expanded_limit: int) -> dict[str, Any]:
    listed = scipy.io.whosmat(io.BytesIO(content))
    check_expanded(sum(8 * prod(shape) for _, shape, kind in listed if kind != "sparse"), expanded_limit, where)
    return dict(scipy.io.loadmat(io.BytesIO(content)))


def _matlab_73(content: bytes, where: str, expanded_limit: int) -> dict[str, AnyArray]:
    with h5py.File(io.BytesIO(content)) as file:
        return {
            name: hdf5_values(item, where, expanded_limit).T
            for name in file
            if isinstance(item := hdf5_item(file, name, where), h5py.Dataset)
        }


def hdf5_item(group: h5py.Group, path: str, where: str) -> Any:
    """What is at a path in an HDF5 file; None where nothing is. Raises `InputError` on a link to another file."""
    item: Any = group
    for name in path.strip("/").split("/"):
        if not isinstance(item, h5py.Group) or name not in item:
            return None
        if isinstance(item.get(name, getlink=True), h5py.ExternalLink):
            raise InputError(f"{where}: {path} is a link to another file; expected numbers in this one")
        item = item[name]
    return item


def hdf5_values(dataset: h5py.Dataset, where: str, expanded_limit: int) -> AnyArray:
    """The numbers of an HDF5 dataset.

    Raises `InputError` where they lie in other files, which a stranger's file could name, and where they are too many.
    """
    if dataset.is_virtual or dataset.external:
        raise InputError(f"{where}: {dataset.name} has its numbers in other files; expected them in this one")
    check_expanded(dataset.size * dataset.dtype.itemsize, expanded_limit, where)
    values: AnyArray = dataset[()]
    return values


def fits_arrays(content: bytes, where: str, expanded_limit: int) -> list[tuple[str, AnyArray]]:
    """Name and array of every image and table column of numbers in a FITS file, in their order.

    An image without a name has its number. Sides of length 1 are dropped: a table of one row holds its arrays in
    cells. Raises `InputError` on content that is no whole FITS file, on a wrong checksum in it (DATASUM), on columns of
    whole numbers some of which are missing (TNULL), and on compressed images of more bytes than `expanded_limit`.
    """
    named: list[tuple[str, Any]] = []
    with reading(where, "a FITS file"), fits.open(io.BytesIO(content), checksum=True) as units:
        for number, unit in enumerate(units):
            if unit.verify_datasum() == 0:
                raise InputError(f"{where}: the data of unit {number} have another checksum than DATASUM; get it again")
            if isinstance(unit, fits.BinTableHDU | fits.TableHDU):
                named += [(column.name, _column(unit, column, where)) for column in unit.columns]
            elif unit.shape:
                check_expanded(prod(unit.shape) * abs(unit.header["BITPIX"]) // 8, expanded_limit, where)
                named.append((unit.name or str(number), unit.data))
        return [(name, np.squeeze(array)) for name, array in named if array.dtype.kind in "uif"]


def _column(unit: Any, column: Any, where: str) -> Any:
    """A column of a table."""
    values = unit.data[column.name]
    if column.null not in (None, "") and values.dtype.kind in "ui" and (values == column.null).any():
        raise InputError(f"{where}: column {column.name} has missing values (TNULL {column.null}); expected numbers")
    return values
