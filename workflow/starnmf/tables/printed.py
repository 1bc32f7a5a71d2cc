"""What the paper prints in Tables 2, 3, 4 and 5.

`printed.csv` holds the typical lengths of local convexity: table (`table2`, `table4`, `table5`), layers, width (the
factor k), epoch, length. Tables 2 and 4 each print `10` once, where a length is at most 1; the file has 1 there.
"""

from pathlib import Path

import pandas as pd

PROTOCOL = {
    "init. learning rate": ("learning_rate", "0.1"),
    "SGD momentum": ("momentum", "0.9"),
    "batch size": ("batch_size", "128"),
    "weight decay": ("weight_decay", "0.0005"),
    "initialization": ("initialization", "Kaiming"),
    "loss": ("loss_function", "cross-entropy"),
}
"""The parameters of Table 3: column in the summary of a training, and printed value.

The learning rate is not legible in the copy that was available; 0.1 is that of Li et al. (2018), whose other parameters
equal those of Table 3."""


def printed_lengths() -> pd.DataFrame:
    """The printed lengths: table, layers, width, epoch, length."""
    return pd.read_csv(Path(__file__).with_name("printed.csv"))
