"""The result tables of a run as the ledger reads them."""

from collections.abc import Sequence
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

    def datasets(self) -> list[str]:
        """The datasets of the run."""
        tables = [table for table in (MATRICES, RUNS, CURVATURE) if self.has(table)]
        return sorted({str(name) for table in tables for name in self[table]["dataset"].unique()})

    def remark(self, dataset: str, regime: str) -> str:
        """What must be said beside a number on a dataset: synthetic or reduced data, the descent, convergence."""
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
