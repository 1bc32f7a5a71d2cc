"""Table 1: shape, rank and density of every dataset, beside what the paper prints."""

from collections.abc import Sequence
from pathlib import Path

import h5py
import pandas as pd

from starnmf.datasets.registry import published
from starnmf.tables.writing import write_table


def write_table1(matrices: Sequence[Path], csv: Path, markdown: Path, latex: Path) -> None:
    """Write Table 1 from the datasets' matrix files (`starnmf.matrix.save_matrix`).

    Density is written for partly observed matrices only, as the paper does under the name sparsity. `reduction` is how
    many times more observed entries a line along the longer side has in the paper; 1 is the paper's size.
    """
    write_table(pd.DataFrame([_row(path) for path in matrices]), csv, markdown, latex)


def _row(path: Path) -> dict[str, str | float | None]:
    with h5py.File(path, "r") as file:
        found = dict(file.attrs)
    paper = published(found["dataset"])
    return {
        "dataset": found["dataset"],
        "shape (n, m, r)": f"({found['n']}, {found['m']}, {found['rank']})",
        "density": float(found["density"]) if found["kind"] == "observed" else None,
        "paper: shape (n, m, r)": f"({paper.shape[0]}, {paper.shape[1]}, {paper.rank})" if paper.in_table_1 else None,
        "paper: density": paper.density if paper.in_table_1 else None,
        "variance": float(found["variance"]),
        "mean": float(found["mean"]),
        "source": found["source"],
        "reduction": float(found["reduction"]),
    }
