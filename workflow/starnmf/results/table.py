"""Declarations of result tables: path and columns, by which every table is written, read and documented.

Every stage declares its tables in its `tables.py`. Pandas is imported when a table is read: that takes longer than a
small job.
"""

import csv
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from starnmf.errors import InputError, reading
from starnmf.results.atomic import atomic_write

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["text", "integer", "number", "boolean"]

_TYPES: dict[Kind, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    meaning: str
    """In one line."""
    unit: str = ""
    optional: bool = False
    """Whether cells may be empty."""
    kind: Kind = "text"


text = partial(Column, kind="text")
"""A column of text; what looks like a number stays text."""
integer = partial(Column, kind="integer")
number = partial(Column, kind="number")
"""A column of floating-point numbers."""
boolean = partial(Column, kind="boolean")
"""A column of `True` and `False`."""


@dataclass(frozen=True, eq=False)
class Table:
    """The declaration of a result table, or of the tables that differ in the wildcards of their path."""

    path: str
    """Below the folder of a run, with wildcards in braces, restricted as in Snakemake: `{table,table[245]}`."""
    title: str
    """What error messages call the tables."""
    summary: str
    """Contents, in one line."""
    key: tuple[str, ...]
    """Columns that identify a row."""
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """Path without suffix."""
        return self.path.removesuffix(".csv")

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order."""
        return [column.name for column in self.columns]

    def matches(self, path: Path) -> bool:
        """Whether a file with this path is one of these tables."""
        parts = re.split(r"\{\w+,?([^}]*)\}", self.path)
        # Parts at odd places are the regular expressions of wildcards; most are empty.
        pattern = "".join((part or "[^/]+") if place % 2 else re.escape(part) for place, part in enumerate(parts))
        return re.fullmatch(f"(.*/)?{pattern}", path.as_posix()) is not None

    def write(self, values: "Mapping[str, Any] | pd.DataFrame", path: Path) -> None:
        """Write a table atomically: columns in the declared order, the shortest digits that read back exactly.

        Parameters
        ----------
        values
            A sequence or an array for every declared column, all of the same length.

        Raises
        ------
        ValueError
            If columns or values are not as declared.
        """
        if set(values) != set(self.names):
            raise ValueError(
                f"{self.name}: columns {', '.join(map(str, values))}; declared are {', '.join(self.names)}"
            )
        cells = [_cells(column, values[column.name], self.name) for column in self.columns]
        with atomic_write(path) as temporary, open(temporary, "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(self.names)
            writer.writerows(zip(*cells, strict=True))

    def read(self, paths: Sequence[Path], file_column: bool = False) -> "pd.DataFrame":
        """Read tables of this declaration and concatenate them; without files the table is empty.

        Parameters
        ----------
        file_column
            Whether to add a last column, `file`, with the path that a row was read from.

        Returns
        -------
        pandas.DataFrame
            The declared columns: text as str, integers as int64, numbers as float64, booleans as bool,
            or as objects with None where cells may be empty.

        Raises
        ------
        InputError
            If a file cannot be read, lacks a column or has a cell of another kind, or a row occurs more than once.
        """
        import pandas as pd

        if not paths:
            return pd.DataFrame(columns=self.names)
        tables = [self._read(path) for path in paths]
        if file_column:
            tables = [table.assign(file=str(path)) for path, table in zip(paths, tables, strict=True)]
        joined = pd.concat(tables, ignore_index=True)
        repeated = joined.duplicated(list(self.key))
        if repeated.any():
            row = ", ".join(f"{key} {joined[key][int(repeated.argmax())]}" for key in self.key)
            raise InputError(
                f"{', '.join(map(str, paths))}: {int(repeated.sum())} rows occur more than once, first {row}; "
                "expected every row once. Give every file once"
            )
        return joined

    def _read(self, path: Path) -> "pd.DataFrame":
        """The declared columns of one file."""
        import pandas as pd

        _refuse_cut(path)
        with reading(str(path), "CSV", f"a table of {self.title}"):
            # A dataset may be called 123 or null: text is text whatever it looks like.
            cells = pd.read_csv(path, dtype=str, keep_default_na=False)
        missing = [name for name in self.names if name not in cells]
        if missing:
            raise InputError(
                f"{path}: no column {', '.join(missing)}; found {', '.join(map(str, cells.columns))}; "
                f"expected a table of {self.title} with {', '.join(self.names)}"
            )
        return pd.DataFrame({column.name: _parsed(column, cells[column.name], path) for column in self.columns})


def _refuse_cut(path: Path) -> None:
    """Raise `InputError` on a file that does not end with a line; other reading says what else is wrong with it."""
    if path.is_file() and path.stat().st_size:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            if file.read() != b"\n":
                raise InputError(f"{path}: ends within a line; expected a whole table. Delete it to have it made anew")


def _cells(column: Column, values: Any, table: str) -> list[Any]:
    """The values of a column as they are written, or a ValueError."""
    cells = []
    for value in values.tolist() if hasattr(values, "tolist") else values:
        empty = value is None or value != value
        fits = isinstance(value, _TYPES[column.kind]) and isinstance(value, bool) == (column.kind == "boolean")
        if not (column.optional if empty else fits):
            raise ValueError(f"{table}: {column.name} has a value {value!r}; declared is {column}")
        cells.append("" if empty else value)
    return cells


def _parsed(column: Column, cells: "pd.Series[str]", path: Path) -> Any:
    """The values of a column as they are read, or an InputError."""
    import pandas as pd

    if column.kind == "text":
        broken = cells.str.contains(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")
        if broken.any():
            at = int(broken.argmax())
            raise InputError(f"{path}, line {at + 2}: {column.name} is {cells[at]!r}; expected text in one line")
        return cells
    empty = cells.isin(["", "nan", "NaN"])
    if column.kind == "boolean":
        values: Any = cells.map({"True": True, "False": False})
    else:
        values = pd.to_numeric(cells, errors="coerce")
    wrong = (values.isna() & ~empty) | (empty & (not column.optional))
    if column.kind == "integer":
        wrong |= (values != values.round()) | (values.abs() >= 2.0**63)
    if wrong.any():
        at = int(wrong.argmax())
        found = repr(cells[at]) if cells[at] else "empty"
        expected = {"integer": "an integer", "number": "a number", "boolean": "True or False"}[column.kind]
        raise InputError(f"{path}, line {at + 2}: {column.name} is {found}; expected {expected}")
    if column.kind == "boolean":
        return values.astype(object).where(~empty, None) if column.optional else values.astype(bool)
    return values.astype("int64" if column.kind == "integer" else "float64")


def rows_where(rows: "pd.DataFrame", **values: object) -> "pd.DataFrame":
    """The rows whose columns have the given values; a tuple holds alternatives."""
    for column, value in values.items():
        rows = rows[rows[column].isin(value if isinstance(value, tuple) else (value,))]
    return rows
