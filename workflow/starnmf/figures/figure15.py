"""Figure 15: curvature towards the point that gradient descent has reached, against time, for every dataset."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullFormatter

from starnmf.arrays import Array
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.panels import panel_grid, sample_note
from starnmf.figures.reference_lines import paper_stop_entry, show_time, show_zero, zero_entry
from starnmf.figures.relative_deviation import RESAMPLES
from starnmf.figures.style import BLUE, GREEN, PURPLE
from starnmf.seeds import generator
from starnmf.statistics import crossed_resamples

YLABELS = ("curvature α", "share of α < 0")

LEGEND = (
    Line2D([], [], color=BLUE, label="mean"),
    Patch(color=BLUE, alpha=0.25, linewidth=0, label="95 % interval"),
    Line2D([], [], color=GREEN, label="loss (axis on the right)"),
    Line2D([], [], color=PURPLE, linestyle="--", label="smallest"),
    paper_stop_entry(),
    zero_entry(),
)


def means_in_time(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean, smallest and share below 0 of alpha at every time, with 95 % intervals over restarts and points.

    Restarts and points are crossed factors (`crossed_resamples`). A restart that has stopped keeps its last values.

    Returns
    -------
    pandas.DataFrame
        By time: mean, mean_low, mean_high, smallest, negative, negative_low, negative_high, and the mean loss.
    """
    alpha = _in_time(rows, "alpha")
    negative = (alpha < 0).astype(np.float64)
    random = generator(0, str(rows["dataset"].iloc[0]), "bootstrap of Figure 15")
    of_restarts, of_points = crossed_resamples(alpha.shape[0], alpha.shape[1], RESAMPLES, random)
    columns = {"smallest": alpha.min((0, 1)), "loss": _in_time(rows, "loss").mean((0, 1))}
    for name, values in (("mean", alpha), ("negative", negative)):
        resampled = np.einsum("bk,kqt,bq->bt", of_restarts, values, of_points, optimize=True)
        columns[name] = values.mean((0, 1))
        columns[f"{name}_low"], columns[f"{name}_high"] = np.quantile(resampled, [0.025, 0.975], axis=0)
    return pd.DataFrame(columns, index=np.sort(rows["time"].unique()))


def draw(figure: FigureEntry, table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw alpha of every dataset of a table of times, and below it the share of negative alpha."""
    by_dataset = [(means_in_time(rows), rows["paper_time"].iloc[0]) for _, rows in table.groupby("dataset", sort=False)]
    page, axes = panel_grid(figure, table, runs, "time t", YLABELS, LEGEND, [sample_note(table)])
    for panel, (means, paper_time) in zip(axes, by_dataset * len(YLABELS), strict=True):
        draw_panel = _draw_alpha if panel in axes[: len(by_dataset)] else _draw_share
        draw_panel(panel, means)
        show_time(panel, paper_time, means.index.to_numpy())
    return page


def _in_time(rows: pd.DataFrame, column: str) -> Array:
    """A column as (restarts, points, times); after the end of a restart, its last values."""
    wide = rows.pivot(index=["restart", "point"], columns="time", values=column).sort_index(axis=1).ffill(axis=1)
    restarts = rows["restart"].nunique()
    return wide.to_numpy(dtype=np.float64).reshape(restarts, -1, wide.shape[1])


def _draw_alpha(panel: Axes, means: pd.DataFrame) -> None:
    panel.fill_between(means.index, means["mean_low"], means["mean_high"], color=BLUE, alpha=0.25, linewidth=0)
    panel.plot(means["mean"], color=BLUE)
    panel.plot(means["smallest"], color=PURPLE, linestyle="--", linewidth=0.8)
    show_zero(panel)


def _draw_share(panel: Axes, means: pd.DataFrame) -> None:
    panel.fill_between(means.index, means["negative_low"], means["negative_high"], color=BLUE, alpha=0.25, linewidth=0)
    panel.plot(means["negative"], color=BLUE)
    panel.set_ylim(-0.04, 1.04)
    panel.set_yticks([0, 0.5, 1])
    beside = panel.twinx()
    beside.plot(means["loss"], color=GREEN)
    beside.set_yscale("log")
    beside.set_ylim(10 ** np.floor(np.log10(means["loss"].min())), 10 ** np.ceil(np.log10(means["loss"].max())))
    beside.yaxis.set_major_locator(LogLocator(numticks=4))
    beside.yaxis.set_minor_formatter(NullFormatter())
    beside.tick_params(which="both", colors=GREEN)
