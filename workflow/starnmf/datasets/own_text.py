"""Texts of a user-supplied matrix: its numbers line by line, or ratings.

A text does not say which of its lines and columns are names. What is certain is left out, with a line on stderr; what
may be either is an error that asks for the option `names`.
"""

import csv
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.errors import InputError
from starnmf.matrix import Entries

Names = Literal["none", "rows", "columns", "both"]
"""Which names a text has: of rows in its first column, of columns in its first line."""

MEANINGS: dict[Names, str] = {
    "none": "all are entries",
    "rows": "the first column has names of rows",
    "columns": "the first line has names of columns",
    "both": "both",
}

SEPARATORS = ("::", ";", "\t", ",")
"""Those between fields, in the order they are looked for in the first line; blanks where it has none of them."""

MISSING = ("", "nan", "NaN", "NA")
"""Cells that are missing numbers."""

FEWEST_COUNTED = 3
"""Whole numbers, each one more than the last, that may be a count of rows or columns; from 0 on two are enough."""

FEWEST_RATINGS, MOST_STARS = 20, 20
"""Lines from which numbers without names may be ratings, and different values that these have at most."""

_CORNER = re.compile(
    r"unnamed: 0|ids?|index|idx|names?|rows?|row_?names?|#|no|nr|numbers?|keys?|genes?|probes?|samples?|symbols?"
    r"|labels?",
    re.IGNORECASE,
)
"""Heads of a column of row names."""

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)

NUMBER_WITH_COMMAS = re.compile(r"[+-]?\d[\d.]*,[\d.,]*\d", re.ASCII)

_ROLES = (
    re.compile(r".*user.*|.*reader.*|.*customer.*|.*reviewer.*", re.IGNORECASE),
    re.compile(r".*item.*|.*movie.*|.*book.*|.*product.*|.*film.*|.*track.*|.*artist.*", re.IGNORECASE),
    re.compile(r".*rating.*|.*stars?|.*score.*", re.IGNORECASE),
)
"""Heads of the columns of ratings: who rated, what, and how."""


@dataclass(frozen=True)
class _Cells:
    """The cells of a text."""

    where: str
    cells: pd.DataFrame
    is_text: pd.DataFrame
    """Which cells are neither numbers nor missing ones."""
    numbers: pd.DataFrame
    lines: list[int]
    """The numbers of the lines in the file."""

    def head(self) -> list[str]:
        """The cells of the first line."""
        return [str(cell).strip() for cell in self.cells.iloc[0]]

    def refuse(self, row: int, column: int) -> NoReturn:
        """Say that a cell is no number."""
        found = str(self.cells.iloc[row, column])
        advice = (
            "Write decimals with a point, and none between thousands"
            if NUMBER_WITH_COMMAS.fullmatch(found)
            else "A missing one is an empty cell, NA or nan, with missing=unobserved"
        )
        raise InputError(
            f"{self.where}, line {self.lines[row]}, column {column + 1}: found {found!r}; expected a number. {advice}"
        )

    def ask(self, found: str, *choices: Names) -> NoReturn:
        """Ask what may be entries or names."""
        meant = " or ".join(f"names={choice} ({MEANINGS[choice]})" for choice in choices)
        raise InputError(f"{self.where}: {found}, which may be entries or names; expected {meant}")


def read_numbers(content: bytes, where: str, names: Names | None, may_be_ratings: bool) -> Array:
    """The matrix (n, m) of a text of numbers; NaN where they are missing.

    Parameters
    ----------
    content
        Of the file.
    where
        The file, for messages.
    names
        Which names it has; None: those that it certainly has.
    may_be_ratings
        Whether a text that looks like ratings is to be refused.

    Raises
    ------
    InputError
        On other cells than numbers, on lines of different lengths, on names that may be entries and on ratings.
    """
    text = _cells(content, where)
    if may_be_ratings:
        _refuse_ratings(text)
    if names is None:
        _refuse_commas(text)
    chosen = names or _names(text)
    first, left = int(chosen in ("columns", "both")), int(chosen in ("rows", "both"))
    if names is None and chosen != "none":
        print(f"{where}: {_left_out(text, chosen)}; names=... says otherwise", file=sys.stderr)
    body = text.is_text.iloc[first:, left:].to_numpy()
    if body.any():
        row, column = (int(index) for index in np.argwhere(body)[0])
        text.refuse(first + row, left + column)
    values: Array = text.numbers.iloc[first:, left:].to_numpy(dtype=np.float64)
    return values


def _refuse_commas(text: _Cells) -> None:
    """Raise `InputError` where the first line or column, which may be names, has numbers with commas."""
    for column, cell in enumerate(text.cells.iloc[0]):
        if NUMBER_WITH_COMMAS.fullmatch(cell):
            text.refuse(0, column)
    for row, cell in enumerate(text.cells.iloc[:, 0]):
        if NUMBER_WITH_COMMAS.fullmatch(cell):
            text.refuse(row, 0)


def _decoded(content: bytes, where: str) -> str:
    """A text; `InputError` where it is none in UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: no text in UTF-8 ({error}); expected one. Save it with that encoding") from error


def _cells(content: bytes, where: str) -> _Cells:
    """The cells of a text; of a first line that lacks one, as R writes it, with an empty one before its others."""
    numbered = _numbered_fields(_decoded(content, where))
    if not numbered:
        raise InputError(f"{where}: found no lines; expected a matrix of numbers")
    (_, head), *below = numbered
    if below and len(head) == len(below[0][1]) - 1 and not all(map(NUMBER.fullmatch, head)):
        head.insert(0, "")
    for line, fields in below:
        if len(fields) != len(head):
            raise InputError(
                f"{where}, line {line}: found {len(fields)} fields; expected {len(head)}, as in the first line"
            )
    cells = pd.DataFrame([fields for _, fields in numbered])
    numbers = cells.apply(pd.to_numeric, errors="coerce")
    is_text = numbers.isna() & ~cells.isin(MISSING)
    return _Cells(where, cells, is_text, numbers, [line for line, _ in numbered])


def _names(text: _Cells) -> Names:
    """The names that a text certainly has; `InputError` where they may be entries."""
    head, (rows, columns) = text.head(), text.cells.shape
    if columns == 1:
        return "columns" if text.is_text.iloc[0, 0] else "none"
    below = text.numbers.iloc[1:, 0]
    row_names = rows > 1 and bool(text.is_text.iloc[1:, 0].all())
    columns_counted = _counts(text.numbers.iloc[0, 1:])
    if head[0] == "" and (row_names or _counts(below) or columns_counted or text.is_text.iloc[0, 1:].any()):
        return "both"
    is_corner = bool(_CORNER.fullmatch(head[0]))
    if text.is_text.iloc[0, 1:].any():
        if not text.is_text.iloc[0].all():
            text.ask(f"the first line is {', '.join(head[:4])}", *MEANINGS)
        if row_names or (is_corner and _counts(below)):
            return "both"
        if _counts(below):
            text.ask(f"below {head[0]!r}, the first column counts {rows - 1} lines", "columns", "both")
        if is_corner and _is_whole(below):
            text.ask(f"below {head[0]!r}, the first column has whole numbers", "columns", "both")
        return "columns"
    if row_names and text.is_text.iloc[0, 0]:
        if is_corner or columns_counted:
            text.ask(f"the first line is {', '.join(head[:4])}", "rows", "both")
        return "rows"
    if _counts(text.numbers.iloc[:, 0]):
        text.ask(f"the first column counts {rows} lines", "none", "rows")
    if _counts(text.numbers.iloc[0]):
        text.ask(f"the first line counts {columns} columns", "none", "columns")
    return "none"


def _counts(numbers: "pd.Series[float]") -> bool:
    """Whether numbers are whole and each is one more than the last."""
    values = numbers.to_numpy()
    few = len(values) < FEWEST_COUNTED and not np.array_equal(values, [0, 1])
    return not few and _is_whole(numbers) and bool((np.diff(values) == 1).all())


def _is_whole(numbers: "pd.Series[float]") -> bool:
    """Whether none is missing or has a fraction."""
    values = numbers.to_numpy()
    return bool((values == np.round(values)).all())


def _left_out(text: _Cells, names: Names) -> str:
    column = f"the first column ({text.cells.iloc[-1, 0]!r} in the last line)"
    line = f"the first line ({', '.join(map(repr, text.head()[:3]))}, ...)"
    return {
        "rows": f"{column} is read as names of rows",
        "columns": f"{line} is read as names of columns",
        "both": f"{line} and {column} are read as names",
    }[names]


def _refuse_ratings(text: _Cells) -> None:
    """Raise `InputError` on a text that looks like ratings: by its heads, or by its numbers."""
    head = text.head()
    has_user, has_item, has_rating = (any(map(role.fullmatch, head)) for role in _ROLES)
    if has_rating and (has_user or has_item):
        found = f"columns {', '.join(head[:6])}"
    elif _numbers_of_ratings(text.numbers):
        found = f"{len(text.cells)} lines of two whole numbers, no two alike, and one of few values"
    else:
        return
    raise InputError(
        f"{text.where}: found {found}, which looks like ratings; expected a matrix. layout=ratings reads lines of row, "
        "column and value, layout=matrix reads them as they are"
    )


def _numbers_of_ratings(numbers: pd.DataFrame) -> bool:
    """Whether lines are (row, column, value) or (row, column, value, time)."""
    if numbers.shape[1] not in (3, 4) or len(numbers) < FEWEST_RATINGS:
        return False
    pairs = numbers.iloc[:, :2]
    repeated = all(column.nunique() < len(column) for _, column in pairs.items())
    few = numbers.iloc[:, 2].nunique() <= MOST_STARS
    return few and repeated and all(_is_whole(column) for _, column in pairs.items()) and not pairs.duplicated().any()


def read_ratings(content: bytes, where: str) -> Entries:
    """Entries of lines of row, column, value and anything else, between `::`, semicolons, tabs, commas or blanks.

    A first line of names may give the three in another order. Raises `InputError` on other lines, which names the first
    one and its column.
    """
    numbered = _numbered_fields(_decoded(content, where))
    if not numbered:
        raise InputError(f"{where}: no ratings; expected lines of row, column and value")
    places, has_head = _places(numbered[0][1], numbered[0][0], where)
    for line, fields in numbered[has_head:]:
        _check_rating(fields, places, len(numbered[0][1]), f"{where}, line {line}")
    if not numbered[has_head:]:
        raise InputError(f"{where}: no ratings below {numbered[0][1]}; expected lines of row, column and value")
    rows, columns, values = ([fields[place] for _, fields in numbered[has_head:]] for place in places)
    (row_names, row), (column_names, column) = (np.unique(names, return_inverse=True) for names in (rows, columns))
    first = np.unique(row * len(column_names) + column, return_index=True)[1]
    if len(first) < len(row):
        again = int(np.setdiff1d(np.arange(len(row)), first)[0])
        raise InputError(
            f"{where}, line {numbered[has_head:][again][0]}: found another value of row {rows[again]!r} and column "
            f"{columns[again]!r}; expected one. {len(row) - len(first)} lines are such repeats"
        )
    return Entries(row, column, np.array([float(value) for value in values]), (len(row_names), len(column_names)))


def _separator(line: str) -> str:
    """The separator that a line has, outside quotes."""
    line = re.sub('"[^"]*"', "", line)
    return next((separator for separator in SEPARATORS if separator in line), " ")


def _numbered_fields(text: str) -> list[tuple[int, list[str]]]:
    """The fields of every line that is not blank, without blanks around them, and the line's number."""
    stripped = ((number, [field.strip() for field in fields]) for number, fields in _records(text))
    return [(number, fields) for number, fields in stripped if fields not in ([], [""])]


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """The fields of every record, and the number of the line where it begins: quotes of CSV may hold line breaks."""
    lines = text.splitlines(keepends=True)
    separator = next((_separator(line) for line in lines if line.strip()), " ")
    if len(separator) > 1 or separator == " ":
        yield from ((number, line.split(separator.strip() or None)) for number, line in enumerate(lines, 1))
        return
    reader, begins = csv.reader(lines, delimiter=separator, skipinitialspace=True), 1
    for fields in reader:
        yield begins, fields
        begins = reader.line_num + 1


def _places(first: Sequence[str], line: int, where: str) -> tuple[list[int], int]:
    """Where a line has row, column and value, and whether the first line has their names.

    A first line of names has no number among the first three. Where not all three are known they are the first three
    columns, with a line on stderr. Raises `InputError` where a known one stands elsewhere.
    """
    named = [next((place for place, name in enumerate(first) if role.fullmatch(name)), None) for role in _ROLES]
    if None not in named and len(set(named)) == len(named):
        return [place for place in named if place is not None], 1
    is_head = len(first) > 2 and not any(map(NUMBER.fullmatch, first[:3]))
    if is_head and any(place not in (None, usual) for usual, place in enumerate(named)):
        raise InputError(
            f"{where}, line {line}: found the columns {', '.join(first)}; expected names such as row, column and "
            "value, or user, item and rating. Rename them, or delete the line where the first three columns are these"
        )
    if is_head:
        print(f"{where}: read as row, column and value: the columns {', '.join(first[:3])}", file=sys.stderr)
    return [0, 1, 2], int(is_head)


def _check_rating(fields: Sequence[str], places: Sequence[int], width: int, where: str) -> None:
    """Raise `InputError` on a line that is no rating."""
    if len(fields) != width or width < len(places):
        raise InputError(f"{where}: found {len(fields)} fields; expected row, column and value, and {width} as above")
    for place, what in zip(places, ("row", "column", "value"), strict=True):
        if not fields[place] or (what == "value" and not NUMBER.fullmatch(fields[place])):
            expected = "a number such as 3.5" if what == "value" else f"the name of a {what}"
            raise InputError(f"{where}, column {place + 1}: found {fields[place]!r}; expected {expected}")
