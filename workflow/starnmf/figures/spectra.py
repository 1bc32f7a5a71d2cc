"""Figures 7, 12 and 13: histograms of singular values of optima and random matrices, a panel for each dataset."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from starnmf.arrays import Array
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.panels import panel_grid
from starnmf.figures.provenance import display_name
from starnmf.figures.style import BLUE, SMALL_SIZE, VERMILION

FEWEST_BINS, MOST_BINS = 4, 24
ZERO = 1e-7
"""Singular values below this share of the largest are zero up to rounding in float32, and are not drawn."""


def draw(figure: FigureEntry, table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw histograms of ln(s / s_max) of one factor and of random matrices, for every dataset of a spectrum table.

    Every matrix is divided by its own largest singular value, which is itself not drawn; repetitions are pooled.
    """
    factor = str(table["factor"].iloc[0])
    legend = [
        Patch(facecolor=BLUE, alpha=0.4, edgecolor=BLUE, label=f"{factor}* found by descent"),
        Patch(facecolor=VERMILION, alpha=0.4, edgecolor=VERMILION, label="random half-normal matrix"),
    ]
    logs = {
        str(dataset): {matrix: log_shares(rows[rows["matrix"] == matrix]) for matrix in ("optimum", "random")}
        for dataset, rows in table.groupby("dataset", sort=False)
    }
    zeros = {dataset: int(np.isneginf(pair["optimum"]).sum()) for dataset, pair in logs.items()}
    named = [f"{display_name(name)} {count} of {len(logs[name]['optimum'])}" for name, count in zeros.items() if count]
    notes = ["The largest of every matrix is at 0 and not drawn."]
    notes += [f"Zero (below 1e-7 of the largest), not drawn: {', '.join(named)}."] if named else []
    page, axes = panel_grid(figure, table, runs, "ln(σ / largest σ)", ["share of singular values"], legend, notes)
    for panel, pair in zip(axes, logs.values(), strict=True):
        _draw_panel(panel, pair["optimum"], pair["random"])
    return page


def log_shares(rows: pd.DataFrame) -> Array:
    """Natural log of every singular value over the largest of its repetition; minus infinity for zeros."""
    share = rows["singular_value"] / rows.groupby("repetition")["singular_value"].transform("max")
    values = share.to_numpy(dtype=np.float64)
    logs: Array = np.log(values, out=np.full(len(values), -np.inf), where=values > ZERO)
    return logs


def _draw_panel(panel: Axes, optimum: Array, random: Array) -> None:
    drawn = [values[np.isfinite(values) & (values < 0)] for values in (optimum, random)]
    both = np.concatenate(drawn)
    if not len(both):
        panel.text(0.5, 0.5, "rank 1: the largest alone", transform=panel.transAxes, size=SMALL_SIZE, ha="center")
        return
    low, high = both.min(), max(both.max(), both.min() + 0.1)
    # The square root rule: few values in many bins would be spikes.
    bins = int(np.clip(np.ceil(max(map(len, drawn)) ** 0.5), FEWEST_BINS, MOST_BINS))
    edges = np.linspace(low, high, bins + 1).tolist()
    for values, shown, color in zip((optimum, random), drawn, (BLUE, VERMILION), strict=True):
        weights = np.full(len(shown), 1 / max(len(values), 1))
        panel.hist(shown, edges, weights=weights, histtype="stepfilled", color=color, alpha=0.4, linewidth=0)
        panel.hist(shown, edges, weights=weights, histtype="step", color=color, linewidth=0.8)
    margin = 0.03 * (high - low)
    panel.set_xlim(low - margin, high + margin)
    panel.xaxis.set_major_locator(MaxNLocator(4))
