"""What the paper prints in Tables 2, 3, 4 and 5.

`printed.csv` holds the typical lengths of local convexity: table (`table2`, `table4`, `table5`), layers, width (the
factor k), epoch, length. Table 2 and Table 4 print `10` once each where a length is at most 1; it stands as 1.
"""

from importlib.resources import files

import pandas as pd

PROTOCOL = {
    "init. learning rate": "0.1",
    "SGD momentum": "0.9",
    "batch size": "128",
    "weight decay": "0.0005",
    "initialization": "Kaiming",
    "loss": "cross-entropy",
}
"""Table 3. Its learning rate is not legible in the copy at hand; 0.1 is that of Li et al. (2018), the rest of whose
training equals Table 3."""


PROTOCOL_COLUMNS = {
    "init. learning rate": "learning_rate",
    "SGD momentum": "momentum",
    "batch size": "batch_size",
    "weight decay": "weight_decay",
    "initialization": "initialization",
    "loss": "loss_function",
}
"""The parameters of Table 3 by their column in the summary of a training."""


def printed_lengths() -> pd.DataFrame:
    """The printed lengths: table, layers, width, epoch, length."""
    with (files("starnmf.tables") / "printed.csv").open() as file:
        return pd.read_csv(file)
