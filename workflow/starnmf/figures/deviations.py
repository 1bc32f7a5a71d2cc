"""Figures 5 and 11: relative deviation of the curvature against the subsample rate, a panel for each dataset."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.panels import panel_grid
from starnmf.figures.relative_deviation import (
    by_subsample,
    moments_within,
    relative_deviation,
    single_subsample,
)
from starnmf.figures.style import BLUE, GREY, VERMILION
from starnmf.seeds import generator

Array = npt.NDArray[np.float64]

WIDE_RANGE = 10.0
"""An axis whose values span more than this factor is logarithmic."""

LEGEND = (
    Line2D([], [], color=BLUE, marker="o", markersize=3, label="σ/μ with 95 % bootstrap interval"),
    Line2D([], [], color=GREY, marker="_", markersize=5, linestyle="none", label="one subsample"),
    Line2D([], [], color=VERMILION, marker="x", markersize=4, linestyle="none", label="mean not positive"),
)


def draw(figure: FigureEntry, table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw sigma/mu of alpha (eq. 6) over the subsample rate for every dataset of a curvature table."""
    said = single_subsample(table)
    notes = [f"{said[0].upper()}{said[1:]}."] if said else []
    page, axes = panel_grid(figure, table, runs, "subsample rate", ["σ/μ of curvature α"], LEGEND, notes)
    for panel, (dataset, rows) in zip(axes, table.groupby("dataset", sort=False), strict=True):
        regime, deviations, of_each = rows["regime"].iloc[0], [], []
        for rate, of_rate in rows.groupby("rate"):
            random = generator(0, str(dataset), regime, float(rate), "bootstrap of the relative deviation")  # type: ignore[arg-type]
            subsamples = by_subsample(of_rate)
            deviations.append((rate, *relative_deviation(subsamples, random)))
            if len(subsamples) > 1:
                moments = [moments_within([alpha]) for alpha in subsamples]
                of_each += [(rate, sigma / mu) for sigma, mu in moments if mu > 0]
        rates, value, low, high = np.array(deviations).T
        _draw_panel(panel, rates, value, low, high, np.array(of_each).reshape(-1, 2).T)
    return page


def _draw_panel(panel: Axes, rates: Array, value: Array, low: Array, high: Array, of_each: Array) -> None:
    positive = np.isfinite(value)
    panel.plot(rates, value, color=BLUE, marker="o", markersize=3)
    # Only beside a curve: of a rate whose mean is not positive a few subsamples may have a positive one.
    of_each = of_each[:, np.isin(of_each[0], rates[positive])]
    panel.plot(*of_each, "_", color=GREY, markersize=5, zorder=1)
    for rate in rates[~positive]:
        panel.plot(rate, 0.05, "x", color=VERMILION, markersize=4, transform=panel.get_xaxis_transform())
    panel.set_xlim(0, 1.06)
    panel.set_xticks([0, 0.5, 1])
    panel.set_xticks(np.arange(0.1, 1.05, 0.1), minor=True)
    if not positive.any():
        panel.set_yticks([])
        return
    finite = np.concatenate([value, low, high, of_each[1]])
    finite = finite[np.isfinite(finite)]
    if finite.min() > 0 and finite.max() > WIDE_RANGE * finite.min():
        panel.set_yscale("log")
        panel.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if finite.max() < 30 * finite.min() else (1.0,)))
        panel.yaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:g}"))
        panel.yaxis.set_minor_formatter(NullFormatter())
        panel.set_ylim(finite.min() / 1.5, finite.max() * 1.5)
    else:
        panel.set_ylim(0, finite.max() * 1.08)
    # An interval without an upper end runs to the top of the panel.
    panel.vlines(rates, low, np.minimum(high, panel.get_ylim()[1]), color=BLUE, linewidth=0.8)
