"""The matrix that every stage works on, fully observed or observed at some entries, with its provenance.

Every matrix is divided by one number so that its observed entries have variance 1 (paper, section 4.1).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from starnmf.arrays import AnyArray, Integers
from starnmf.checksums import joint_checksum
from starnmf.errors import InputError
from starnmf.results.hdf5 import new_hdf5, plain_attributes, result_hdf5
from starnmf.seeds import address_of, generator


@dataclass(frozen=True)
class Description:
    """What a matrix is and where it comes from; its subsamples and factors keep it."""

    dataset: str
    rank: int
    source: str
    """`published`, `mirror`, `stand-in` or `own`."""
    raw_sha256: Mapping[str, str]
    """Name to checksum of every file the matrix was read from."""
    reduction: float = 1.0
    """How many times more data Table 1's matrix has: `step_factor`, over the share of the files there; 1 of all."""
    step_factor: float = 1.0
    """How many times more observed entries a row or column of the longer side has in Table 1; 1 at full size."""
    scale: float = 1.0
    """What the raw values were divided by."""
    rate: float = 1.0
    """Share of rows and of columns kept by subsampling."""
    subsample: int = 0
    """Number of the subsample among those of its rate; 0 for the whole matrix."""
    seed: int = 0
    """The run's seed, on which every random draw for this matrix depends."""

    @property
    def data_sha256(self) -> str:
        """One checksum of all the files: of a single file its own, else that of the list `sha256sum` prints."""
        return joint_checksum(self.raw_sha256)


@dataclass(frozen=True)
class Dense:
    """A fully observed matrix: `X` (n, m) float32."""

    X: npt.NDArray[np.float32]
    description: Description

    @property
    def shape(self) -> tuple[int, int]:
        """Rows n and columns m."""
        return self.X.shape[0], self.X.shape[1]

    @property
    def values(self) -> npt.NDArray[np.float32]:
        """Every entry, as a flat view."""
        return self.X.reshape(-1)

    def select(self, rows: Integers, columns: Integers) -> "Dense":
        """The submatrix of the given rows and columns, in their order."""
        return replace(self, X=np.ascontiguousarray(self.X[np.ix_(rows, columns)]))


@dataclass(frozen=True)
class Observed:
    """A matrix known at some entries only, in compressed rows with ascending columns.

    `indptr` int64 (n + 1), `indices` int32 and `values` float32 (observed entries), `columns` the number m.
    """

    indptr: Integers
    indices: npt.NDArray[np.int32]
    values: npt.NDArray[np.float32]
    columns: int
    description: Description

    @property
    def shape(self) -> tuple[int, int]:
        """Rows n and columns m."""
        return len(self.indptr) - 1, self.columns

    @property
    def row_of_entry(self) -> npt.NDArray[np.int32]:
        """Row index of every observed entry."""
        return np.repeat(np.arange(self.shape[0], dtype=np.int32), np.diff(self.indptr))

    def transposed(self) -> "Observed":
        """The matrix with rows and columns exchanged: its compressed rows are the compressed columns of this one."""
        from scipy.sparse import csr_array  # here, so that most commands start without it

        columns = csr_array((self.values, self.indices, self.indptr), shape=self.shape).tocsc()
        indptr, indices = columns.indptr.astype(np.int64), columns.indices.astype(np.int32)
        return Observed(indptr, indices, columns.data, self.shape[0], self.description)

    def select(self, rows: Integers, columns: Integers) -> "Observed":
        """The entries observed in the given rows and columns; rows and columns left without any are dropped."""
        n, m = self.shape
        row, column = self.row_of_entry, self.indices
        kept = np.isin(np.arange(n), rows)[row] & np.isin(np.arange(m), columns)[column]
        row, column, values = row[kept], column[kept], self.values[kept]
        row_names, new_row = np.unique(row, return_inverse=True)
        column_names, new_column = np.unique(column, return_inverse=True)
        return observed_from_entries(new_row, new_column, values, (len(row_names), len(column_names)), self.description)


Matrix = Dense | Observed


@dataclass(frozen=True)
class Entries:
    """A matrix known at some entries, as read: `rows`, `columns` and `values` (entries,), and its shape (n, m)."""

    rows: AnyArray
    columns: AnyArray
    values: AnyArray
    shape: tuple[int, int]


@dataclass(frozen=True)
class Part:
    """A matrix of the paper's shape, and the share of the published files that it was made from."""

    X: npt.NDArray[np.float32]
    share: float


LEAST_SPREAD = 1e-4
"""Share of the largest value by which values must differ: float32 rounds to 6e-8 of it."""


def matrix_of(raw: AnyArray | Entries, description: Description, drop_empty: bool = False) -> Matrix:
    """The matrix of what a file or an array holds, not yet scaled.

    With `drop_empty`, rows and columns without observed entries are dropped. Raises `InputError` when an entry is given
    twice.
    """
    _check_float32(raw.values if isinstance(raw, Entries) else raw, description.dataset)
    if not isinstance(raw, Entries):
        return Dense(np.ascontiguousarray(raw, dtype=np.float32), description)
    matrix = observed_from_entries(raw.rows, raw.columns, raw.values, raw.shape, description)
    return matrix.select(*(np.arange(side) for side in raw.shape)) if drop_empty else matrix


def _check_float32(values: AnyArray, name: str) -> None:
    """Raise `InputError` where float32 cannot hold numbers, or not how they differ."""
    exact = np.can_cast(values.dtype, np.float32)
    if exact or not np.isfinite(values).all() or not values.size:
        return
    lowest, highest = float(values.min()), float(values.max())
    largest = max(abs(lowest), abs(highest))
    most, least = float(np.finfo(np.float32).max), float(np.finfo(np.float32).tiny)
    if largest > most or 0 < largest < least or 0 < highest - lowest < LEAST_SPREAD * largest:
        raise InputError(
            f"{name}: values from {lowest:g} to {highest:g}; expected ones that differ within the 7 digits of float32, "
            f"and of {least:.2g} to {most:.2g}. Divide them by a constant, or subtract one"
        )


def observed_from_entries(
    rows: AnyArray,
    columns: AnyArray,
    values: AnyArray,
    shape: tuple[int, int],
    description: Description,
) -> Observed:
    """Build an `Observed` matrix from its entries in any order; each (row, column) may occur once only.

    Raises `InputError` when an entry is given twice.
    """
    order = np.lexsort((columns, rows))
    rows, columns = rows[order], columns[order]
    twice = (np.diff(rows) == 0) & (np.diff(columns) == 0)
    if twice.any():
        at = int(np.argmax(twice))
        raise InputError(
            f"{description.dataset}: the entry in row {rows[at]}, column {columns[at]}, counted from 0, is given more "
            f"than once ({int(twice.sum())} such repeats); expected every entry once"
        )
    indptr = np.zeros(shape[0] + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=shape[0]), out=indptr[1:])
    return Observed(indptr, columns.astype(np.int32), values[order].astype(np.float32), shape[1], description)


def matrix_from(values: Any, rank: int, name: str = "matrix", seed: int = 0) -> Matrix:
    """Make a matrix, scaled to variance 1 over its observed entries, from an array.

    Parameters
    ----------
    values : array-like (n, m) or scipy.sparse array
        Non-negative numbers. Of an array, NaN is an unobserved entry; of a sparse array, the stored
        entries are the observed ones. Rows and columns without observed entries are dropped.
    rank : int
        Rank r of its factorizations.
    name : str
        Name of the dataset in results; with `seed` the address of every random draw.
    seed : int
        Seed of starts and random points.

    Returns
    -------
    Dense or Observed

    Raises
    ------
    InputError
        Values are negative, infinite or all equal, or the rank does not fit.

    Examples
    --------
    >>> import numpy as np
    >>> ratings = np.array([[5.0, 3.0, np.nan], [np.nan, 1.0, 4.0], [2.0, np.nan, 4.0]])
    >>> matrix = matrix_from(ratings, rank=1)
    >>> matrix.shape, observed_count(matrix), round(float(matrix.values.std()), 3)
    ((3, 3), 6, 1.0)
    """
    description = Description(name, rank, "own", {}, seed=seed)
    raw: AnyArray | Entries
    if hasattr(values, "tocoo"):
        entries = values.tocoo()
        raw = Entries(entries.row, entries.col, entries.data, entries.shape)
    else:
        raw = np.asarray(values, dtype=np.float64)
        if raw.ndim != 2:
            raise InputError(f"{name}: found an array of {raw.ndim} dimensions; expected a matrix (n, m)")
        seen = ~np.isnan(raw)
        if not seen.all():
            rows, columns = np.nonzero(seen)
            raw = Entries(rows, columns, raw[seen], (raw.shape[0], raw.shape[1]))
    return scaled_to_unit_variance(matrix_of(raw, description, drop_empty=True))


def observed_count(matrix: Matrix) -> int:
    """Number of observed entries."""
    return int(matrix.values.size)


def density(matrix: Matrix) -> float:
    """Share of entries that are observed."""
    n, m = matrix.shape
    return observed_count(matrix) / (n * m)


def mean(matrix: Matrix) -> float:
    """Mean of the observed entries, accumulated in float64."""
    return float(matrix.values.mean(dtype=np.float64))


def scaled_to_unit_variance(matrix: Matrix) -> Matrix:
    """Check that a matrix can be used, and divide it by the standard deviation of its observed entries (section 4.1).

    Raises `InputError` on non-finite, negative or constant values and on a rank that does not fit.
    """
    name = matrix.description.dataset
    values = matrix.values.astype(np.float64)
    broken = ~np.isfinite(values)
    if broken.any():
        raise InputError(
            f"{name}: {int(broken.sum())} of {values.size} values are NaN or infinite{_first_place(matrix, broken)}; "
            "expected finite values. Correct or transform them"
        )
    negative = values < 0
    if negative.any():
        raise InputError(
            f"{name}: {int(negative.sum())} of {values.size} values are negative{_first_place(matrix, negative)}, the "
            f"smallest {values.min():g}; expected non-negative values only. Correct or transform them"
        )
    scale = float(values.std())
    if scale == 0:
        raise InputError(f"{name}: all {values.size} values equal {values[0]:g}; expected values that vary")
    rank, (n, m) = matrix.description.rank, matrix.shape
    if not 1 <= rank <= min(n, m):
        raise InputError(f"{name}: rank {rank} does not fit its {n} x {m} matrix; expected 1 <= rank <= {min(n, m)}")
    scaled = (values / scale).astype(np.float32)
    description = replace(matrix.description, scale=scale)
    if isinstance(matrix, Dense):
        return Dense(scaled.reshape(matrix.shape), description)
    return replace(matrix, values=scaled, description=description)


def _first_place(matrix: Matrix, wrong: npt.NDArray[np.bool_]) -> str:
    """Where the first wrong value of a fully observed matrix is; empty for others."""
    if not isinstance(matrix, Dense):
        return ""
    row, column = divmod(int(np.argmax(wrong)), matrix.shape[1])
    return f", the first in row {row + 1}, column {column + 1} of the numbers"


def subsample(matrix: Matrix, rate: float, number: int = 0) -> Matrix:
    """Keep a uniformly random share of the rows and of the columns (section 4.2), in their order.

    Parameters
    ----------
    matrix : Dense or Observed
    rate : float
        The share, from 0 to 1; 1 keeps the matrix itself. No side shrinks below rank + 1, and rows
        and columns left without observed entries are dropped.
    number : int
        Subsamples of one rate with different numbers are independent.

    Returns
    -------
    Dense or Observed

    Raises
    ------
    InputError
        Too few rows or columns are left for the rank.

    Examples
    --------
    >>> import numpy as np
    >>> matrix = matrix_from(np.random.default_rng(0).gamma(2.0, size=(30, 20)), rank=2)
    >>> subsample(matrix, 0.5).shape
    (15, 10)
    """
    description = replace(matrix.description, rate=rate, subsample=0 if rate == 1 else number)
    if rate == 1:
        return replace(matrix, description=description)
    name, rank = description.dataset, description.rank
    random = generator(description.seed, *address_of(name, rate, number), "subsample")
    kept = [
        np.sort(random.choice(side, size=min(side, max(round(rate * side), rank + 1)), replace=False)).astype(np.int64)
        for side in matrix.shape
    ]
    sample = replace(matrix.select(*kept), description=description)
    if min(sample.shape) <= rank and min(sample.shape) < min(matrix.shape):
        raise InputError(
            f"{name}: at rate {rate} only {sample.shape[0]} of {len(kept[0])} rows and {sample.shape[1]} of "
            f"{len(kept[1])} columns have observed entries; expected more than the rank {rank} on both sides. "
            "Use a larger rate or a smaller rank"
        )
    if not np.ptp(sample.values) > 0:
        raise InputError(
            f"{name}: at rate {rate} all {sample.values.size} values of a subsample equal {sample.values[0]:g}; "
            "expected values that vary. Use a larger rate"
        )
    return sample


def save_matrix(matrix: Matrix, path: Path) -> None:
    """Write a matrix as self-describing HDF5 (the layout is in docs/reference/files.md)."""
    with new_hdf5(path) as file:
        write_matrix(matrix, file)


def write_matrix(matrix: Matrix, group: h5py.Group) -> None:
    """Write a matrix into a group of an HDF5 file, or into the file itself."""
    if isinstance(matrix, Dense):
        group["X"] = matrix.X
    else:
        group["indptr"], group["indices"], group["values"] = matrix.indptr, matrix.indices, matrix.values
    group.attrs.update(attributes_of(matrix))


def attributes_of(matrix: Matrix) -> dict[str, str | int | float]:
    """What a matrix is, without its entries: the attributes of its HDF5."""
    return vars(matrix.description) | {
        "kind": "dense" if isinstance(matrix, Dense) else "observed",
        "n": matrix.shape[0],
        "m": matrix.shape[1],
        "observed": observed_count(matrix),
        "density": density(matrix),
        "mean": mean(matrix),
        "variance": float(matrix.values.var(dtype=np.float64)),
        "raw_sha256": json.dumps(dict(matrix.description.raw_sha256)),
    }


def load_matrix(path: Path) -> Matrix:
    """Read a matrix from its result file.

    Parameters
    ----------
    path : pathlib.Path
        `results/RUN/datasets/DATASET.h5`; for files of subsamples see `starnmf.subsamples.load_matrices`.

    Returns
    -------
    Dense or Observed

    Examples
    --------
    >>> import tempfile
    >>> matrix = matrix_from([[1.0, 2.0, 4.0], [3.0, 5.0, 1.0]], rank=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_matrix(matrix, Path(folder) / "matrix.h5")
    ...     load_matrix(Path(folder) / "matrix.h5").shape
    (2, 3)
    """
    with result_hdf5(path, "a matrix") as file:
        return read_matrix(file)


def read_matrix(group: h5py.Group) -> Matrix:
    """Read a matrix from a group of an HDF5 file, or from the file itself."""
    attributes: dict[str, Any] = plain_attributes(group)
    attributes["raw_sha256"] = json.loads(attributes["raw_sha256"])
    description = Description(**{field.name: attributes[field.name] for field in fields(Description)})
    if attributes["kind"] == "dense":
        return Dense(group["X"][:], description)
    return Observed(group["indptr"][:], group["indices"][:], group["values"][:], attributes["m"], description)
