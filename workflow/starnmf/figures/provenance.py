"""What a figure says of where its data come from and how its optima were found."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from starnmf.choices import Descent
from starnmf.errors import InputError

DISPLAY = {"orl": "ORL"}
"""How the paper writes a dataset's name where that is not the name itself."""


def display_name(dataset: str) -> str:
    """A dataset's name as the paper writes it."""
    return DISPLAY.get(dataset, dataset)


def data_mark(source: str, reduction: float) -> str:
    """What data are marked with; empty for full-size data that are not stand-ins."""
    return ", ".join(["stand-in"] * (source == "stand-in") + [f"reduced {scale(reduction)}"] * (reduction > 1))


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
    capped: int
    """Restarts that used up their gradients before they converged."""

    @property
    def mark(self) -> str:
        """What the panel is marked with."""
        return data_mark(self.source, self.reduction)


def runs_behind(table: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Rows of the runs table that a landscape table rests on: same regime, and its rates or else
    the whole matrix.
    """
    rates = table["rate"].unique() if "rate" in table else [1.0]
    return runs[runs["regime"].isin(table["regime"].unique()) & runs["rate"].isin(rates)]


def provenance_of(dataset: str, runs: pd.DataFrame) -> Provenance:
    """The provenance of one dataset from the rows of the runs table that a figure rests on.

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
        capped=int((~rows["converged"]).sum()),
    )


def data_behind(name: str, rows: pd.DataFrame) -> dict[str, dict[Hashable, Any]]:
    """Source, checksum, seed and device of every dataset or network, whichever column `name` is, in
    `rows`.
    """
    known = rows[[name, "source", "data_sha256", "seed", "device"]].drop_duplicates(name)
    return {str(row.pop(name)): row for row in known.to_dict("records")}


def footer(regime: str, descents: Sequence[str], datasets: Sequence[Provenance]) -> str:
    """The sentences under a figure: regime, descent, data, reductions, and restarts that have not
    converged.
    """
    sentences = [f"Regime: {regime}, by {' and '.join(Descent(name).printed for name in sorted(set(descents)))}."]
    by_source: dict[str, list[str]] = {}
    for one in datasets:
        by_source.setdefault(one.source, []).append(display_name(one.dataset))
    if len(by_source) == 1:
        sentences.append(f"Data: {next(iter(by_source))}.")
    else:
        sentences.append(
            "Data: " + "; ".join(f"{source}: {', '.join(by_source[source])}" for source in by_source) + "."
        )
    reduced = [f"{display_name(one.dataset)} {scale(one.reduction)}" for one in datasets if one.reduction > 1]
    if reduced:
        sentences.append(f"Reduced in size: {', '.join(reduced)}.")
    # The other regimes end after a set number of steps, converged or not.
    capped = [f"{display_name(one.dataset)} {one.capped} of {one.restarts} restarts" for one in datasets if one.capped]
    if capped and regime == "converged":
        sentences.append(f"Not converged: {', '.join(capped)}.")
    return " ".join(sentences)
