"""Table 3: the parameters that networks are trained with, the paper's beside those of this run."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

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
"""Those of the printed table, and others that the paper gives in its text or not at all: column, and paper's value."""


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
