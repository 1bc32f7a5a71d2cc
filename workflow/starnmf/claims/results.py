"""The result tables of a run as the ledger reads them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from starnmf.choices import Descent
from starnmf.claims.claim import Finding
from starnmf.claims.data import Data, data_of_matrix, least_telling
from starnmf.datasets.tables import MATRICES
from starnmf.errors import InputError
from starnmf.factorization.tables import RUNS
from starnmf.figures.provenance import provenance_of
from starnmf.landscape.tables import CURVATURE, LINES, SCALES, SPECTRUM, TRAJECTORY
from starnmf.result_tables import table_of
from starnmf.results.table import Table, rows_where

RESTART = {CURVATURE: "optimum", SCALES: "optimum", LINES: "line", TRAJECTORY: "repetition", SPECTRUM: "repetition"}
"""Tables about the ends of restarts, and their column with the number of the restart."""


@dataclass(frozen=True)
class Results:
    """All result tables of a run, joined; the column `file` says where a row comes from."""

    tables: dict[Table, pd.DataFrame]

    def __getitem__(self, table: Table) -> pd.DataFrame:
        """The rows of a table; those about ends of restarts also tell whether the restart has `converged`.

        Raises `KeyError` when the run has none.
        """
        return self._with_convergence[table] if table in RESTART else self.tables[table]

    def parts(self, table: Table, kinds: Sequence[Collection[Data]]) -> list[pd.DataFrame]:
        """The rows of a table for each of some kinds of data; all of them where it is about no datasets.

        What is measured on several datasets together is so measured on data of one kind.
        """
        rows = self[table]
        if "dataset" not in rows:
            return [rows]
        of_datasets = {name: self._data_of(str(name)) for name in rows["dataset"].unique()}
        parts = [rows[rows["dataset"].map(of_datasets).isin(list(one))] for one in kinds]
        return [part for part in parts if len(part)]

    def data_behind(self, finding: Finding) -> Data:
        """The kind of data that a finding was measured on.

        Raises `InputError` where no table says where the data of its dataset come from.
        """
        if finding.data is not None:
            return finding.data
        if finding.dataset:
            return self._data_of(finding.dataset)
        if "dataset" in finding.rows:
            return least_telling(self._data_of(str(name)) for name in np.unique(finding.rows["dataset"]))
        return Data.NONE

    def _data_of(self, dataset: str) -> Data:
        """The kind of a dataset's data."""
        if dataset in self.datasets:
            return self.datasets[dataset]
        raise InputError(
            f"{dataset}: no table says where its data come from, so that nothing measured on them can be judged; "
            f"expected {MATRICES.path} or {RUNS.path} of the run. Give one of them as well"
        )

    @cached_property
    def _with_convergence(self) -> dict[Table, pd.DataFrame]:
        """The tables of `RESTART` with the column `converged`; without the restarts it is true."""
        return {kind: self._converged_of(rows, RESTART[kind]) for kind, rows in self.tables.items() if kind in RESTART}

    def _converged_of(self, rows: pd.DataFrame, restart: str) -> pd.DataFrame:
        """Rows with the column `converged`; tables without a rate are about the whole matrix."""
        if RUNS not in self.tables:
            return rows.assign(converged=True)
        runs = self.tables[RUNS].rename(columns={"restart": restart})
        keys = ["dataset", "regime", "rate", "subsample", restart]
        if "rate" not in rows:
            runs, keys = rows_where(runs, rate=1.0), ["dataset", "regime", restart]
        known = rows[keys].join(runs.set_index(keys)["converged"], on=keys)["converged"]
        return rows.assign(converged=known.fillna(value=True).astype(bool))

    @cached_property
    def datasets(self) -> dict[str, Data]:
        """The datasets of the run and the kind of their data, by the matrix, or else by its factorizations."""
        kinds: dict[str, Data] = {}
        for table in (RUNS, MATRICES):
            if table in self.tables:
                rows = self[table][["dataset", "source", "reduction"]].drop_duplicates()
                for dataset, of_dataset in rows.groupby("dataset"):
                    pairs = of_dataset[["source", "reduction"]].to_numpy()
                    kinds[str(dataset)] = least_telling(data_of_matrix(str(dataset), *pair) for pair in pairs)
        return kinds

    @cached_property
    def remarks(self) -> dict[tuple[str, str], str]:
        """What must be said beside numbers on a dataset, by dataset and regime, which is empty for all of them."""
        if RUNS not in self.tables:
            return {}
        runs = self[RUNS]
        groups = [*runs.groupby(["dataset", "regime"]), *(((name, ""), rows) for name, rows in runs.groupby("dataset"))]
        return {(str(dataset), str(regime)): _remark(str(dataset), regime, rows) for (dataset, regime), rows in groups}


def _remark(dataset: str, regime: str, runs: pd.DataFrame) -> str:
    """Synthetic or reduced data, the descent, and convergence."""
    known = provenance_of(dataset, runs)
    remarks = [known.mark] if known.mark else []
    if regime == "converged":
        remarks.append(f"by {' and '.join(Descent(name).printed for name in sorted(runs['descent'].unique()))}")
        rates = runs["rate"].unique()
        for rate, converged in runs.groupby("rate")["converged"]:
            if not converged.all():
                where = f" at rate {rate:g}" if len(rates) > 1 else ""
                remarks.append(f"{(~converged).sum()} of {len(converged)} restarts{where} have not converged")
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
