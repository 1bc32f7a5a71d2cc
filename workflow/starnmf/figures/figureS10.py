"""Figure S10: how far a sample's Hessian is from the population's at the truth (Theorem C.2)."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.style import BLUE, GREEN, VERMILION
from starnmf.figures.table_page import table_page

COLOURS = {"sigmoid": BLUE, "tanh": VERMILION, "relu": GREEN}
NAMES = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"}

PANELS = {
    "users and items": ("users, and as many items", (128, 512, 2048), -1 / 2),
    "observations": ("observations", (128, 512, 2048), -1 / 2),
    "dimension": ("dimension d", (4, 6, 9, 13, 19), 1 / 2),
    "distance": ("distance from the truth", (0.001, 0.01, 0.1), 1),
}
"""By sweep: the axis, its ticks and the slope of the guide."""


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw a panel for each sweep, a line for each activation."""
    legend = [
        Line2D([], [], color=colour, marker="o", markersize=3, linestyle="", label=NAMES[name])
        for name, colour in COLOURS.items()
    ]
    titles = [f"{letter}) {sweep}" for letter, sweep in zip("abcd", PANELS, strict=True)]
    page, axes = table_page(figure, titles, columns=2, legend=legend)
    for panel, (sweep, (label, ticks, slope)) in zip(axes, PANELS.items(), strict=True):
        for activation, colour in COLOURS.items():
            rows = table[(table["sweep"] == sweep) & (table["activation"] == activation)].sort_values("size")
            at, deviation = rows["size"].to_numpy(), rows["deviation"].to_numpy()
            panel.plot(at, deviation, "o", color=colour, markersize=3)
            middle = np.exp(np.log(deviation).mean() + slope * (np.log(at) - np.log(at).mean()))
            panel.plot(at, middle, color=colour, linewidth=0.7, linestyle="--")
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.xaxis.set_major_locator(FixedLocator(ticks))
        panel.xaxis.set_minor_locator(NullLocator())
        panel.set_xticklabels([f"{tick:g}" for tick in ticks])
        panel.set_xlabel(label)
    for panel in axes[::2]:
        panel.set_ylabel("spectral norm of the difference")
    return page
