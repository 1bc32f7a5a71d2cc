"""Figure S9: the smallest eigenvalue over its printed bound, against the condition number (Theorem D.5)."""

from typing import Literal

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from starnmf.companions.inductive.activations import SMOOTH_NAMES
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.style import BLUE, GREY, VERMILION
from starnmf.figures.table_page import table_page

SPREADS = {"one large": "κ, 1, 1", "one small": "κ, κ, 1"}
"""The singular values in words."""

LINES: dict[tuple[str, str], tuple[str, Literal["-", "--"]]] = {
    ("one large", "U"): (BLUE, "-"),
    ("one large", "both"): (BLUE, "--"),
    ("one small", "U"): (VERMILION, "-"),
    ("one small", "both"): (VERMILION, "--"),
}


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw a panel for each smooth activation, a line for each shape of the singular values."""
    legend = [
        Line2D([], [], color=colour, linestyle=style, label=f"{SPREADS[spread]} for {'U*' if of == 'U' else 'U*, V*'}")
        for (spread, of), (colour, style) in LINES.items()
    ]
    titles = [f"{letter}) {activation}" for letter, activation in zip("abc", SMOOTH_NAMES, strict=True)]
    page, axes = table_page(figure, titles, columns=3, legend=legend)
    for panel, activation in zip(axes, SMOOTH_NAMES, strict=True):
        panel.axhspan(1e-2, 1, color=GREY, alpha=0.15, linewidth=0)
        for (spread, of), (colour, style) in LINES.items():
            rows = table[
                (table["activation"] == activation) & (table["spread"] == spread) & (table["condition_of"] == of)
            ]
            smallest = (rows["smallest_eigenvalue"] / rows["bound"]).groupby(rows["kappa"]).min()
            panel.plot(smallest.index, smallest, color=colour, linestyle=style, marker="o", markersize=2)
        panel.set_xscale("log", base=2)
        panel.set_yscale("log")
        panel.set_ylim(4e-2, 1e6)
        panel.xaxis.set_major_locator(FixedLocator([1, 4, 16, 64]))
        panel.xaxis.set_minor_locator(NullLocator())
        panel.set_xticklabels(["1", "4", "16", "64"])
        panel.set_xlabel("condition number κ")
    axes[0].set_ylabel("eigenvalue / printed bound")
    return page
