"""Tables 1, 3 and 6: datasets, the networks' training and addresses of this run, beside what the paper prints."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from starnmf.datasets.registry import NAMES, published
from starnmf.datasets.tables import MATRICES
from starnmf.figures.provenance import PRINTED_SOURCES
from starnmf.networks.protocol import DROPS, EPOCHS
from starnmf.networks.tables import TRAININGS
from starnmf.tables.printed import PROTOCOL
from starnmf.tables.writing import write_table

PARAMETERS: dict[str, tuple[str, str | None]] = {
    **PROTOCOL,
    "epochs": ("epochs", str(EPOCHS)),
    "learning rate / 10 after epochs": ("learning_rate_drops", " ".join(map(str, DROPS))),
    "Nesterov momentum": ("nesterov", None),
    "precision": ("precision", None),
    "training images": ("training_images", None),
    "images": ("source", None),
}
"""Parameters of Table 3, printed or not: column of the summary, and the value that the paper gives, if it does."""


NOTE_OF_TABLE1 = (
    "The rank here is that of this run's factorizations, from the key ranks of the configuration. Reduction: how many "
    "times more observed entries a row or column along the longer side has in the paper; 1 is the paper's size."
)

NO_NETWORK = "No network is in this run."


def write_table1(matrices: Sequence[Path], csv: Path, markdown: Path, latex: Path) -> None:
    """Write Table 1 from the descriptions of the datasets' matrices (`starnmf.datasets.tables.MATRICES`).

    Density, which the paper calls sparsity, is written for partly observed matrices only. Raises `InputError` on a
    file that does not fit.
    """
    found = MATRICES.read(matrices).to_dict("records")
    rows = pd.DataFrame([_row_of_table1(matrix) for matrix in found])
    write_table(rows, csv, markdown, latex, NOTE_OF_TABLE1)


def _row_of_table1(found: Mapping[Hashable, Any]) -> dict[str, str | float | None]:
    paper = published(found["dataset"]) if found["dataset"] in NAMES else None
    printed = paper if paper and paper.in_table_1 else None
    return {
        "dataset": found["dataset"],
        "source": PRINTED_SOURCES[found["source"]],
        "reduction": float(found["reduction"]),
        "size here (n, m)": f"({found['n']}, {found['m']})",
        "size in the paper": f"({printed.shape[0]}, {printed.shape[1]})" if printed else None,
        "rank here": str(found["rank"]),
        "rank in the paper": str(printed.rank) if printed else None,
        "density here": float(found["density"]) if found["kind"] == "observed" else None,
        "density in the paper": printed.density if printed else None,
        "variance here": float(found["variance"]),
        "mean here": float(found["mean"]),
    }


def write_table3(summaries: Sequence[Path], csv: Path, markdown: Path, latex: Path) -> None:
    """Write Table 3 from the summaries of trainings; a cell names every value that occurs among them.

    Without trainings the cells are empty, and a sentence says so.

    Raises `InputError` on a file that is no summary of a training.
    """
    trainings = TRAININGS.read(summaries)
    trainings["source"] = trainings["source"].replace(PRINTED_SOURCES)
    rows = [
        (name, printed, ", ".join(trainings[column].astype(str).unique()))
        for name, (column, printed) in PARAMETERS.items()
    ]
    note = NO_NETWORK if trainings.empty else ""
    write_table(pd.DataFrame(rows, columns=["parameter", "paper", "ran"]), csv, markdown, latex, note)


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
