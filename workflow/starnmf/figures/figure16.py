"""Figure 16: negative curvature for skewed laws, against mu^2 / sigma^2; not in the paper."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.page import table_page
from starnmf.figures.style import BLUE, CYCLE, GREY, VERMILION
from starnmf.results.table import rows_where
from starnmf.theory.skewed import ASPECTS, GAMMAS, MEAN_TERMS, SIZES, SQUARE

TITLES = (
    "a) towards the planted solution, r = √n",
    "b) between random points, r = √n",
    "c) loss'' at λ = 1/2, towards the planted solution",
    "d) towards the planted solution, n = 128",
)

COMPARED_SIZE = 128
"""The largest size that every rank was tried with."""

SPREAD_SIZES = (64, 1024)
"""The sizes whose spread of loss'' is shown."""

LARGEST_SHOWN = 0.3
"""Largest mu^2 / sigma^2 of panel c: beyond, no segment is near 0."""

COLOURS = dict(zip(SIZES, CYCLE, strict=True))
RANKS = dict(zip(GAMMAS, ("√n", "$n^{3/4}$", "n"), strict=True))
STYLES = dict(zip(ASPECTS, ("-", "--"), strict=True))


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw shares of segments with negative curvature, and the mean of loss'' beside its expectations."""
    legend = [Line2D([], [], color=colour, marker="o", markersize=3, label=f"n = {n}") for n, colour in COLOURS.items()]
    page, axes = table_page(figure, TITLES, columns=2, legend=legend, xlabel="μ² / σ²", ylabel="share with α < 0")
    swept = table[table["law"].str.endswith(", 1)")]
    square = rows_where(swept, gamma=SQUARE[0], aspect=SQUARE[1])
    for panel, kind in zip(axes, ("random-planted", "random-random"), strict=False):
        for n, colour in COLOURS.items():
            _shares(panel, rows_where(square, kind=kind, n=n), color=colour)
    _middle(axes[2], rows_where(square, kind="random-planted"))
    compared = rows_where(swept, kind="random-planted", n=COMPARED_SIZE)
    for gamma, colour in zip(GAMMAS, CYCLE, strict=False):
        for aspect, style in STYLES.items():
            rows = rows_where(compared, gamma=gamma, aspect=aspect)
            label = f"r = {RANKS[gamma]}, m = {'n' if aspect == 1 else f'n / {1 / aspect:g}'}"
            _shares(axes[3], rows, color=colour, linestyle=style, label=label)
    axes[3].legend(loc="upper right")
    for panel in axes:
        panel.set_xscale("log")
        panel.set_xticks([q for q in MEAN_TERMS if panel is not axes[2] or q <= LARGEST_SHOWN])
        panel.xaxis.set_major_formatter(FuncFormatter(lambda q, _: f"{q:g}"))
        panel.xaxis.set_minor_locator(NullLocator())
    for panel in (axes[0], axes[1], axes[3]):
        panel.set_ylim(-0.03, 1.0)
    return page


def _shares(panel: Axes, rows: pd.DataFrame, **style: Any) -> None:
    """Shares with their intervals, joined by a line."""
    rows = rows.sort_values("mean_term")
    share = rows["alpha_negative_share"]
    # Rounding may put the share of no segment just outside its interval.
    errors = [(share - rows["alpha_negative_low"]).clip(lower=0), (rows["alpha_negative_high"] - share).clip(lower=0)]
    panel.errorbar(rows["mean_term"], share, errors, marker="o", markersize=2.5, elinewidth=0.6, linewidth=0.8, **style)


def _middle(panel: Axes, rows: pd.DataFrame) -> None:
    """The mean of loss'' at its smallest place with its standard deviation, and the two expectations."""
    rows = rows[rows["mean_term"] <= LARGEST_SHOWN].sort_values("mean_term")
    for n, shift in zip(SPREAD_SIZES, (0.96, 1.04), strict=True):
        of_size = rows[rows["n"] == n]
        style: Any = {"color": COLOURS[n], "marker": "o", "markersize": 2.5, "linestyle": "none", "elinewidth": 0.6}
        panel.errorbar(shift * of_size["mean_term"], of_size["middle"], of_size["middle_sd"], **style)
    expected = rows.drop_duplicates("mean_term")
    panel.axhline(0, color=GREY, linewidth=0.5)
    q = expected["mean_term"]
    panel.plot(q, expected["exact"], color=BLUE, label="exact, 4 μ²/σ²")
    panel.plot(q, expected["printed"], color=VERMILION, linestyle="--", label="by the paper's facts")
    panel.legend(loc="center")
    panel.set_ylabel("loss'' / (r σ⁴) per entry")
