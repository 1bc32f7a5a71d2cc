"""Figures 6, 9 and 10: means over repetitions of a descent with their 95 % t-intervals."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, MaxNLocator

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.panels import panel_grid
from starnmf.figures.provenance import display_name, range_of
from starnmf.figures.reference_lines import paper_stop_entry, show_time, show_zero, zero_entry
from starnmf.figures.style import BLUE, GREEN, GREY
from starnmf.statistics import mean_interval

LABELS = {"cosine": "cosine similarity", "alpha": "curvature α"}

SECOND = {"cosine": "projected_cosine"}
"""Columns that are drawn in the panels of others: the cosine of the projected gradient."""

WIDE_RANGE = 100.0
"""Positive values that span more than this factor in a panel make the axes of its row logarithmic."""

EDGES = ["low", "high", "mean"]
"""The columns of a band that are drawn."""


def band(rows: pd.DataFrame, value: str, axis: str = "step") -> pd.DataFrame:
    """Mean of one dataset's trajectories by step or time, with its 95 % t-interval: mean, low, high and smallest.

    Steps that any repetition has not reached, or where it has no value (alpha at its last point), are left out. With
    one repetition only, the interval is NaN.
    """
    wide = rows.pivot(index=axis, columns="repetition", values=value).dropna()
    mean, low, high = mean_interval(wide.to_numpy(dtype=np.float64))
    return pd.DataFrame({"mean": mean, "low": low, "high": high, "smallest": wide.min(axis=1)}, index=wide.index)


def _draw(figure: FigureEntry, table: pd.DataFrame, runs: pd.DataFrame, quantities: Sequence[str]) -> Figure:
    """Draw columns of a trajectory table, each as a row of panels if there are several.

    Against time in the paper's gradient steps or, under `converged`, against time on a logarithmic axis.
    """
    in_time = table["regime"].iloc[0] == "converged"
    axis = "time" if in_time else "step"
    if in_time:
        table = table[table["time"] > 0]
    by_dataset = [(str(dataset), rows) for dataset, rows in table.groupby("dataset", sort=False)]
    bands = [(quantity, dataset, band(rows, quantity, axis)) for quantity in quantities for dataset, rows in by_dataset]
    notes = [note for quantity in quantities for note in _below_zero(quantity, bands)]
    ylabels = [LABELS[quantity] for quantity in quantities]
    # The flow takes no steps; discrete descent reaches these times after so many.
    xlabel = "time t" if in_time else "time t, in gradient steps"
    counts = table.groupby("dataset")["repetition"].nunique()
    # A row of panels that mixes linear and logarithmic axes cannot be compared. Beside a cosine that of the
    # projected gradient is drawn, which may be negative.
    logarithmic = {
        quantity: quantity not in SECOND and _is_wide([one for of, _, one in bands if of == quantity])
        for quantity in quantities
    }
    legend = _legend(quantities, in_time, counts, with_zero=not all(logarithmic.values()))
    page, axes = panel_grid(figure, table, runs, xlabel, ylabels, legend, notes)
    of_dataset = dict(by_dataset)
    for panel, (quantity, dataset, one) in zip(axes, bands, strict=True):
        rows, drawn = of_dataset[dataset], [one]
        _draw_band(panel, one, BLUE, "-")
        if quantity in SECOND:
            drawn.append(band(rows, SECOND[quantity], axis))
            _draw_band(panel, drawn[1], GREEN, "--")
        if in_time:
            show_time(panel, float(rows["paper_time"].iloc[0]), one.index.to_numpy())
        else:
            panel.xaxis.set_major_locator(MaxNLocator(2))
            panel.set_xlim(0, max(float(rows["step"].max()), 1))
        if logarithmic[quantity]:
            panel.set_yscale("log")
        else:
            _show_sign(panel, drawn)
        if quantity == "cosine":
            panel.yaxis.set_major_locator(FixedLocator([-1, -0.5, 0, 0.5, 1]))
            # No cosine is outside, though a t-interval of few repetitions may be.
            panel.set_ylim(max(panel.get_ylim()[0], -1.02), 1.02)
    return page


draw_cosine_and_alpha = partial(_draw, quantities=("cosine", "alpha"))
"""Figure 6."""

draw_alpha = partial(_draw, quantities=("alpha",))
"""Figure 9."""

draw_cosine = partial(_draw, quantities=("cosine",))
"""Figure 10."""


def _legend(quantities: Sequence[str], in_time: bool, counts: pd.Series, with_zero: bool) -> list[Artist]:
    """The entries, with the numbers of repetitions `counts`, since an interval of few is wide."""
    entries: list[Artist] = [Line2D([], [], color=BLUE, label=f"mean of n = {range_of(counts)} repetitions")]
    if SECOND.keys() & set(quantities):
        entries.append(Line2D([], [], color=GREEN, linestyle="--", label="of the projected gradient"))
    entries.append(Patch(color=BLUE, alpha=0.25, linewidth=0, label="95 % t-interval"))
    if in_time:
        entries.append(paper_stop_entry())
    if with_zero:
        entries.append(zero_entry())
    return entries


def _draw_band(panel: Axes, one: pd.DataFrame, color: str, linestyle: str) -> None:
    panel.fill_between(one.index, one["low"], one["high"], color=color, alpha=0.25, linewidth=0)
    panel.plot(one["mean"], color=color, linestyle=linestyle)


def _show_sign(panel: Axes, bands: Sequence[pd.DataFrame]) -> None:
    """Include zero, a dashed line, in the y axis, with grey below it where the bands reach there."""
    bottom, top = panel.get_ylim()
    # Below zero there is some room, so that the frame does not hide the dashed line.
    bottom = min(bottom, -0.06 * top)
    panel.set_ylim(bottom, top)
    show_zero(panel)
    if _lowest(bands) < 0:
        panel.axhspan(bottom, 0, color=GREY, alpha=0.12, linewidth=0)


def _is_wide(bands: Sequence[pd.DataFrame]) -> bool:
    """Whether all bands are positive and one of them spans more than `WIDE_RANGE`: the axes are then logarithmic."""
    if _lowest(bands) <= 0:
        return False
    return any(one[EDGES].max().max() > WIDE_RANGE * one[EDGES].min().min() for one in bands)


def _lowest(bands: Sequence[pd.DataFrame]) -> float:
    return min((float(one[EDGES].min().min()) for one in bands), default=np.inf)


def _below_zero(quantity: str, bands: Sequence[tuple[str, str, pd.DataFrame]]) -> list[str]:
    found = [
        f"{display_name(dataset)} at {(one['smallest'] < 0).sum()} of {len(one)} times"
        for column, dataset, one in bands
        if column == quantity and (one["smallest"] < 0).any()
    ]
    return [f"Below zero in some repetition, {LABELS[quantity]}: {', '.join(found)}."] if found else []
