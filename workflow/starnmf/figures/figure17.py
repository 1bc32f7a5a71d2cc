"""Figure 17: curvature towards optima of several ranks, against the rank, for every dataset."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from starnmf.arrays import Integers
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.panels import panel_grid, sample_note
from starnmf.figures.provenance import runs_behind
from starnmf.figures.reference_lines import show_zero, zero_entry
from starnmf.figures.style import BLUE, GREEN, GREY, PURPLE
from starnmf.statistics import crossed_contrast

YLABELS = ("curvature α", "share of segments")

LEGEND = (
    Line2D([], [], color=BLUE, marker="o", markersize=3, label="mean of α; share of α < 0"),
    Patch(color=BLUE, alpha=0.25, linewidth=0, label="95 % t-interval"),
    Line2D([], [], color=PURPLE, linestyle="--", label="smallest α"),
    Line2D([], [], color=GREEN, marker="s", markersize=5, linewidth=2, linestyle="--", label="share above their chord"),
    Line2D([], [], color=GREY, linewidth=0.8, linestyle=":", label="the dataset's rank"),
    zero_entry(),
)


def means_of_ranks(rows: pd.DataFrame) -> pd.DataFrame:
    """Curvature of one dataset by rank, over restarts and points.

    Returns
    -------
    pandas.DataFrame
        By rank: mean, low and high of alpha (`crossed_contrast`), its smallest, and the shares of
        segments `negative` (alpha < 0) and `above` (the loss exceeds its chord).
    """
    means = {}
    for rank, of_rank in rows.groupby("rank"):
        alpha = of_rank.pivot(index="restart", columns="point", values="alpha").to_numpy(dtype=np.float64)
        mean, low, high = crossed_contrast([alpha], [1.0])
        above = (of_rank["chord_violation"] > 0).mean()
        means[rank] = (mean, low, high, float(alpha.min()), float((alpha < 0).mean()), float(above))
    return pd.DataFrame.from_dict(
        means, orient="index", columns=["mean", "low", "high", "smallest", "negative", "above"]
    )


def draw(figure: FigureEntry, table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw alpha of every dataset of a table of ranks, and below it the shares of segments."""
    known = runs_behind(table, runs).drop_duplicates("dataset")
    own = dict(zip(known["dataset"], known["rank"], strict=True))
    by_dataset = [(means_of_ranks(rows), own[str(dataset)]) for dataset, rows in table.groupby("dataset", sort=False)]
    known = _runs_of_ranks(table, runs)
    page, axes = panel_grid(figure, table, known, "rank r", YLABELS, LEGEND, [sample_note(table)])
    for panel, (means, own_rank) in zip(axes, by_dataset * len(YLABELS), strict=True):
        draw_panel = _draw_alpha if panel in axes[: len(by_dataset)] else _draw_shares
        draw_panel(panel, means)
        _show_ranks(panel, means.index.to_numpy(), own_rank)
    return page


def _runs_of_ranks(table: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """The restarts that the figure shows as a runs table: whether they converged, and where their data come from."""
    restarts = table[["dataset", "rank", "restart", "converged"]].drop_duplicates()
    known = runs_behind(table, runs).drop(columns=["rank", "restart", "converged"]).drop_duplicates("dataset")
    return known.merge(restarts, on="dataset")


def _draw_alpha(panel: Axes, means: pd.DataFrame) -> None:
    panel.fill_between(means.index, means["low"], means["high"], color=BLUE, alpha=0.25, linewidth=0)
    panel.plot(means["mean"], color=BLUE, marker="o", markersize=3)
    panel.plot(means["smallest"], color=PURPLE, linestyle="--", linewidth=0.8)
    show_zero(panel)


def _draw_shares(panel: Axes, means: pd.DataFrame) -> None:
    # Wherever all segments with alpha < 0 are above their chord, both curves are one: the dots lie on the squares.
    panel.plot(means["above"], color=GREEN, marker="s", markersize=5, linewidth=2, linestyle="--")
    panel.plot(means["negative"], color=BLUE, marker="o", markersize=3)
    panel.set_ylim(-0.06, 1.06)
    panel.set_yticks([0, 0.5, 1])


def _show_ranks(panel: Axes, ranks: Integers, own: int) -> None:
    """Make the axis of ranks logarithmic, with a tick at each, and mark the dataset's own."""
    panel.set_xscale("log", base=2)
    panel.set_xlim(ranks.min() / 1.2, ranks.max() * 1.2)
    panel.set_xticks(ranks, [str(rank) for rank in ranks])
    panel.set_xticks([], minor=True)
    panel.axvline(own, color=GREY, linewidth=0.8, linestyle=":")
