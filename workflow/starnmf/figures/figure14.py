"""Figure 14, which is not in the paper: the mean of loss''(lambda) beside its exact expectation and the paper's."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.style import BLUE, GREY, VERMILION
from starnmf.figures.table_page import table_page

ERRORS = 4
"""Standard errors a bar reaches either way."""

LEGEND = (
    Line2D([], [], color=BLUE, marker="o", markersize=3, linestyle="none", label="mean, ± 4 standard errors"),
    Line2D([], [], color=BLUE, label="exact expectation"),
    Line2D([], [], color=VERMILION, linestyle="--", label="by the paper's facts"),
)

KINDS = {"random-random": "between random points", "random-planted": "towards the planted solution"}
DISTRIBUTIONS = {"half-normal": "half-normal entries", "normal": "entries without a mean"}


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw a panel for each distribution and kind of line."""
    shown = [(distribution, kind) for distribution in DISTRIBUTIONS for kind in KINDS]
    titles = [f"{DISTRIBUTIONS[distribution]}, {KINDS[kind]}" for distribution, kind in shown]
    page, axes = table_page(figure, titles, columns=2, legend=LEGEND)
    for panel, (distribution, kind) in zip(axes, shown, strict=True):
        rows = table[(table["distribution"] == distribution) & (table["kind"] == kind)].sort_values("lambda")
        panel.axhline(0, color=GREY, linewidth=0.5)
        panel.plot(rows["lambda"], rows["exact"], color=BLUE, linewidth=0.8)
        panel.plot(rows["lambda"], rows["printed"], color=VERMILION, linewidth=0.8, linestyle="--")
        panel.errorbar(
            rows["lambda"],
            rows["mean"],
            ERRORS * rows["standard_error"],
            color=BLUE,
            marker="o",
            markersize=2,
            linewidth=0.6,
            linestyle="none",
        )
        panel.set_xlim(-0.02, 1.02)
        panel.set_xlabel("λ")
    for panel in axes[::2]:
        panel.set_ylabel("loss'' / (r σ⁴) per entry")
    return page
