"""Provenance of figures and of the report: where data come from, and how optima were found."""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from starnmf.choices import Descent
from starnmf.errors import InputError
from starnmf.factorization.tables import RUNS

DISPLAY = {"orl": "ORL"}
"""Names that the paper writes in another way."""

PRINTED_SOURCES = {
    "published": "published files",
    "mirror": "published files, from a mirror",
    "stand-in": "synthetic",
    "own": "own matrix",
}
"""What texts call the sources of data."""


def display_name(dataset: str) -> str:
    """A dataset's name as the paper writes it."""
    return DISPLAY.get(dataset, dataset)


def range_of(numbers: Collection[int]) -> str:
    """From the smallest of some numbers to the largest: `2 to 8`, or `2`."""
    return " to ".join(f"{number}" for number in sorted({min(numbers), max(numbers)}))


def data_mark(source: str, reduction: float) -> str:
    """The mark of synthetic or reduced data; empty for other data."""
    marks = [PRINTED_SOURCES[source]] * (source == "stand-in")
    return ", ".join(marks + [f"reduced {scale(reduction)}"] * (reduction > 1))


def scale(reduction: float) -> str:
    """A reduction as a fraction with three digits: `1/8`, `1/1470`."""
    return f"1/{float(f'{reduction:.3g}'):g}"


@dataclass(frozen=True)
class Provenance:
    """The data and the restarts behind one dataset's panel."""

    dataset: str
    source: str
    """`published`, `mirror`, `stand-in` or `own`."""
    reduction: float
    """1 at the paper's size."""
    restarts: int
    not_converged: int
    """Restarts that have not converged."""

    @property
    def mark(self) -> str:
        """The mark of the panel: `data_mark`."""
        return data_mark(self.source, self.reduction)


def runs_behind(table: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Rows of the runs table that a landscape table is made from: same regime, and its rates or the whole matrix."""
    rates = table["rate"].unique() if "rate" in table else [1.0]
    return runs[runs["regime"].isin(table["regime"].unique()) & runs["rate"].isin(rates)]


def provenance_of(dataset: str, runs: pd.DataFrame) -> Provenance:
    """The provenance of one dataset from the rows of the runs table that a figure is made from.

    Raises `InputError` when there are none or when they disagree.
    """
    rows = runs[runs["dataset"] == dataset]
    if rows.empty:
        raise InputError(
            f"{dataset}: no row in the runs tables at the figure's regime and rate; found "
            f"{', '.join(sorted(runs['dataset'].unique())) or 'no dataset'}. Give its runs table as well"
        )
    kinds = rows[["source", "reduction"]].drop_duplicates()
    if len(kinds) > 1:
        found = "; ".join(f"{source} at 1/{reduction:g}" for source, reduction in kinds.itertuples(index=False))
        raise InputError(
            f"{dataset}: the runs tables mix data ({found}); expected one source and one size. "
            "Delete the results of the earlier configuration and run again"
        )
    return Provenance(
        dataset=dataset,
        source=str(kinds["source"].iloc[0]),
        reduction=float(kinds["reduction"].iloc[0]),
        restarts=len(rows),
        not_converged=int((~rows["converged"]).sum()),
    )


def data_behind(name: str, rows: pd.DataFrame) -> dict[str, dict[Hashable, Any]]:
    """Source, checksum, seed and device of every dataset or network (the column `name`) in `rows`."""
    known = rows[[name, "source", "data_sha256", "seed", "device"]].drop_duplicates(name)
    return {str(row.pop(name)): row for row in known.to_dict("records")}


def footer(regime: str, descents: Sequence[str], datasets: Sequence[Provenance]) -> str:
    """The sentences below a figure: regime, descent, data, reductions, and restarts that have not converged."""
    sentences = [f"Regime: {regime}, by {' and '.join(Descent(name).printed for name in sorted(set(descents)))}."]
    sources = {one.source for one in datasets}
    data = _by_source((one.source, display_name(one.dataset)) for one in datasets)
    sentences.append(f"Data: {PRINTED_SOURCES[sources.pop()] if len(sources) == 1 else data}.")
    reduced = [f"{display_name(one.dataset)} {scale(one.reduction)}" for one in datasets if one.reduction > 1]
    if reduced:
        sentences.append(f"Reduced in size: {', '.join(reduced)}.")
    # The other regimes end after a set number of steps, converged or not.
    unfinished = [
        f"{display_name(one.dataset)} {one.not_converged} of {one.restarts} restarts"
        for one in datasets
        if one.not_converged
    ]
    if unfinished and regime == "converged":
        sentences.append(f"Not converged: {', '.join(unfinished)}.")
    return " ".join(sentences)


def origins(runs: Sequence[Path]) -> str:
    """The source of every dataset in summaries of factorizations, and its reduction, as `synthetic: ORL reduced 1/69`.

    Raises `InputError` on files that do not fit and on a dataset that comes from several sources.
    """
    table = RUNS.read(runs)
    known = [provenance_of(dataset, table) for dataset in sorted(table["dataset"].unique())]
    return _by_source((one.source, _with_reduction(one.dataset, one.reduction)) for one in known)


def origin_of_table(path: Path) -> str:
    """Source and reduction of the dataset of a table; most tables are of random instances and have no dataset."""
    table = pd.read_csv(path, dtype={"dataset": str}, keep_default_na=False)
    if "dataset" not in table:
        return "none, random instances alone"
    row = table.iloc[0]
    return _by_source([(row["source"], _with_reduction(row["dataset"], row["reduction"]))])


def _by_source(named: Iterable[tuple[str, str]]) -> str:
    """Names after their sources: `published files: ORL; synthetic: birdsong, metabolic`."""
    names: dict[str, list[str]] = {}
    for source, name in named:
        names.setdefault(source, []).append(name)
    return "; ".join(f"{PRINTED_SOURCES[source]}: {', '.join(names[source])}" for source in names)


def _with_reduction(dataset: str, reduction: float) -> str:
    return display_name(dataset) + (f" reduced {scale(reduction)}" if reduction > 1 else "")
