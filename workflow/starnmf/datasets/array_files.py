"""Arrays of numbers in MATLAB, FITS and HDF5 files, by their names."""

import io
from math import prod
from typing import Any

import h5py
import numpy as np
import scipy.io
import scipy.sparse
from astropy.io import fits

from starnmf.archives import check_expanded
from starnmf.arrays import AnyArray
from starnmf.errors import InputError, reading

NUMBERS = "uifc"
"""Kinds of numpy's types that are numbers; complex ones are, so that none is passed over for another array."""


def matlab_arrays(content: bytes, where: str, expanded_limit: int) -> dict[str, AnyArray]:
    """Every array of numbers, dense or sparse, in a MATLAB file (version 5, or 7.3, which is HDF5), axes in its order.

    Damaged files can crash the libraries that read them: call it by `child_process.read_in_child`. Raises `InputError`
    on content that expands to more bytes than it may, and what the libraries raise on content that is no MATLAB file.
    """
    is_hdf5 = b"\x89HDF" in content[:1024] and not content.startswith(b"MATLAB 5")
    found = (_matlab_73 if is_hdf5 else _matlab_5)(content, where, expanded_limit)
    return {name: value for name, value in found.items() if getattr(value, "dtype", np.dtype("O")).kind in NUMBERS}


def _matlab_5(content: bytes, where: str, expanded_limit: int) -> dict[str, Any]:
    listed = scipy.io.whosmat(io.BytesIO(content))
    check_expanded(sum(8 * prod(shape) for _, shape, kind in listed if kind != "sparse"), expanded_limit, where)
    return dict(scipy.io.loadmat(io.BytesIO(content)))


def _matlab_73(content: bytes, where: str, expanded_limit: int) -> dict[str, AnyArray]:
    found: dict[str, Any] = {}
    with h5py.File(io.BytesIO(content)) as file:
        for name in file:
            item = hdf5_item(file, name, where)
            if isinstance(item, h5py.Dataset) and item.attrs.get("MATLAB_class") != b"char":
                values = hdf5_values(item, where, expanded_limit).T
                is_complex = values.dtype.names == ("real", "imag")
                found[name] = values["real"] + 1j * values["imag"] if is_complex else values
            elif isinstance(item, h5py.Group) and "MATLAB_sparse" in item.attrs:
                parts = {part: hdf5_item(item, part, where) for part in ("data", "ir", "jc")}
                found[name] = _matlab_sparse(parts, int(item.attrs["MATLAB_sparse"]), where, expanded_limit)
    return found


def _matlab_sparse(parts: dict[str, Any], rows: int, where: str, expanded_limit: int) -> Any:
    """A sparse matrix of a file of version 7.3, by compressed columns; without entries it has no `data` and `ir`."""
    values, places, begins = (
        hdf5_values(parts[part], where, expanded_limit) if parts[part] is not None else np.zeros(0, dtype=kind)
        for part, kind in (("data", np.float64), ("ir", np.int64), ("jc", np.int64))
    )
    return compressed("csc", values, places.astype(np.int64), begins.astype(np.int64), (rows, len(begins) - 1), where)


def compressed(
    kind: str, data: AnyArray, indices: AnyArray, indptr: AnyArray, shape: tuple[int, ...], where: str
) -> Any:
    """A sparse matrix of compressed rows (`csr`) or columns (`csc`).

    Raises `InputError` on places outside the matrix, which scipy would follow.
    """
    wrong = None
    if len(shape) != 2 or min(shape) < 0:
        wrong = f"shape {shape}"
    else:
        major, minor = shape if kind == "csr" else shape[::-1]
        if any(array.ndim != 1 for array in (data, indices, indptr)) or len(indptr) != major + 1:
            wrong = f"indptr of shape {indptr.shape} for {major} {'rows' if kind == 'csr' else 'columns'}"
        elif indptr.dtype.kind not in "ui" or indices.dtype.kind not in "ui":
            wrong = f"places of type {indices.dtype} and {indptr.dtype}"
        elif (
            indptr[0] != 0
            or (np.diff(indptr.astype(np.int64)) < 0).any()
            or not (len(data) == len(indices) == indptr[-1])
        ):
            wrong = f"indptr from {indptr[0]} to {indptr[-1]} for {len(data)} entries and {len(indices)} places"
        elif len(indices) and not (indices.min() >= 0 and indices.max() < minor):
            wrong = f"places from {indices.min()} to {indices.max()} among {minor}"
    if wrong:
        raise InputError(f"{where}: a sparse matrix with {wrong}; expected whole ones. Get it again")
    make = scipy.sparse.csr_array if kind == "csr" else scipy.sparse.csc_array
    return make((data, indices, indptr), shape=shape)


def is_matrix(item: object) -> bool:
    """Whether what is in an HDF5 file is an array of numbers in two dimensions, or a sparse matrix of AnnData."""
    if isinstance(item, h5py.Group):
        return {"data", "indices", "indptr"} <= set(item) and "shape" in item.attrs
    return isinstance(item, h5py.Dataset) and item.dtype.kind in NUMBERS and item.ndim == 2


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
        return [(name, np.squeeze(array)) for name, array in named if array.dtype.kind in NUMBERS]


def _column(unit: Any, column: Any, where: str) -> Any:
    """A column of a table."""
    values = unit.data[column.name]
    if column.null not in (None, "") and values.dtype.kind in "ui" and (values == column.null).any():
        raise InputError(f"{where}: column {column.name} has missing values (TNULL {column.null}); expected numbers")
    return values
