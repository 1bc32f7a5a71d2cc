"""Where two runs differ: in configuration, software, data, tables and verdicts."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from starnmf.claims.tables import LEDGER
from starnmf.errors import reading
from starnmf.provenance.record import RECORD
from starnmf.result_tables import RESULT_TABLES
from starnmf.results.table import Table

COMPARED = ("commit", "versions", "machine", "processor")
"""What a record says of software and hardware."""


def compare_runs(run: Path, other: Path) -> tuple[list[str], bool]:
    """Lines that say where two finished runs differ, and by how much; whether any verdict does.

    Raises `InputError` where a folder holds no finished run, or a table that cannot be read.
    """
    records = _record(run), _record(other)
    lines = [
        f"{name}: {one} against {two}"
        for name in COMPARED
        if (one := records[0].get(name)) != (two := records[1].get(name))
    ]
    for part in ("configuration", "data", "networks"):
        lines += [f"{part}, {difference}" for difference in _of_mappings(*(record[part] for record in records))]
    lines += _of_tables(run, other, records)
    verdicts = list(_of_verdicts(run, other))
    lines += verdicts or ["verdicts: all the same"]
    return lines, bool(verdicts)


def _record(run: Path) -> dict[str, Any]:
    """The record of a finished run, whose files may have changed since."""
    with reading(str(run / RECORD), "a run's record", "a finished run"):
        record = dict(json.loads((run / RECORD).read_text(encoding="utf-8")))
        for part in ("configuration", "data", "networks", "tables"):
            dict(record[part])
    return record


def _of_mappings(one: Mapping[str, Any], two: Mapping[str, Any]) -> Iterator[str]:
    """A line for every key whose values differ."""
    for key in sorted(one.keys() | two.keys()):
        if one.get(key) != two.get(key):
            yield f"{key}: {_shown(one, key)} against {_shown(two, key)}"


def _shown(mapping: Mapping[str, Any], key: str) -> str:
    return json.dumps(mapping[key]) if key in mapping else "nothing"


def _of_tables(run: Path, other: Path, records: tuple[dict[str, Any], dict[str, Any]]) -> Iterator[str]:
    """How many tables differ, and the largest difference in each that does."""
    one, two = (record["tables"] for record in records)
    common = sorted(one.keys() & two.keys())
    differing = [name for name in common if one[name] != two[name]]
    yield f"tables: {len(common) - len(differing)} of {len(common)} are the same to the last bit"
    for where, names in ((run, one.keys() - two.keys()), (other, two.keys() - one.keys())):
        if names:
            yield f"tables that only {where} has: {', '.join(sorted(names))}"
    for name in differing:
        table = next((table for table in RESULT_TABLES if table.matches(Path("results/any", name))), None)
        how = _of_table(table, run / name, other / name) if table else "differs, and is no table of this version"
        yield f"{name}: {how}"


def _of_table(table: Table, one: Path, two: Path) -> str:
    """The largest difference of every column, relative to the column's largest number."""
    left, right = (table.read([path]).set_index(list(table.key)).sort_index() for path in (one, two))
    if not left.index.equals(right.index):
        return f"{len(left)} rows against {len(right)}, which are not about the same"
    found = []
    for column in left.columns:
        differs = ~((left[column] == right[column]) | (left[column].isna() & right[column].isna()))
        if differs.any():
            found.append(f"{column} in {int(differs.sum())} of {len(left)} rows{_by(left[column], right[column])}")
    return "; ".join(found) or "the same values, written in another way"


def _by(one: "pd.Series[Any]", two: "pd.Series[Any]") -> str:
    """By how much numbers differ; nothing for text."""
    if any(column.dtype == bool or not pd.api.types.is_numeric_dtype(column) for column in (one, two)):
        return ""
    scale = np.nanmax(np.abs([one, two]))
    return f", by {np.nanmax(np.abs(one - two)) / scale:.1e} of the largest" if scale > 0 else ""


def _of_verdicts(run: Path, other: Path) -> Iterator[str]:
    """A line for every claim whose verdict or outcome differs."""
    ledgers = [LEDGER.read([folder / LEDGER.path]) for folder in (run, other)]
    one, two = (
        ledger[ledger["level"] == "claim"].set_index(["id", "data"])[["outcome", "verdict"]].agg(" as ".join, axis=1)
        for ledger in ledgers
    )
    for key in sorted(set(one.index) | set(two.index)):
        found = one.get(key, "not judged"), two.get(key, "not judged")
        if found[0] != found[1]:
            name = f"{key[0]} on {key[1]} data" if key[1] else key[0]
            yield f"verdict of {name}: {found[0]} against {found[1]}"
