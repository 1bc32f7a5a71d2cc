"""Figure S8: the ReLU's smallest eigenvalue with the first row of U fixed, against that row's smallest entry."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.style import CYCLE, GREY
from starnmf.figures.table_page import table_page


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw the eigenvalues beside their ratios to the square of the entry."""
    titles = ["a) smallest eigenvalue", "b) over the square of the entry"]
    page, (eigenvalues, ratios) = table_page(figure, titles, columns=2)
    entries = np.array([table["smallest_entry"].min(), 1])
    eigenvalues.plot(entries, 0.1 * entries**2, color=GREY, linestyle="--", linewidth=0.7)
    for colour, (d, rows) in zip(CYCLE, table.groupby("d"), strict=False):
        at, found = rows["smallest_entry"], rows["fixed_eigenvalue"]
        eigenvalues.plot(at, found, "o", color=colour, markersize=2, alpha=0.6, label=f"d = {d}")
        ratios.plot(at, found / at**2, "o", color=colour, markersize=2, alpha=0.6)
    eigenvalues.set_yscale("log")
    eigenvalues.set_ylabel("smallest eigenvalue")
    eigenvalues.legend(loc="lower right")
    ratios.set_ylim(0, 0.15)
    ratios.set_ylabel("eigenvalue / smallest entry²")
    for panel in (eigenvalues, ratios):
        panel.set_xscale("log")
        panel.set_xlabel("smallest |u*₁ᵢ|")
    return page
