"""Figure 18: the barrier between every two restarts against their distance, for every dataset."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.panels import panel_grid
from starnmf.figures.provenance import range_of
from starnmf.figures.style import BLUE, GREY, VERMILION
from starnmf.optima.tables import EQUIVALENT

SMALLEST = 1e-6
"""What smaller distances and rises are drawn at."""

DOTS: dict[str, Any] = {"marker": "o", "markersize": 2.5, "markeredgewidth": 0, "linestyle": ""}

LEGEND = (
    Line2D([], [], color=BLUE, label="matched ranks", **DOTS),
    Line2D([], [], color=GREY, label="the same pairs, unmatched", **DOTS),
    Line2D([], [], color=VERMILION, linewidth=0.8, linestyle=":", label=f"equivalent up to {EQUIVALENT:g}"),
)


def draw(figure: FigureEntry, table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw the rises of a table of pairs against the largest cosine distance of each pair."""
    restarts = [len(np.unique(rows[["restart", "other"]])) for _, rows in table.groupby("dataset")]
    count = f"Pairs of {range_of(restarts)} restarts; smaller distances and rises are drawn at {SMALLEST:g}."
    page, axes = panel_grid(
        figure, table, runs, "largest cosine distance", ("relative rise of the loss",), LEGEND, [count]
    )
    rises = table[["rise", "rise_unmatched"]].to_numpy(dtype=np.float64)
    highest = float(rises[np.isfinite(rises)].max(initial=1.0))
    for panel, (_, rows) in zip(axes, table.groupby("dataset", sort=False), strict=True):
        _draw_pairs(panel, rows, highest)
    return page


def _draw_pairs(panel: Axes, rows: pd.DataFrame, highest: float) -> None:
    distance = np.maximum(rows["largest_distance"], SMALLEST)
    for name, color in (("rise_unmatched", GREY), ("rise", BLUE)):
        # Thousands of dots as a picture: as vectors they would make the file slow to open.
        panel.plot(distance, np.maximum(rows[name], SMALLEST), color=color, alpha=0.5, rasterized=True, **DOTS)
    panel.axvline(EQUIVALENT, color=VERMILION, linewidth=0.8, linestyle=":", zorder=0.9)
    for axis, limits in ((panel.xaxis, (SMALLEST / 2, 2.0)), (panel.yaxis, (SMALLEST / 2, 3 * highest))):
        axis.axes.set(**{f"{axis.axis_name}scale": "log", f"{axis.axis_name}lim": limits})
        axis.set_major_locator(LogLocator(numticks=5))
        axis.set_minor_locator(NullLocator())
