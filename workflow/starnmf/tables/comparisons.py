"""Tables 1, 3 and 6: datasets, the networks' training and addresses of this run, beside what the paper prints."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from starnmf.datasets.registry import NAMES, published
from starnmf.datasets.tables import MATRICES
from starnmf.networks.protocol import EPOCHS
from starnmf.networks.tables import TRAININGS
from starnmf.tables.printed import PROTOCOL
from starnmf.tables.writing import write_table

PARAMETERS: dict[str, tuple[str, str | None]] = {
    **PROTOCOL,
    "epochs": ("epochs", str(EPOCHS)),
    "learning rate / 10 after epochs": ("learning_rate_drops", "150 225 275"),
    "Nesterov momentum": ("nesterov", None),
    "precision": ("precision", None),
    "training images": ("training_images", None),
    "images": ("source", None),
}
"""Parameters of Table 3, printed or not: column of the summary, and the value that the paper gives, if it does."""


def write_table1(matrices: Sequence[Path], csv: Path, markdown: Path, latex: Path) -> None:
    """Write Table 1 from the descriptions of the datasets' matrices (`starnmf.datasets.tables.MATRICES`).

    Density, which the paper calls sparsity, is written for partly observed matrices only. `reduction` is the
    ratio of the paper's observed entries in a row or column along the longer side to those here; 1 is the paper's size.
    Raises `InputError` on a file that does not fit.
    """
    found = MATRICES.read(matrices).to_dict("records")
    write_table(pd.DataFrame([_row_of_table1(matrix) for matrix in found]), csv, markdown, latex)


def _row_of_table1(found: Mapping[Hashable, Any]) -> dict[str, str | float | None]:
    paper = published(found["dataset"]) if found["dataset"] in NAMES else None
    printed = paper if paper and paper.in_table_1 else None
    return {
        "dataset": found["dataset"],
        "shape (n, m, r)": f"({found['n']}, {found['m']}, {found['rank']})",
        "density": float(found["density"]) if found["kind"] == "observed" else None,
        "paper: shape (n, m, r)": f"({printed.shape[0]}, {printed.shape[1]}, {printed.rank})" if printed else None,
        "paper: density": printed.density if printed else None,
        "variance": float(found["variance"]),
        "mean": float(found["mean"]),
        "source": found["source"],
        "reduction": float(found["reduction"]),
    }


def write_table3(summaries: Sequence[Path], csv: Path, markdown: Path, latex: Path) -> None:
    """Write Table 3 from the summaries of trainings; a cell names every value that occurs among them.

    Raises `InputError` on a file that is no summary of a training.
    """
    trainings = TRAININGS.read(summaries)
    rows = [
        (name, printed, ", ".join(trainings[column].astype(str).unique()) or "no network in this run")
        for name, (column, printed) in PARAMETERS.items()
    ]
    write_table(pd.DataFrame(rows, columns=["parameter", "paper", "ran"]), csv, markdown, latex)


def write_table6(datasets: Sequence[str], csv: Path, markdown: Path, latex: Path) -> None:
    """Write Table 6 from the registry: the paper's link, the addresses tried in their order, and the licence."""
    rows = [
        {
            "dataset": dataset,
            "paper: link": published(dataset).link,
            "sources": " ".join(source.url for source in published(dataset).sources),
            "licence": published(dataset).licence,
        }
        for dataset in datasets
    ]
    write_table(pd.DataFrame(rows), csv, markdown, latex)
