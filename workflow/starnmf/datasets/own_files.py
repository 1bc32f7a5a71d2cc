"""Files of a user-supplied matrix: numbers in one of the usual formats, or a table of ratings.

| file | read as |
|---|---|
| `.npy` | its array |
| `.npz` | the array named by `key`, or the only one of two dimensions; or a sparse matrix of scipy |
| `.csv`, `.tsv`, `.txt` | numbers, with or without names of columns and rows |
| `.mtx` | MatrixMarket, dense or sparse |
| `.mat` | the variable named by `key`, or the only one of two dimensions; version 5 or 7.3 |
| `.h5`, `.hdf5`, `.h5ad` | the dataset or sparse group at the path `key`; `X` of `.h5ad` |
| `.fits` | the array of the unit or column named by `key`, or the only one of two dimensions |
| `.zip` | the member named by `key`, or the only one |

Any of them may be compressed as `.gz` or `.xz`.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import h5py
import numpy as np
import scipy.io
import scipy.sparse

from starnmf.datasets.array_files import Array, fits_arrays, matlab_arrays
from starnmf.datasets.own_text import Names, read_numbers, read_ratings
from starnmf.datasets.raw import RawFile
from starnmf.errors import InputError, reading
from starnmf.matrix import Entries


@dataclass(frozen=True)
class Options:
    """How a file is read, where its name does not say it."""

    layout: Literal["matrix", "ratings"] | None = None
    """`ratings`: lines of row, column and value, such as user, item and stars. None: a matrix, unless a text looks like
    ratings, which is an error."""
    names: Names | None = None
    """Which names a text has; None: those that it certainly has."""
    missing: Literal["zero", "unobserved"] = "zero"
    """What entries that a sparse file leaves out are; with `unobserved`, NaN in a dense file is unobserved, too."""


def read_own(path: Path, key: str | None, options: Options, expanded_limit: int) -> Array | Entries:
    """The matrix in a file: all entries (n, m) as numbers, or the observed ones.

    Raises `InputError` on files that cannot be read, that hold no matrix, or several of which none is named, and on
    entries that are no numbers.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected the matrix to read. Give its path")
    file = RawFile(PurePosixPath(path.name), str(path), path, partial(path.open, "rb"), expanded_limit)
    if PurePosixPath(file.name).suffix == ".zip":
        file, key = _member(file, key), None
    content, suffix = file.read(), PurePosixPath(file.name).suffix.lower()
    if options.layout == "ratings":
        return read_ratings(content, file.where)
    if suffix in TEXTS:
        with reading(file.where, "a table of numbers"):
            return _of_dense(
                read_numbers(content, file.where, options.names, options.layout is None), options, file.where
            )
    if suffix not in FORMATS:
        raise InputError(
            f"{file.where}: a file named *{suffix}; expected one of {', '.join([*TEXTS, *FORMATS, '.zip'])}, or "
            "layout=ratings for a table of ratings"
        )
    kind, read = FORMATS[suffix]
    with reading(file.where, kind):
        found = read(content, key, file.where)
    if scipy.sparse.issparse(found):
        return _of_sparse(scipy.sparse.coo_array(found), options, file.where)
    return _of_dense(np.asarray(found), options, file.where)


def _member(archive: RawFile, key: str | None) -> RawFile:
    """The file in a zip archive that is named by `key`, or its only one."""
    with reading(archive.where, "a zip archive"), archive.stored() as stored, zipfile.ZipFile(stored) as zipped:
        names = [info.filename for info in zipped.infolist() if not info.is_dir()]
    chosen = _choose(dict.fromkeys(names), key, archive.where, "files")

    def open_member() -> Any:
        return zipfile.ZipFile(archive.on_disk).open(chosen)

    return replace(archive, path=PurePosixPath(chosen), where=f"{archive.where}: {chosen}", stored=open_member)


def _choose(candidates: Mapping[str, object], key: str | None, where: str, what: str) -> str:
    """The candidate named by `key`, or the only one."""
    listed = ", ".join(candidates) or "none"
    if key is not None:
        if key not in candidates:
            raise InputError(f"{where}: no {key!r} among its {what}; found {listed}. Name one with key=...")
        return key
    if len(candidates) != 1:
        raise InputError(f"{where}: {len(candidates)} {what} that could be meant: {listed}. Name one with key=...")
    return next(iter(candidates))


def _pick(arrays: Mapping[str, Array], key: str | None, where: str) -> Array:
    """The array named by `key`, or the only one of two dimensions and more than one entry a side."""
    if key is None:
        arrays = {name: array for name, array in arrays.items() if array.ndim == 2 and min(array.shape) > 1}
    return arrays[_choose(arrays, key, where, "arrays of numbers")]


def _of_dense(array: Array, options: Options, where: str) -> Array | Entries:
    if array.ndim != 2 or not array.size or array.dtype.kind not in "uifb":
        raise InputError(f"{where}: {array.dtype} of shape {array.shape}; expected numbers in two dimensions")
    missing = np.isnan(array.astype(np.float64))
    if options.missing == "unobserved" and missing.any():
        rows, columns = np.nonzero(~missing)
        return Entries(rows, columns, array[rows, columns], (array.shape[0], array.shape[1]))
    if missing.any():
        row, column = (int(index) for index in np.argwhere(missing)[0])
        raise InputError(
            f"{where}: {int(missing.sum())} of {array.size} entries are missing, the first in row {row + 1}, column "
            f"{column + 1}; expected numbers. missing=unobserved leaves them out"
        )
    return array


def _of_sparse(matrix: Any, options: Options, where: str) -> Array | Entries:
    if not matrix.nnz:
        raise InputError(f"{where}: a sparse matrix without entries; expected some")
    if options.missing == "zero":
        dense: Array = matrix.toarray()
        return dense
    return Entries(matrix.coords[0], matrix.coords[1], matrix.data, matrix.shape)


def _numpy(content: bytes, key: str | None, where: str) -> Any:
    found = np.load(io.BytesIO(content), allow_pickle=False)
    if isinstance(found, np.ndarray):
        return found
    with found as members:
        arrays = {name: members[name] for name in members.files}
    if {"format", "shape", "data"} <= arrays.keys():
        return scipy.sparse.load_npz(io.BytesIO(content))
    return _pick({name: array for name, array in arrays.items() if array.dtype.kind in "uifb"}, key, where)


def _hdf5(content: bytes, key: str | None, where: str) -> Any:
    arrays: dict[str, Array] = {}

    def collect(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "uif" and item.ndim == 2:
            arrays[name] = item[()]

    with h5py.File(io.BytesIO(content)) as file:
        if key is None and "X" in file:
            key = "X"
        if key is not None and isinstance(file.get(key), h5py.Group):
            return _sparse_group(file[key], where)
        file.visititems(collect)
    return _pick(arrays, key.strip("/") if key else None, where)


def _sparse_group(group: h5py.Group, where: str) -> Any:
    """A sparse matrix as AnnData stores it."""
    absent = [name for name in ("data", "indices", "indptr") if name not in group]
    if absent or "shape" not in group.attrs:
        raise InputError(
            f"{where}: the group {group.name} lacks {', '.join(absent) or 'a shape'}; expected a sparse matrix"
        )
    kind = group.attrs.get("encoding-type", "csr_matrix")
    make = scipy.sparse.csc_array if str(kind).startswith("csc") else scipy.sparse.csr_array
    parts = (group["data"][()], group["indices"][()], group["indptr"][()])
    return make(parts, shape=tuple(int(side) for side in group.attrs["shape"]))


TEXTS = (".csv", ".tsv", ".txt")
"""Ends of names of texts."""

FORMATS: dict[str, tuple[str, Callable[[bytes, str | None, str], Any]]] = {
    ".npy": ("an array of numpy", _numpy),
    ".npz": ("arrays of numpy", _numpy),
    ".mtx": ("a MatrixMarket file", lambda content, key, where: scipy.io.mmread(io.BytesIO(content))),
    ".mat": ("a MATLAB file", lambda content, key, where: _pick(matlab_arrays(content, where), key, where)),
    ".h5": ("HDF5", _hdf5),
    ".hdf5": ("HDF5", _hdf5),
    ".h5ad": ("HDF5", _hdf5),
    ".fits": ("a FITS file", lambda content, key, where: _pick(dict(fits_arrays(content, where)), key, where)),
}
"""What a file is read as and its reader, by the end of the file's name."""
