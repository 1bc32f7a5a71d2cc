"""The result tables of a run as the ledger reads them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from starnmf.choices import Descent
from starnmf.datasets.tables import MATRICES
from starnmf.factorization.tables import RUNS
from starnmf.figures.provenance import Provenance, provenance_of
from starnmf.landscape.tables import CURVATURE
from starnmf.result_tables import table_of
from starnmf.results.table import Table


@dataclass(frozen=True)
class Results:
    """All result tables of a run, joined; the column `file` says where a row comes from."""

    tables: dict[Table, pd.DataFrame]

    def __getitem__(self, table: Table) -> pd.DataFrame:
        """The rows of a table. Raises `KeyError` when the run has none."""
        return self.tables[table]

    def has(self, table: Table) -> bool:
        """Whether the run has any file of a table."""
        return table in self.tables

    def cases(self, table: Table) -> Iterator[tuple[str, str, pd.DataFrame]]:
        """Dataset, regime and rows of every pair of them that a table has."""
        for (dataset, regime), rows in self[table].groupby(["dataset", "regime"], sort=True):
            yield str(dataset), str(regime), rows

    def datasets(self) -> list[str]:
        """The datasets of the run."""
        tables = [table for table in (MATRICES, RUNS, CURVATURE) if self.has(table)]
        return sorted({str(name) for table in tables for name in self[table]["dataset"].unique()})

    def remark(self, dataset: str, regime: str | None = None) -> str:
        """What must be said beside a number on a dataset: stand-in or reduced, by which descent,
        converged or not.
        """
        if not self.has(RUNS):
            return ""
        runs = self[RUNS]
        runs = runs[(runs["dataset"] == dataset) & ((runs["regime"] == regime) if regime else True)]
        if runs.empty:
            return ""
        known: Provenance = provenance_of(dataset, runs)
        remarks = [known.mark] if known.mark else []
        if regime == "converged":
            remarks.append(f"by {' and '.join(Descent(name).printed for name in sorted(runs['descent'].unique()))}")
            if known.capped:
                remarks.append(f"{known.capped} of {known.restarts} restarts have not converged")
        return "; ".join(remarks)


def read_results(paths: Sequence[Path]) -> Results:
    """Read the result tables of a run, each told by its path.

    Raises `InputError` on a file that cannot be read, does not fit its declaration, or is no result
    table.
    """
    found: dict[Table, list[Path]] = {}
    for path in paths:
        found.setdefault(table_of(path), []).append(path)
    return Results({table: table.read(files, file_column=True) for table, files in found.items()})


def files_of(rows: pd.DataFrame) -> tuple[str, ...]:
    """The files that rows come from."""
    return tuple(rows["file"].unique())
