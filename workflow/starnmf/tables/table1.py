"""Table 1: shape, rank and density of every dataset, beside what the paper prints."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from starnmf.datasets.registry import NAMES, published
from starnmf.datasets.tables import MATRICES
from starnmf.tables.writing import write_table


def write_table1(matrices: Sequence[Path], csv: Path, markdown: Path, latex: Path) -> None:
    """Write Table 1 from the descriptions of the datasets' matrices (`starnmf.datasets.tables.MATRICES`).

    Density, which the paper calls sparsity, is written for partly observed matrices only. `reduction` is the
    ratio of the paper's observed entries in a row or column along the longer side to those here; 1 is the paper's size.
    Raises `InputError` on a file that does not fit.
    """
    found = MATRICES.read(matrices).to_dict("records")
    write_table(pd.DataFrame([_row(matrix) for matrix in found]), csv, markdown, latex)


def _row(found: Mapping[Hashable, Any]) -> dict[str, str | float | None]:
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
