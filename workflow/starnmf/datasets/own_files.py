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
| `.zip` | the member named by `key`, or the only one, in which `key` names an array |

Any of them may be compressed as `.gz` or `.xz`.
"""

import io
import os
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import h5py
import numpy as np
import scipy.io
import scipy.sparse

from starnmf.archives import check_expanded, check_zip_expanded
from starnmf.arrays import AnyArray
from starnmf.datasets.array_files import (
    NUMBERS,
    compressed,
    fits_arrays,
    hdf5_item,
    hdf5_values,
    is_matrix,
    matlab_arrays,
)
from starnmf.datasets.child_process import read_in_child
from starnmf.datasets.own_text import NUMBER, Names, read_numbers, read_ratings
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


def read_own(path: Path, key: str | None, options: Options, expanded_limit: int) -> AnyArray | Entries:
    """The matrix in a file: all entries (n, m) as numbers, or the observed ones.

    Raises `InputError` on files that cannot be read, that hold no matrix, or several of which none is named, and on
    entries that are no numbers.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected the matrix to read. Give its path")
    file = RawFile(PurePosixPath(path.name), str(path), path, partial(path.open, "rb"), expanded_limit)
    if PurePosixPath(file.name).suffix.lower() == ".zip":
        file, key = _member(file, key)
    content, suffix = file.read(), PurePosixPath(file.name).suffix.lower()
    if options.layout == "ratings" or suffix in TEXTS:
        _refuse_key(key, file.where)
    elif options.names is not None:
        raise InputError(f"{file.where}: names={options.names}; expected none, as only texts have names. Leave it out")
    if options.layout == "ratings":
        with reading(file.where, "ratings"):
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
        found = read_in_child(read, content, key, file.where, expanded_limit, where=file.where)
    if scipy.sparse.issparse(found):
        return _of_sparse(scipy.sparse.coo_array(found), options, file.where)
    return _of_dense(np.asarray(found), options, file.where)


def _member(archive: RawFile, key: str | None) -> tuple[RawFile, str | None]:
    """The file in a zip archive that is named by `key`, or its only one, in which `key` may name an array."""
    with reading(archive.where, "a zip archive"), archive.stored() as stored, zipfile.ZipFile(stored) as zipped:
        names = [info.filename for info in zipped.infolist() if not info.is_dir()]
    _refuse_repeated(names, archive.where, "files")
    of_array = key if len(names) == 1 and key not in names else None
    chosen = _choose(dict.fromkeys(names), None if of_array else key, archive.where, "files")

    def open_member() -> Any:
        return zipfile.ZipFile(archive.on_disk).open(chosen)

    where = f"{archive.where}: {chosen}"
    return replace(archive, path=PurePosixPath(chosen), where=where, stored=open_member), of_array


def _refuse_repeated(names: Sequence[str], where: str, what: str) -> None:
    """Raise `InputError` on names of which one stands for several."""
    if repeated := sorted(name for name, count in Counter(names).items() if count > 1):
        raise InputError(f"{where}: several {what} called {', '.join(repeated)}; expected different names")


def _refuse_key(key: str | None, where: str) -> None:
    """Raise `InputError` on a key for a file that holds one matrix alone."""
    if key is not None:
        raise InputError(f"{where}: key={key}; expected none, as the file holds one matrix alone. Leave it out")


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


def _pick(arrays: Mapping[str, AnyArray], key: str | None, where: str) -> AnyArray:
    """The array named by `key`, or the only one of two dimensions and more than one entry a side."""
    return arrays[_choose_matrix({name: array.shape for name, array in arrays.items()}, key, where)]


def _choose_matrix(shapes: Mapping[str, tuple[int, ...]], key: str | None, where: str) -> str:
    """The array named by `key`, or the only one of two dimensions and more than one entry a side; else the only one."""
    matrices = {name: shape for name, shape in shapes.items() if len(shape) == 2 and min(shape) > 1}
    return _choose(shapes if key is not None or not matrices else matrices, key, where, "arrays of numbers")


def _of_dense(array: AnyArray, options: Options, where: str) -> AnyArray | Entries:
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


def _of_sparse(matrix: Any, options: Options, where: str) -> AnyArray | Entries:
    if not matrix.nnz:
        raise InputError(f"{where}: a sparse matrix without entries; expected some")
    if matrix.dtype.kind not in "uifb":
        raise InputError(f"{where}: {matrix.dtype} of shape {matrix.shape}; expected real numbers")
    if options.missing == "zero":
        size, memory = 8 * matrix.shape[0] * matrix.shape[1], os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        if size > memory:
            raise InputError(
                f"{where}: {matrix.shape[0]:,} x {matrix.shape[1]:,} numbers take {size:,} bytes; expected at most "
                f"{memory:,}, the memory of this machine. missing=unobserved keeps the {matrix.nnz:,} entries alone"
            )
        once = matrix.copy()
        once.sum_duplicates()
        if once.nnz != matrix.nnz:
            raise InputError(f"{where}: {matrix.nnz - once.nnz} entries are given more than once; expected each once")
        return _of_dense(matrix.toarray(), options, where)
    return Entries(matrix.coords[0], matrix.coords[1], matrix.data, matrix.shape)


def _numpy(content: bytes, key: str | None, where: str, expanded_limit: int) -> Any:
    if content.startswith(b"PK"):
        check_zip_expanded(content, expanded_limit, where)
    found = np.load(io.BytesIO(content), allow_pickle=False)
    if isinstance(found, np.ndarray):
        _refuse_key(key, where)
        return found
    arrays = {}
    with found as members:
        for name in members.files:
            try:
                arrays[name] = members[name]
            except ValueError as error:
                # Objects are pickled, which could run code; they are no numbers.
                if not str(error).startswith("Object arrays"):
                    raise
    if {"format", "shape", "data"} <= arrays.keys():
        _refuse_key(key, where)
        return _of_scipy(arrays, where)
    return _pick({name: array for name, array in arrays.items() if array.dtype.kind in NUMBERS + "b"}, key, where)


def _of_scipy(arrays: Mapping[str, AnyArray], where: str) -> Any:
    """A sparse matrix as `scipy.sparse.save_npz` stores it."""
    kind, shape = arrays["format"].item(), tuple(int(side) for side in arrays["shape"])
    kind = kind.decode() if isinstance(kind, bytes) else kind
    if kind == "coo":
        return scipy.sparse.coo_array((arrays["data"], (arrays["row"], arrays["col"])), shape=shape)
    if kind not in ("csr", "csc"):
        raise InputError(f"{where}: a sparse matrix in the format {kind}; expected csr, csc or coo")
    return compressed(kind, arrays["data"], arrays["indices"], arrays["indptr"], shape, where)


def _matrix_market(content: bytes, key: str | None, where: str, expanded_limit: int) -> Any:
    _refuse_key(key, where)
    head = content.split(b"\n", 1)[0].lower().split()
    numbers = COMMENT.sub(b"", content)
    if b"\0" in content or not numbers.isascii():
        raise InputError(f"{where}: bytes that are no text of a MatrixMarket file; expected numbers. Get it again")
    size, _, entries = numbers.lstrip().partition(b"\n")
    sides = size.split()
    if b"array" in head and len(sides) == 2:
        check_expanded(8 * int(sides[0]) * int(sides[1]), expanded_limit, where)
    if len(head) > 4 and head[4] != b"general" and len(set(sides[:2])) > 1:
        raise InputError(
            f"{where}: found a {head[4].decode()} matrix of {b' x '.join(sides[:2]).decode()}; expected a square one"
        )
    _check_lines_of_matrix_market(head, numbers, len(numbers) - len(entries), where)
    return scipy.io.mmread(io.BytesIO(content))


def _check_lines_of_matrix_market(head: list[bytes], numbers: bytes, first_entry: int, where: str) -> None:
    """Raise `InputError` on what scipy would pass over: it reads 2,5 as 2, and no further number of a line.

    `head` are the words of the first line, `numbers` is the text without comments, whose entries begin at
    `first_entry`.
    """
    kind = "whole" if b"integer" in head else "any"
    if wrong := NO_NUMBER[kind].search(numbers):
        line, found = numbers.count(b"\n", 0, wrong.start()) + 1, wrong[0].decode("ascii")
        expected = "a whole number, as the first line says" if kind == "whole" else "a number such as 3.5"
        raise InputError(f"{where}, line {line}: found {found!r}; expected {expected}. Write decimals with a point")
    expected_fields = (0 if b"array" in head else 2) + (0 if b"pattern" in head else 2 if b"complex" in head else 1)
    entry = rb"[ \t]+".join([rb"\S+"] * expected_fields)
    no_entry = re.compile(rb"^[ \t]*(?=\S)(?!%b\s*$).*" % entry, re.MULTILINE)
    if wrong := no_entry.search(numbers, first_entry):
        line, fields = numbers.count(b"\n", 0, wrong.start()) + 1, len(wrong[0].split())
        raise InputError(f"{where}, line {line}: found {fields} numbers; expected {expected_fields}. Get it again")


def _hdf5(content: bytes, key: str | None, where: str, expanded_limit: int) -> Any:
    with h5py.File(io.BytesIO(content)) as file:
        if key is None and "X" in file:
            key = "X"
        item = hdf5_item(file, key, where) if key else None
        if item is None:
            matrices: dict[str, tuple[int, ...]] = {}
            file.visititems(lambda name, one: matrices.update({name: _sides(one)}) if is_matrix(one) else None)
            item = hdf5_item(file, _choose_matrix(matrices, key.strip("/") if key else None, where), where)
        if isinstance(item, h5py.Group):
            return _sparse_group(item, where, expanded_limit)
        return hdf5_values(item, where, expanded_limit)


def _sides(item: h5py.Group | h5py.Dataset) -> tuple[int, ...]:
    """The shape of a matrix in an HDF5 file."""
    return tuple(item.attrs["shape"]) if isinstance(item, h5py.Group) else tuple(item.shape)


def _sparse_group(group: h5py.Group, where: str, expanded_limit: int) -> Any:
    """A sparse matrix as AnnData stores it."""
    parts = {name: hdf5_item(group, name, where) for name in ("data", "indices", "indptr")}
    absent = [name for name, part in parts.items() if not isinstance(part, h5py.Dataset)]
    if absent or "shape" not in group.attrs:
        raise InputError(
            f"{where}: the group {group.name} lacks {', '.join(absent) or 'a shape'}; expected a sparse matrix"
        )
    kind = "csc" if str(group.attrs.get("encoding-type", "")).startswith("csc") else "csr"
    shape = tuple(int(side) for side in group.attrs["shape"])
    data, indices, indptr = (hdf5_values(part, where, expanded_limit) for part in parts.values())
    return compressed(kind, data, indices, indptr, shape, where)


def _fits(content: bytes, key: str | None, where: str, expanded_limit: int) -> Any:
    named = fits_arrays(content, where, expanded_limit)
    _refuse_repeated([name for name, _ in named], where, "arrays")
    return _pick(dict(named), key, where)


COMMENT = re.compile(rb"^%.*", re.MULTILINE)
"""A line of a MatrixMarket file that says nothing of the matrix."""

NO_NUMBER = {
    kind: re.compile(rf"(?<!\S)(?!{number}(?!\S))\S+".encode())
    for kind, number in {"any": NUMBER.pattern, "whole": r"[+-]?\d+"}.items()
}
"""The first field that is no number, or no whole one."""

TEXTS = (".csv", ".tsv", ".txt")
"""Ends of names of texts."""

FORMATS: dict[str, tuple[str, Callable[[bytes, str | None, str, int], Any]]] = {
    ".npy": ("an array of numpy", _numpy),
    ".npz": ("arrays of numpy", _numpy),
    ".mtx": ("a MatrixMarket file", _matrix_market),
    ".mat": (
        "a MATLAB file",
        lambda content, key, where, limit: _pick(matlab_arrays(content, where, limit), key, where),
    ),
    ".h5": ("HDF5", _hdf5),
    ".hdf5": ("HDF5", _hdf5),
    ".h5ad": ("HDF5", _hdf5),
    ".fits": ("a FITS file", _fits),
}
"""What a file is read as and its reader, by the end of the file's name."""
