"""Figure S7: the smallest eigenvalue of the population Hessian at unitary weights, against the dimension."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from starnmf.companions.inductive.activations import SMOOTH_NAMES
from starnmf.companions.inductive.quadratic import RELU_LIMIT
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.style import BLUE, CYCLE, GREY, VERMILION
from starnmf.figures.table_page import table_page


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw smooth activations beside the ReLU's constant C_0."""
    page, (smooth, relu) = table_page(figure, ["a) smooth activations", "b) ReLU"], columns=2)
    for colour, activation in zip(CYCLE, SMOOTH_NAMES, strict=False):
        rows = table[table["activation"] == activation].sort_values("d")
        smooth.plot(rows["d"], rows["rho"], color=colour, linestyle="--", linewidth=0.7)
        smooth.plot(rows["d"], rows["smallest_eigenvalue"], "o", color=colour, markersize=3, label=activation)
    smooth.set_yscale("log")
    smooth.set_ylim(3e-4, 5e-2)
    smooth.xaxis.set_major_locator(FixedLocator([2, 4, 8, 12, 16, 20]))
    smooth.set_xlabel("dimension d = k")
    smooth.set_ylabel("smallest eigenvalue")
    smooth.legend(loc="center right")
    _draw_multiples(relu, table[table["activation"] == "relu"].sort_values("d"))
    return page


def _draw_multiples(panel: Axes, rows: pd.DataFrame) -> None:
    rows = rows[rows["multiple"].notna()]
    panel.axhline(RELU_LIMIT, color=GREY, linestyle="--", linewidth=0.7)
    panel.plot(rows["d"], rows["multiple_printed"], color=VERMILION, marker="o", markersize=3, label="printed moments")
    panel.plot(rows["d"], rows["multiple"], color=BLUE, marker="o", markersize=3, label="the ReLU's moments")
    panel.set_ylim(0, 0.07)
    panel.set_xlabel("dimension d = k")
    panel.set_ylabel("largest C₀")
    panel.legend(loc="lower right", bbox_to_anchor=(1, 0.05))
