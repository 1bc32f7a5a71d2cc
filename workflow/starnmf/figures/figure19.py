"""Figure 19: loss, held-out error, stability and convexity of several ranks, for every dataset."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.panels import panel_grid
from starnmf.figures.provenance import range_of
from starnmf.figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION

YLABELS = ("loss, error", "stability", "share of segments")

LINES: tuple[dict[str, dict[str, Any]], ...] = (
    {
        "loss": {"color": BLUE, "marker": "o", "label": "lowest loss"},
        "held_out": {"color": VERMILION, "marker": "s", "label": "held-out error"},
    },
    {
        "share": {"color": GREEN, "marker": "o", "label": "share of one solution"},
        "silhouette": {"color": ORANGE, "marker": "^", "label": "silhouette"},
        "cophenetic": {"color": PURPLE, "marker": "v", "label": "cophenetic correlation"},
    },
    {
        "negative": {"color": BLUE, "marker": "x", "linestyle": "--", "label": "share of α < 0"},
        "above": {"color": VERMILION, "marker": "+", "linestyle": "--", "label": "share above their chord"},
    },
)
"""Of every row of panels the columns that it shows, and how."""

LEGEND = (
    *(Line2D([], [], markersize=4, **style) for lines in LINES for style in lines.values()),
    Line2D([], [], color=GREY, linewidth=0.8, linestyle=":", label="recommended rank"),
)


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw the ranks of every dataset of a table: losses, below them stability, and below that convexity."""
    table = table.assign(regime="converged", rate=1.0, share=table["one_solution"] / table["restarts"])
    note = f"{range_of(table['restarts'])} restarts of every rank."
    page, axes = panel_grid(figure, table, _runs_of(table), "rank r", YLABELS, LEGEND, [note])
    by_dataset = [rows.sort_values("rank").set_index("rank") for _, rows in table.groupby("dataset", sort=False)]
    for number, panel in enumerate(axes):
        rows = by_dataset[number % len(by_dataset)]
        for column, style in LINES[number // len(by_dataset)].items():
            panel.plot(rows[column], markersize=4, **style)
        for rank in rows.index[rows["recommended"]]:
            panel.axvline(rank, color=GREY, linewidth=0.8, linestyle=":")
        panel.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        _set_limits(panel, number // len(by_dataset))
    return page


def _set_limits(panel: Axes, row: int) -> None:
    """Losses on a logarithmic axis; shares, silhouettes and correlations are not above 1."""
    if row == 0:
        panel.set_yscale("log")
    else:
        panel.set_ylim(top=1.06, bottom=min(-0.06, panel.get_ylim()[0]))
        panel.set_yticks([0, 0.5, 1])


def _runs_of(table: pd.DataFrame) -> pd.DataFrame:
    """A row for every restart, as in a table of runs, by which the page says where data come from."""
    runs = table.loc[table.index.repeat(table["restarts"])].reset_index(drop=True)
    number = runs.groupby(["dataset", "rank"]).cumcount()
    return runs.assign(restart=number, converged=number < runs["converged"])
