"""What the paper prints in Tables 2, 4 and 5: typical lengths of local convexity of ResNets on CIFAR-10.

`printed.csv` holds them: table (`table2`, `table4`, `table5`), layers, width (the factor k), epoch, length. Table 2 and
Table 4 print `10` once each where a length is at most 1; it stands as 1.
"""

from importlib.resources import files
from pathlib import Path

import pandas as pd

from starnmf.tables.writing import write_table

EPOCHS = (0, 100, 200, 300)


def printed_lengths() -> pd.DataFrame:
    """The printed lengths: table, layers, width, epoch, length."""
    with (files("starnmf.tables") / "printed.csv").open() as file:
        return pd.read_csv(file)


def write_printed(csv: Path, markdown: Path, latex: Path) -> None:
    """Write the printed lengths in three forms."""
    write_table(printed_lengths(), csv, markdown, latex)
