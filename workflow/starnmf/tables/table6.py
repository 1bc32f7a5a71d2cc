"""Table 6: where every dataset comes from, beside the link the paper prints."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from starnmf.datasets.registry import published
from starnmf.tables.writing import write_table


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
