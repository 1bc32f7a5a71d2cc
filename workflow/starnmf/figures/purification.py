"""Figures S4 to S6: alternating updates of purification."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from starnmf.companions.purification.algorithm import THRESHOLD
from starnmf.companions.purification.conditions import REQUIRED_IMBALANCE
from starnmf.companions.purification.floors import EXAMPLES, MIDDLE, SAMPLED_STRENGTH
from starnmf.companions.purification.model import WARM_START
from starnmf.companions.purification.potential import BETA, ROUNDED, coupled_contraction
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.page import table_page
from starnmf.figures.style import CYCLE, GREY
from starnmf.results.table import rows_where

Labels = Mapping[tuple[object, ...], str]

DECODINGS: Labels = {
    ("relu", THRESHOLD): f"ReLU, α = {THRESHOLD:g}",
    ("relu", 0.0): "ReLU, α = 0",
    ("linear", 0.0): "without ReLU",
}
LAWS: Labels = {("bernoulli",): "0 or 1", ("graded",): "0, 1/2 or 1"}
PREPROCESSING: Labels = {("none",): "unchanged", ("balancing",): "balanced"}
STARTS = {"signed": "drawn signs", "positive": "positive", "negative": "negative", "rotating": "rotating"}
NOISES = {"none": "no noise", "adversarial": "adversarial", "unbiased": "unbiased"}

SIZE = 10
"""The number of features that Figure S4 shows."""

SMALLEST_POTENTIAL = ROUNDED
"""Smaller potentials, which are due to rounding, are not drawn."""

SMALLEST_ERROR = 1e-12
"""Smaller errors, which are due to rounding, are drawn here."""

REMAINING_ERRORS = (0.005, 20)
"""The axis of errors in Figure S5."""


def draw_convergence(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure S4: the coupled potential of alternating updates, with and without the ReLU.

    A panel for each decoding, a curve for each start.
    """
    table = table[table["n"] == SIZE]
    colours = dict(zip(STARTS, CYCLE, strict=False))
    legend = [Line2D([], [], color=colours[start], label=label) for start, label in STARTS.items()]
    legend.append(Line2D([], [], color=GREY, linestyle="--", linewidth=0.8, label="required"))
    titles = [f"{letter}) {label}" for letter, label in zip("abc", DECODINGS.values(), strict=True)]
    page, axes = table_page(figure, titles, columns=3, legend=legend, xlabel="iteration", ylabel="potential")
    for panel, (decoding, threshold) in zip(axes, DECODINGS, strict=True):
        rows = rows_where(table, decoding=decoding, threshold=threshold)
        for start, colour in colours.items():
            for _, trial in rows[rows["start"] == start].sort_values("iteration").groupby("trial"):
                potential = trial["positive"] + BETA * trial["negative"]
                panel.plot(trial["iteration"], potential.where(potential > SMALLEST_POTENTIAL), color=colour)
        at = np.sort(rows["iteration"].unique())
        panel.plot(at, coupled_contraction(rows["step_size"].iloc[0]) ** at, color=GREY, linestyle="--", linewidth=0.8)
        panel.set(yscale="log", ylim=(SMALLEST_POTENTIAL / 2, 3))
    return page


def draw_floors(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure S5: the errors of alternating updates that remain under adversarial noise, unbiased noise, and samples."""
    table = table.assign(error=table[["off_diagonal", "outside"]].max(axis=1))
    titles = ["a) adversarial noise", "b) unbiased noise", "c) samples"]
    page, (adversarial, unbiased, samples) = table_page(figure, titles, columns=3, ylabel="remaining error")
    least = rows_where(table, pseudo_inverse="least-infinity")
    of_size = least[least["samples"] == EXAMPLES]
    _draw_strengths(adversarial, of_size, "adversarial")
    _draw_strengths(unbiased, of_size, "unbiased")
    penrose = rows_where(table, pseudo_inverse="moore-penrose", noise="unbiased")
    _plot_means(unbiased, penrose, "strength", color=CYCLE[1], linestyle="--", label=f"{MIDDLE}, Moore-Penrose")
    sampled = least[(least["n"] == MIDDLE) & least["strength"].isin([0.0, SAMPLED_STRENGTH])]
    for colour, (noise, label) in zip((GREY, *CYCLE), NOISES.items(), strict=False):
        _plot_means(samples, rows_where(sampled, noise=noise), "samples", color=colour, marker="o", label=label)
    for panel in (adversarial, unbiased, samples):
        panel.set(xscale="log", yscale="log", ylim=REMAINING_ERRORS)
    for panel in (adversarial, unbiased):
        panel.set_xlabel("strength of the noise")
        panel.legend(loc="upper left", title="features", alignment="left")
    samples.set_xlabel("samples of an iteration")
    samples.legend(loc="upper right")
    return page


def _draw_strengths(panel: Axes, table: pd.DataFrame, noise: str) -> None:
    for colour, (n, rows) in zip(CYCLE, table.groupby("n"), strict=False):
        _plot_means(panel, rows_where(rows, noise=noise), "strength", color=colour, marker="o", label=str(n))
        panel.axhline(rows_where(rows, noise="none")["error"].mean(), color=colour, linestyle=":", linewidth=0.8)


def _plot_means(panel: Axes, rows: pd.DataFrame, column: str, **style: str) -> None:
    """The mean error against the values of a column."""
    means = rows.groupby(column)["error"].mean()
    panel.plot(means.index, means, markersize=2, **style)  # type: ignore[arg-type]


def draw_conditions(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure S6: the error of alternating updates where the theorems' conditions do not hold.

    Against the warm start, the sparsity, and the imbalance of the weights.
    """
    titles = ["a) warm start", "b) sparsity", "c) imbalance"]
    page, (warm_start, sparsity, imbalance) = table_page(figure, titles, columns=3, ylabel="largest error |Â − A*|₁")
    _draw_largest_errors(warm_start, rows_where(table, condition="warm-start"), ["decoding", "threshold"], DECODINGS)
    _draw_largest_errors(sparsity, rows_where(table, condition="sparsity"), ["law"], LAWS)
    _draw_largest_errors(imbalance, rows_where(table, condition="imbalance"), ["preprocessing"], PREPROCESSING)
    for panel, required in ((warm_start, WARM_START), (imbalance, REQUIRED_IMBALANCE)):
        panel.axvline(required, color=GREY, linewidth=0.8, linestyle=":")
        panel.set_xscale("log")
    warm_start.set_xlabel("|E|ₛ of the start")
    sparsity.set_xlabel("probability s / n of a weight")
    imbalance.set_xlabel("largest over smallest E[x²]")
    return page


def _draw_largest_errors(panel: Axes, rows: pd.DataFrame, columns: list[str], labels: Labels) -> None:
    """The largest error over trials and starts against the condition, a curve for every value of the columns."""
    for colour, marker, size, (values, label) in zip(CYCLE, "os^", (5, 3, 3), labels.items(), strict=False):
        picked = rows_where(rows, **dict(zip(columns, values, strict=True)))
        largest = picked.groupby("value")["error"].max().clip(lower=SMALLEST_ERROR)
        panel.plot(largest.index, largest, color=colour, marker=marker, markersize=size, label=label)
    panel.set(yscale="log", ylim=(SMALLEST_ERROR / 3, 10))
    panel.legend(loc="center left", bbox_to_anchor=(0.06, 0.45), handlelength=1.2)
