"""Figures S7 to S13: non-linear inductive matrix completion."""

from typing import Literal

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator

from starnmf.companions.inductive.activations import SMOOTH_NAMES
from starnmf.companions.inductive.quadratic import RELU_LIMIT
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.page import table_page
from starnmf.figures.provenance import PRINTED_SOURCES, data_mark
from starnmf.figures.style import BLUE, CYCLE, GREEN, GREY, SMALL_SIZE, VERMILION, label_ticks
from starnmf.results.table import rows_where

SMOOTH_TITLES = [f"{letter}) {activation}" for letter, activation in zip("abc", SMOOTH_NAMES, strict=True)]

ACTIVATIONS = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"}
COLOURS = {"sigmoid": BLUE, "tanh": VERMILION, "relu": GREEN}

SPREADS = {"one large": "κ, 1, 1", "one small": "κ, κ, 1"}
"""The singular values as they are written in the legend."""

CONDITIONED: dict[tuple[str, str], tuple[str, Literal["-", "--"]]] = {
    ("one large", "U"): (BLUE, "-"),
    ("one large", "both"): (BLUE, "--"),
    ("one small", "U"): (VERMILION, "-"),
    ("one small", "both"): (VERMILION, "--"),
}
"""Colour and line style by the spread of the singular values and the weights that have it."""

SWEEPS = {
    "users and items": ("users, and as many items", (128, 512, 2048), -1 / 2),
    "observations": ("observations", (128, 512, 2048), -1 / 2),
    "dimension": ("dimension d", (4, 6, 9, 13, 19), 1 / 2),
    "distance": ("distance from the truth", (0.001, 0.01, 0.1), 1),
}
"""By sweep: the label of the axis, its ticks and the slope of the dashed line."""

STARTS = ("near", "random")

MODELS = ("global mean", "additive", "IMC", "NIMC sigmoid", "NIMC tanh", "NIMC ReLU", "genre mean", "movie mean")
"""From top to bottom; only the last uses the identity of the movie."""


def draw_orthogonal(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure S7: the smallest eigenvalue of the population Hessian at unitary weights, against the dimension.

    Smooth activations beside the ReLU's constant C_0.
    """
    titles = ["a) smooth activations", "b) ReLU"]
    page, (smooth, relu) = table_page(figure, titles, columns=2, xlabel="dimension d = k")
    for colour, activation in zip(CYCLE, SMOOTH_NAMES, strict=False):
        rows = rows_where(table, activation=activation).sort_values("d")
        smooth.plot(rows["d"], rows["rho"], color=colour, linestyle="--", linewidth=0.7)
        smooth.plot(rows["d"], rows["smallest_eigenvalue"], "o", color=colour, markersize=3, label=activation)
    smooth.set(yscale="log", ylim=(3e-4, 5e-2), ylabel="smallest eigenvalue")
    smooth.xaxis.set_major_locator(FixedLocator([2, 4, 8, 12, 16, 20]))
    smooth.legend(loc="center right")
    rows = rows_where(table, activation="relu").dropna(subset="multiple").sort_values("d")
    relu.axhline(RELU_LIMIT, color=GREY, linestyle="--", linewidth=0.7)
    relu.plot(rows["d"], rows["multiple_printed"], color=VERMILION, marker="o", markersize=3, label="printed moments")
    relu.plot(rows["d"], rows["multiple"], color=BLUE, marker="o", markersize=3, label="the ReLU's moments")
    relu.set(ylim=(0, 0.07), ylabel="largest C₀")
    relu.legend(loc="lower right", bbox_to_anchor=(1, 0.05))
    return page


def draw_first_row(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure S8: the ReLU's smallest eigenvalue with the first row of U fixed, against that row's smallest entry.

    Beside it, the ratio of the eigenvalue to the square of the entry.
    """
    titles = ["a) smallest eigenvalue", "b) over the square of the entry"]
    page, (eigenvalues, ratios) = table_page(figure, titles, columns=2, xlabel="smallest |u*₁ᵢ|")
    entries = np.array([table["smallest_entry"].min(), 1])
    eigenvalues.plot(entries, 0.1 * entries**2, color=GREY, linestyle="--", linewidth=0.7)
    for colour, (d, rows) in zip(CYCLE, table.groupby("d"), strict=False):
        at, found = rows["smallest_entry"], rows["fixed_eigenvalue"]
        eigenvalues.plot(at, found, "o", color=colour, markersize=2, alpha=0.6, label=f"d = {d}")
        ratios.plot(at, found / at**2, "o", color=colour, markersize=2, alpha=0.6)
    eigenvalues.set(xscale="log", yscale="log", ylabel="smallest eigenvalue")
    eigenvalues.legend(loc="lower right")
    ratios.set(xscale="log", ylim=(0, 0.15), ylabel="eigenvalue / smallest entry²")
    return page


def draw_conditioning(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure S9: the smallest eigenvalue over its printed bound, against the condition number (Theorem D.5).

    A panel for each smooth activation, a curve for each spread of the singular values.
    """
    legend = [
        Line2D([], [], color=colour, linestyle=style, label=f"{SPREADS[spread]} for {'U*' if of == 'U' else 'U*, V*'}")
        for (spread, of), (colour, style) in CONDITIONED.items()
    ]
    xlabel, ylabel = "condition number κ", "eigenvalue / printed bound"
    page, axes = table_page(figure, SMOOTH_TITLES, columns=3, legend=legend, xlabel=xlabel, ylabel=ylabel)
    table = table.assign(ratio=table["smallest_eigenvalue"] / table["bound"])
    for panel, activation in zip(axes, SMOOTH_NAMES, strict=True):
        panel.axhspan(1e-2, 1, color=GREY, alpha=0.15, linewidth=0)
        for (spread, of), (colour, style) in CONDITIONED.items():
            rows = rows_where(table, activation=activation, spread=spread, condition_of=of)
            smallest = rows.groupby("kappa")["ratio"].min()
            panel.plot(smallest.index, smallest, color=colour, linestyle=style, marker="o", markersize=2)
        panel.set_xscale("log", base=2)
        panel.set(yscale="log", ylim=(4e-2, 1e6))
        label_ticks(panel.xaxis, (1, 4, 16, 64))
    return page


def draw_deviations(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure S10: how far a sample's Hessian is from the population's at the truth (Theorem C.2).

    A panel for each sweep, a colour for each activation.
    """
    legend = [
        Line2D([], [], color=colour, marker="o", markersize=3, linestyle="", label=ACTIVATIONS[activation])
        for activation, colour in COLOURS.items()
    ]
    titles = [f"{letter}) {sweep}" for letter, sweep in zip("abcd", SWEEPS, strict=True)]
    page, axes = table_page(figure, titles, columns=2, legend=legend, ylabel="spectral norm of the difference")
    for panel, (sweep, (label, ticks, slope)) in zip(axes, SWEEPS.items(), strict=True):
        for activation, colour in COLOURS.items():
            rows = rows_where(table, sweep=sweep, activation=activation).sort_values("size")
            at, deviation = rows["size"].to_numpy(), rows["deviation"].to_numpy()
            panel.plot(at, deviation, "o", color=colour, markersize=3)
            middle = np.exp(np.log(deviation).mean() + slope * (np.log(at) - np.log(at).mean()))
            panel.plot(at, middle, color=colour, linewidth=0.7, linestyle="--")
        panel.set(xscale="log", yscale="log", xlabel=label)
        label_ticks(panel.xaxis, ticks)
    return page


def draw_convergence(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure S11: gradient descent with fresh samples, beside the contraction 1 - M_l / M_u (Theorem 3.3).

    A panel for each activation, a curve for each descent.
    """
    legend = [
        Line2D([], [], color=BLUE, label="descents"),
        Line2D([], [], color=GREY, linestyle="--", label="1 − Mₗ/Mᵤ a step"),
        Line2D([], [], color=GREY, linestyle=":", label="(1 − Mₗ/Mᵤ)² a step"),
    ]
    ylabel = "|U − U*|² + |V − V*|²"
    page, axes = table_page(figure, SMOOTH_TITLES, columns=3, legend=legend, xlabel="steps", ylabel=ylabel)
    for panel, activation in zip(axes, SMOOTH_NAMES, strict=True):
        rows = rows_where(table, activation=activation).sort_values("step")
        for _, descent in rows.groupby("trial"):
            panel.plot(descent["step"], descent["squared_distance"], color=BLUE, linewidth=0.8, alpha=0.6)
        steps = np.array([0, rows["step"].max()])
        contraction = np.log1p(-rows["M_l"].iloc[0] / rows["M_u"].iloc[0])
        for power, style in ((1, "--"), (2, ":")):
            bound = rows["squared_distance"].max() * np.exp(power * contraction * steps)
            panel.plot(steps, bound, color=GREY, linestyle=style, linewidth=0.9)
        panel.set(yscale="log", ylim=(1e-21, 1))
    return page


def draw_phases(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure S12: shares of trials that recover the weights, over users and observations.

    A grid of cells for each start and activation, brighter where more trials recover.
    """
    shown = [(start, activation) for start in STARTS for activation in ACTIVATIONS]
    titles = [
        f"{letter}) {ACTIVATIONS[activation]}, {start} start"
        for letter, (start, activation) in zip("abcdef", shown, strict=True)
    ]
    page, axes = table_page(figure, titles, columns=3, xlabel="users, and as many items", ylabel="observations")
    table = table.assign(share=table["recovered"] / table["trials"])
    # A colour for every number of trials that a cell can have.
    trials = int(table["trials"].max())
    borders = (np.arange(trials + 2) - 0.5) / trials
    colours = matplotlib.colormaps["cividis"].resampled(trials + 1)
    counts = np.unique(np.linspace(0, trials, min(trials, 5) + 1).round())
    for panel, (start, activation) in zip(axes, shown, strict=True):
        rows = rows_where(table, start=start, activation=activation)
        share = rows.pivot_table("share", index="observed", columns="users")
        cells = panel.imshow(share, cmap=colours, norm=BoundaryNorm(borders, trials + 1), origin="lower", aspect="auto")
        panel.set_xticks(range(share.shape[1]), [f"{users:g}" for users in share.columns])
        panel.set_yticks(range(share.shape[0]), [f"{observed:g}" for observed in share.index])
    bar = page.colorbar(cells, ax=axes, label=f"trials that recover, of {trials}", shrink=0.6)
    bar.set_ticks([count / trials for count in counts], labels=[f"{count:g}" for count in counts])
    bar.ax.minorticks_off()
    return page


def draw_cold_start(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Figure S13: errors on ratings of unseen users, of linear and non-linear inductive matrix completion.

    A row for each model, with its splits and their mean. The title says where the ratings come from.
    """
    source = str(table["source"].iloc[0])
    title = f"MovieLens-1M ({data_mark(source, float(table['reduction'].iloc[0])) or PRINTED_SOURCES[source]})"
    xlabel = "root mean squared error on unseen users, in stars"
    page, (panel,) = table_page(figure, [title], columns=1, xlabel=xlabel)
    for place, model in enumerate(reversed(MODELS)):
        errors = table.loc[table["model"] == model, "rmse"]
        colour = VERMILION if model.startswith("NIMC") else BLUE if model == "IMC" else GREY
        panel.plot(errors, [place] * len(errors), "o", color=colour, markersize=2.5, alpha=0.4)
        panel.plot(errors.mean(), place, "|", color=colour, markersize=11, markeredgewidth=1.5)
        at_the_edge = panel.get_yaxis_transform()
        panel.text(1, place, f"{errors.mean():.3f}", transform=at_the_edge, size=SMALL_SIZE, va="center", color=colour)
    panel.set_yticks(range(len(MODELS)), list(reversed(MODELS)))
    panel.set_ylim(-0.6, len(MODELS) - 0.4)
    return page
