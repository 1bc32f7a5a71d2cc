"""Figure S5: what noise and finite samples leave of the error of alternating updates."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starnmf.companions.purification.floors import EXAMPLES, MIDDLE, SAMPLED_STRENGTH
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.style import CYCLE, GREY
from starnmf.figures.table_page import table_page

NOISES = {"none": "no noise", "adversarial": "adversarial", "unbiased": "unbiased"}

SHOWN = (0.005, 20)


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw the errors against adversarial noise, unbiased noise, and samples."""
    table = table.assign(left=table[["off_diagonal", "outside"]].max(axis=1))
    titles = ["a) adversarial noise", "b) unbiased noise", "c) samples"]
    page, (adversarial, unbiased, samples) = table_page(figure, titles, columns=3)
    least = table[table["pseudo_inverse"] == "least-infinity"]
    of_size = least[least["samples"] == EXAMPLES]
    _draw_strengths(adversarial, of_size, "adversarial")
    _draw_strengths(unbiased, of_size, "unbiased")
    penrose = table[(table["pseudo_inverse"] == "moore-penrose") & (table["noise"] == "unbiased")]
    line = penrose.groupby("strength")["left"].mean()
    unbiased.plot(line.index, line, color=CYCLE[1], linestyle="--", label=f"{MIDDLE}, Moore-Penrose")
    _draw_samples(samples, least[least["n"] == MIDDLE])
    for panel in (adversarial, unbiased):
        panel.set_xlabel("strength of the noise")
        panel.set_ylim(*SHOWN)
        panel.legend(loc="upper left", title="features", alignment="left")
    adversarial.set_ylabel("error that is left")
    return page


def _draw_strengths(panel: Axes, table: pd.DataFrame, noise: str) -> None:
    for colour, (n, rows) in zip(CYCLE, table.groupby("n"), strict=False):
        line = rows[rows["noise"] == noise].groupby("strength")["left"].mean()
        panel.plot(line.index, line, color=colour, marker="o", markersize=2, label=str(n))
        panel.axhline(rows.loc[rows["noise"] == "none", "left"].mean(), color=colour, linestyle=":", linewidth=0.8)
    panel.set_xscale("log")
    panel.set_yscale("log")


def _draw_samples(panel: Axes, table: pd.DataFrame) -> None:
    table = table[table["strength"].isin([0.0, SAMPLED_STRENGTH])]
    for colour, (noise, label) in zip((GREY, *CYCLE), NOISES.items(), strict=False):
        line = table[table["noise"] == noise].groupby("samples")["left"].mean()
        panel.plot(line.index, line, color=colour, marker="o", markersize=2, label=label)
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_ylim(*SHOWN)
    panel.set_xlabel("samples of an iteration")
    panel.legend(loc="upper right")
