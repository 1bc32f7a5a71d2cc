"""Figure S11: gradient descent with fresh samples, beside the contraction 1 - M_l / M_u (Theorem 3.3)."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from starnmf.companions.inductive.activations import SMOOTH_NAMES
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.style import BLUE, GREY
from starnmf.figures.table_page import table_page


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw a panel for each activation, a line for each descent."""
    legend = [
        Line2D([], [], color=BLUE, label="descents"),
        Line2D([], [], color=GREY, linestyle="--", label="1 − Mₗ/Mᵤ a step"),
        Line2D([], [], color=GREY, linestyle=":", label="(1 − Mₗ/Mᵤ)² a step"),
    ]
    titles = [f"{letter}) {activation}" for letter, activation in zip("abc", SMOOTH_NAMES, strict=True)]
    page, axes = table_page(figure, titles, columns=3, legend=legend)
    for panel, activation in zip(axes, SMOOTH_NAMES, strict=True):
        rows = table[table["activation"] == activation]
        for _, descent in rows.groupby("trial"):
            descent = descent.sort_values("step")
            panel.plot(descent["step"], descent["squared_distance"], color=BLUE, linewidth=0.8, alpha=0.6)
        steps = np.array([0, rows["step"].max()])
        contraction = np.log1p(-rows["M_l"].iloc[0] / rows["M_u"].iloc[0])
        for power, style in ((1, "--"), (2, ":")):
            bound = rows["squared_distance"].max() * np.exp(power * contraction * steps)
            panel.plot(steps, bound, color=GREY, linestyle=style, linewidth=0.9)
        panel.set_yscale("log")
        panel.set_ylim(1e-21, 1)
        panel.set_xlabel("steps")
    axes[0].set_ylabel("|U − U*|² + |V − V*|²")
    return page
