"""Means over repetitions of a descent with their 95 % t-intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from scipy.special import stdtrit

from starnmf.figures.catalogue import PaperFigure
from starnmf.figures.panels import panel_grid
from starnmf.figures.provenance import display_name
from starnmf.figures.style import BLUE, GREY, VERMILION, decades

LABELS = {"cosine": "cosine similarity", "alpha": "curvature α"}

LEGEND = (
    Line2D([], [], color=BLUE, label="mean over repetitions"),
    Patch(color=BLUE, alpha=0.25, linewidth=0, label="95 % t-interval"),
    Line2D([], [], color=VERMILION, linewidth=0.6, linestyle=(0, (4, 2)), label="zero"),
)

WIDE_RANGE = 100.0
"""An axis whose values span more than this factor is logarithmic."""


@dataclass(frozen=True)
class Band:
    """Mean and 95 % interval at every step that all repetitions reached; all arrays (t,) float64."""

    step: npt.NDArray[np.float64]
    mean: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    smallest: npt.NDArray[np.float64]
    """The lowest of the repetitions."""


def band(rows: pd.DataFrame, value: str) -> Band:
    """The band of one dataset's trajectory; the interval is NaN where there is one repetition only.

    Steps where any repetition has ended, or has no value (alpha at its last point), are left out.
    """
    wide = rows.pivot(index="step", columns="repetition", values=value).dropna()
    values = wide.to_numpy(dtype=np.float64)
    repetitions = values.shape[1]
    mean = values.mean(axis=1)
    half = np.full(len(mean), np.nan)
    if repetitions > 1:
        error = values.std(axis=1, ddof=1) / np.sqrt(repetitions)
        half = stdtrit(repetitions - 1, 0.975) * error
    return Band(wide.index.to_numpy(dtype=np.float64), mean, mean - half, mean + half, values.min(axis=1))


def draw(figure: PaperFigure, table: pd.DataFrame, runs: pd.DataFrame, quantities: Sequence[str]) -> Figure:
    """Draw one or more columns of a trajectory table, each a row of panels where they are several."""
    by_dataset = [(str(dataset), rows) for dataset, rows in table.groupby("dataset", sort=False)]
    bands = [(quantity, dataset, band(rows, quantity)) for quantity in quantities for dataset, rows in by_dataset]
    notes = [note for quantity in quantities for note in _below_zero(quantity, bands)]
    ylabels = [LABELS[quantity] for quantity in quantities]
    page, axes = panel_grid(figure, table, runs, "gradient step", ylabels, LEGEND, notes)
    ends = table.groupby(["dataset", "repetition"])["step"].max().groupby("dataset").min()
    for panel, (quantity, dataset, one) in zip(axes, bands, strict=True):
        _draw_band(panel, one, float(ends[dataset]), table["regime"].iloc[0])
        _show_sign(panel, one)
        if quantity == "cosine":
            panel.set_ylim(top=1.02)
    return page


def _draw_band(panel: Axes, one: Band, last: float, regime: str) -> None:
    """Draw a band over the gradient steps up to `last`, logarithmically in the converged regime (0 still shows)."""
    panel.fill_between(one.step, one.low, one.high, color=BLUE, alpha=0.25, linewidth=0)
    panel.plot(one.step, one.mean, color=BLUE)
    if regime == "converged":
        panel.set_xscale("symlog", linthresh=1, linscale=0.5)
        panel.set_xticks(decades(last), minor=False)
        panel.set_xticks([], minor=True)
    else:
        panel.xaxis.set_major_locator(MaxNLocator(2))
    panel.set_xlim(0, max(last, 1))


def _show_sign(panel: Axes, one: Band) -> None:
    """Scale the y axis so that it can be seen whether the band stays above zero.

    Values all positive that span decades get a logarithmic axis; otherwise zero is on the axis, as a line.
    """
    edges = np.concatenate([one.low, one.high, one.mean])
    edges = edges[np.isfinite(edges)]
    lowest, highest = edges.min(initial=np.inf), edges.max(initial=-np.inf)
    if 0 < lowest < highest / WIDE_RANGE:
        panel.set_yscale("log")
        return
    bottom, top = panel.get_ylim()
    # A little room below, so that the line of zero is not hidden by the frame.
    bottom = min(bottom, -0.06 * top)
    panel.set_ylim(bottom, top)
    panel.axhline(0, color=VERMILION, linewidth=0.7, linestyle=(0, (4, 2)), zorder=0.9)
    if lowest < 0:
        panel.axhspan(bottom, 0, color=GREY, alpha=0.12, linewidth=0)


def _below_zero(quantity: str, bands: Sequence[tuple[str, str, Band]]) -> list[str]:
    found = [
        f"{display_name(dataset)} at {int((one.smallest < 0).sum())} of {len(one.step)} steps"
        for column, dataset, one in bands
        if column == quantity and (one.smallest < 0).any()
    ]
    return [f"Below zero in some repetition, {LABELS[quantity]}: {', '.join(found)}."] if found else []
