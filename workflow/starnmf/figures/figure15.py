"""Figure 15: curvature towards the point that gradient descent has reached, against time, for every
dataset.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullFormatter

from starnmf.figures.bands import paper_stop, show_time
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.panels import panel_grid
from starnmf.figures.relative_deviation import RESAMPLES
from starnmf.figures.style import BLUE, GREEN, PURPLE, VERMILION
from starnmf.seeds import generator
from starnmf.statistics import crossed_resamples

Array = npt.NDArray[np.float64]

YLABELS = ("curvature α", "share of α < 0")

LEGEND = (
    Line2D([], [], color=BLUE, label="mean"),
    Patch(color=BLUE, alpha=0.25, linewidth=0, label="95 % interval"),
    Line2D([], [], color=GREEN, label="loss (axis on the right)"),
    Line2D([], [], color=PURPLE, linestyle="--", label="smallest"),
    paper_stop(),
    Line2D([], [], color=VERMILION, linewidth=0.6, linestyle=(0, (4, 2)), label="zero"),
)


@dataclass(frozen=True)
class Course:
    """What one dataset's panels show; all arrays (t,), intervals (2, t)."""

    time: Array
    mean: Array
    mean_interval: Array
    smallest: Array
    negative: Array
    negative_interval: Array
    loss: Array


def course(rows: pd.DataFrame) -> Course:
    """Mean, smallest and share below 0 of alpha at every time, with 95 % intervals over restarts
    and points.

    Restarts and points are crossed factors (`crossed_resamples`). A restart that has stopped keeps
    its last values.
    """
    alpha = _in_time(rows, "alpha")
    random = generator(0, str(rows["dataset"].iloc[0]), "bootstrap of Figure 15")
    restarts, points = alpha.shape[:2]
    of_restarts, of_points = crossed_resamples(restarts, points, RESAMPLES, random)

    def interval(values: Array) -> Array:
        resampled = np.einsum("bk,kqt,bq->bt", of_restarts, values, of_points, optimize=True)
        return np.asarray(np.quantile(resampled, [0.025, 0.975], axis=0))

    negative = (alpha < 0).astype(np.float64)
    return Course(
        time=np.sort(rows["time"].unique()),
        mean=alpha.mean((0, 1)),
        mean_interval=interval(alpha),
        smallest=alpha.min((0, 1)),
        negative=negative.mean((0, 1)),
        negative_interval=interval(negative),
        loss=_in_time(rows, "loss").mean((0, 1)),
    )


def draw(figure: FigureEntry, table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw the panels of a table of times."""
    datasets = list(table["dataset"].unique())
    courses = [course(table[table["dataset"] == dataset]) for dataset in datasets]
    page, axes = panel_grid(figure, table, runs, "time t", YLABELS, LEGEND)
    for place, panel in enumerate(axes):
        quantity, of_dataset = divmod(place, len(datasets))
        one = courses[of_dataset]
        (_draw_alpha, _draw_share)[quantity](panel, one)
        paper_time = float(table.loc[table["dataset"] == datasets[of_dataset], "paper_time"].iloc[0])
        show_time(panel, paper_time, one.time)
    return page


def _in_time(rows: pd.DataFrame, column: str) -> Array:
    """A column as (restarts, points, times); after a restart's end, its last values."""
    wide = rows.pivot(index=["restart", "point"], columns="time", values=column).sort_index(axis=1).ffill(axis=1)
    restarts = rows["restart"].nunique()
    return wide.to_numpy(dtype=np.float64).reshape(restarts, -1, wide.shape[1])


def _draw_alpha(panel: Axes, one: Course) -> None:
    panel.fill_between(one.time, *one.mean_interval, color=BLUE, alpha=0.25, linewidth=0)
    panel.plot(one.time, one.mean, color=BLUE)
    panel.plot(one.time, one.smallest, color=PURPLE, linestyle="--", linewidth=0.8)
    panel.axhline(0, color=VERMILION, linewidth=0.7, linestyle=(0, (4, 2)), zorder=0.9)


def _draw_share(panel: Axes, one: Course) -> None:
    panel.fill_between(one.time, *one.negative_interval, color=BLUE, alpha=0.25, linewidth=0)
    panel.plot(one.time, one.negative, color=BLUE)
    panel.set_ylim(-0.04, 1.04)
    panel.set_yticks([0, 0.5, 1])
    beside = panel.twinx()
    beside.plot(one.time, one.loss, color=GREEN)
    beside.set_yscale("log")
    beside.set_ylim(10 ** np.floor(np.log10(one.loss.min())), 10 ** np.ceil(np.log10(one.loss.max())))
    beside.yaxis.set_major_locator(LogLocator(numticks=4))
    beside.yaxis.set_minor_formatter(NullFormatter())
    beside.tick_params(colors=GREEN)
