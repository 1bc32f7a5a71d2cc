"""Figures 5 and 11: relative deviation of the curvature against the subsample rate, a panel for each dataset."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from starnmf.arrays import Array
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.panels import panel_grid
from starnmf.figures.relative_deviation import by_subsample, moments_within, relative_deviation, single_subsample
from starnmf.figures.style import BLUE, GREY, SMALL_SIZE
from starnmf.seeds import generator

WIDE_RANGE = 10.0
"""Values that span more than this factor in a panel make the axes of all panels logarithmic."""

LEGEND = (
    Line2D([], [], color=BLUE, marker="o", markersize=3, label="σ/μ with 95 % bootstrap interval"),
    Line2D([], [], color=GREY, marker="_", markersize=5, linestyle="none", label="one subsample"),
)


def draw(figure: FigureEntry, table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw sigma/mu of alpha (eq. 6) over the subsample rate for every dataset of a curvature table."""
    said = single_subsample(table)
    notes = [f"{said[0].upper()}{said[1:]}."] if said else []
    of_datasets = [_deviations(str(dataset), rows) for dataset, rows in table.groupby("dataset", sort=False)]
    if any(np.isinf(one.high).any() for one in of_datasets):
        notes.append("Arrow: an interval without an upper end.")
    page, axes = panel_grid(figure, table, runs, "subsample rate", ["σ/μ of curvature α"], LEGEND, notes)
    # Panels that mix linear and logarithmic axes cannot be compared.
    logarithmic = any(_is_wide(one.finite) for one in of_datasets)
    everywhere = np.concatenate([one.finite for one in of_datasets])
    for panel, one in zip(axes, of_datasets, strict=True):
        _draw_panel(panel, one, one.finite if len(one.finite) else everywhere, logarithmic)
    return page


@dataclass(frozen=True)
class _Deviations:
    """sigma/mu of one dataset by rate, its interval, and that of single subsamples as rows of (rate, sigma/mu)."""

    rates: Array
    value: Array
    low: Array
    high: Array
    of_each: Array

    @property
    def finite(self) -> Array:
        """All numbers that its panel shows."""
        numbers: Array = np.concatenate([self.value, self.low, self.high, self.of_each[:, 1]])
        return np.asarray(numbers[np.isfinite(numbers)])


def _deviations(dataset: str, rows: pd.DataFrame) -> _Deviations:
    regime, deviations, of_each = rows["regime"].iloc[0], [], []
    for rate, of_rate in rows.groupby("rate"):
        random = generator(0, dataset, regime, float(rate), "bootstrap of the relative deviation")  # type: ignore[arg-type]
        subsamples = by_subsample(of_rate)
        deviations.append((rate, *relative_deviation(subsamples, random)))
        # Only beside a curve: of a rate whose mean is not positive a few subsamples may have a positive one.
        if len(subsamples) > 1 and np.isfinite(deviations[-1][1]):
            moments = [moments_within([alpha]) for alpha in subsamples]
            of_each += [(rate, sigma / mu) for sigma, mu in moments if mu > 0]
    rates, value, low, high = np.array(deviations, dtype=np.float64).T
    return _Deviations(rates, value, low, high, np.array(of_each, dtype=np.float64).reshape(-1, 2))


def _is_wide(numbers: Array) -> bool:
    return bool(len(numbers) and 0 < numbers.min() < numbers.max() / WIDE_RANGE)


def _draw_panel(panel: Axes, one: _Deviations, numbers: Array, logarithmic: bool) -> None:
    """Draw one dataset; `numbers` are those that its axis is for."""
    panel.set_xlim(0, 1.06)
    panel.set_xticks([0, 0.5, 1])
    panel.set_xticks(np.arange(0.1, 1.05, 0.1), minor=True)
    panel.plot(one.rates, one.value, color=BLUE, marker="o", markersize=3)
    panel.plot(*one.of_each.T, "_", color=GREY, markersize=5, zorder=1)
    highest = numbers.max(initial=0) * (1.5 if logarithmic else 1.08) or 1.0
    panel.set_ylim(numbers.min() / 1.5 if logarithmic else 0, highest)
    if logarithmic:
        _make_logarithmic(panel, numbers)
    endless = np.isinf(one.high)
    panel.vlines(one.rates, one.low, np.where(endless, highest, one.high), color=BLUE, linewidth=0.8)
    if endless.any():
        panel.plot(one.rates[endless], np.full(endless.sum(), highest), "^", color=BLUE, markersize=3, clip_on=False)
    absent = one.rates[np.isnan(one.value)]
    if len(absent):
        where = f" at {', '.join(f'{rate:g}' for rate in absent)}" if len(absent) < len(one.rates) else ""
        words = f"no σ/μ{where}: mean α ≤ 0"
        # In room of its own, above the curve and the ends of its intervals.
        low, high = panel.transScale.transform([(1, end) for end in panel.get_ylim()])[:, 1]
        panel.set_ylim(top=panel.transScale.inverted().transform((1, low + (high - low) / 0.86))[1])
        panel.text(0.03, 0.99, words, transform=panel.transAxes, size=SMALL_SIZE, color=GREY, va="top")


def _make_logarithmic(panel: Axes, numbers: Array) -> None:
    panel.set_yscale("log")
    panel.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if numbers.max() < 30 * numbers.min() else (1.0,)))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:g}"))
    panel.yaxis.set_minor_formatter(NullFormatter())
