"""Table 3: the parameters networks are trained with, the paper's beside those of the trainings that ran."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from starnmf.networks.protocol import EPOCHS
from starnmf.networks.tables import TRAININGS
from starnmf.tables.printed import PROTOCOL, PROTOCOL_COLUMNS
from starnmf.tables.writing import write_table

BESIDE: dict[str, tuple[str, str | None]] = {
    "epochs": ("epochs", str(EPOCHS)),
    "learning rate / 10 after epochs": ("learning_rate_drops", "150 225 275"),
    "Nesterov momentum": ("nesterov", None),
    "precision": ("precision", None),
    "training images": ("training_images", None),
    "images": ("source", None),
}
"""What the paper says in the text, or not at all: column, and the paper's value."""


def write_table3(summaries: Sequence[Path], csv: Path, markdown: Path, latex: Path) -> None:
    """Write Table 3 from the summaries of trainings; a cell names every value that occurs among them.

    Raises `InputError` on a file that is no summary of a training.
    """
    trainings = TRAININGS.read(summaries)
    rows: list[tuple[str, str | None, str]] = [
        (name, printed, _ran(trainings, PROTOCOL_COLUMNS[name])) for name, printed in PROTOCOL.items()
    ]
    rows += [(name, printed, _ran(trainings, column)) for name, (column, printed) in BESIDE.items()]
    write_table(pd.DataFrame(rows, columns=["parameter", "paper", "ran"]), csv, markdown, latex)


def _ran(trainings: pd.DataFrame, column: str) -> str:
    return ", ".join(dict.fromkeys(str(value) for value in trainings[column])) or "no network in this run"
