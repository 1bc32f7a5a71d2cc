"""Figure S6: the error of alternating updates where the theorems' conditions do not hold."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starnmf.companions.purification.conditions import REQUIRED_IMBALANCE
from starnmf.companions.purification.model import WARM_START
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.style import CYCLE, GREY
from starnmf.figures.table_page import table_page

Labels = Mapping[tuple[object, ...], str]

SMALLEST = 1e-12
"""Errors below are drawn there: what is left is rounding."""

DECODINGS: Labels = {("relu", 0.25): "ReLU, α = 0.25", ("relu", 0.0): "ReLU, α = 0", ("linear", 0.0): "without ReLU"}
LAWS: Labels = {("bernoulli",): "0 or 1", ("graded",): "0, 1/2 or 1"}
PREPROCESSING: Labels = {("none",): "as they are", ("balancing",): "balanced"}


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw the errors against the warm start, the sparsity, and the imbalance of the weights."""
    titles = ["a) warm start", "b) sparsity", "c) imbalance"]
    page, (warm_start, sparsity, imbalance) = table_page(figure, titles, columns=3)
    by_condition = dict(list(table.groupby("condition")))
    _draw_lines(warm_start, by_condition["warm-start"], ["decoding", "threshold"], DECODINGS)
    _draw_lines(sparsity, by_condition["sparsity"], ["law"], LAWS)
    _draw_lines(imbalance, by_condition["imbalance"], ["preprocessing"], PREPROCESSING)
    for panel, required in ((warm_start, WARM_START), (imbalance, REQUIRED_IMBALANCE)):
        panel.axvline(required, color=GREY, linewidth=0.8, linestyle=":")
        panel.set_xscale("log")
    warm_start.set_xlabel("|E|ₛ of the start")
    sparsity.set_xlabel("probability s / n of a weight")
    imbalance.set_xlabel("largest over smallest E[x²]")
    warm_start.set_ylabel("largest error |Â − A*|₁")
    return page


def _draw_lines(panel: Axes, rows: pd.DataFrame, keys: list[str], labels: Labels) -> None:
    """The largest error over trials and starts against the condition's value, a line for every value of the keys."""
    for colour, marker, size, (key, label) in zip(CYCLE, "os^", (5, 3, 3), labels.items(), strict=False):
        picked = (rows[keys] == list(key)).all(axis=1)
        line = rows[picked].groupby("value")["error"].max().clip(lower=SMALLEST)
        panel.plot(line.index, line, color=colour, marker=marker, markersize=size, label=label)
    panel.set_yscale("log")
    panel.set_ylim(SMALLEST / 3, 10)
    panel.legend(loc="center left", bbox_to_anchor=(0.18, 0.45))
