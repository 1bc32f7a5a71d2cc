"""Figure S12: shares of trials that recover the weights, over users and observations."""

import pandas as pd
from matplotlib.figure import Figure

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.table_page import table_page

ACTIVATIONS = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"}
STARTS = ("near", "random")


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw a grid of cells for each start and activation, darker where more trials recover."""
    shown = [(start, activation) for start in STARTS for activation in ACTIVATIONS]
    titles = [
        f"{letter}) {ACTIVATIONS[activation]}, {start} start"
        for letter, (start, activation) in zip("abcdef", shown, strict=True)
    ]
    page, axes = table_page(figure, titles, columns=3)
    for panel, (start, activation) in zip(axes, shown, strict=True):
        rows = table[(table["start"] == start) & (table["activation"] == activation)]
        share = (rows["recovered"] / rows["trials"]).groupby([rows["observed"], rows["users"]]).mean().unstack()
        cells = panel.imshow(share, cmap="cividis", vmin=0, vmax=1, origin="lower", aspect="auto")
        panel.set_xticks(range(share.shape[1]), [f"{users:g}" for users in share.columns])
        panel.set_yticks(range(share.shape[0]), [f"{observed:g}" for observed in share.index])
    for panel in axes[3:]:
        panel.set_xlabel("users, and as many items")
    for panel in axes[::3]:
        panel.set_ylabel("observations")
    page.colorbar(cells, ax=axes, label="share recovered", shrink=0.6)
    return page
