"""Where the data of a result come from, in words."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from starnmf.factorization.tables import RUNS
from starnmf.figures.provenance import display_name, provenance_of, scale


def origins(runs: Sequence[Path]) -> str:
    """The source of every dataset in summaries of factorizations, and its reduction, as `stand-in: orl 1/69`.

    Raises `InputError` on files that do not fit and on a dataset that comes from several sources.
    """
    table = RUNS.read(runs)
    by_source: dict[str, list[str]] = {}
    for dataset in sorted(table["dataset"].unique()):
        one = provenance_of(dataset, table)
        by_source.setdefault(one.source, []).append(_named(dataset, one.reduction))
    return "; ".join(f"{source}: {', '.join(names)}" for source, names in by_source.items())


def origin_of_table(path: Path) -> str:
    """The same of the one dataset that a table is about; most tables are about none."""
    table = pd.read_csv(path)
    if "dataset" not in table:
        return "none, random instances alone"
    row = table.iloc[0]
    return f"{row['source']}: {_named(row['dataset'], row['reduction'])}"


def _named(dataset: str, reduction: float) -> str:
    return display_name(dataset) + (f" reduced {scale(reduction)}" if reduction > 1 else "")
