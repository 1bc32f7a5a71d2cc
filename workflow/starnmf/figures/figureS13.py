"""Figure S13: errors on ratings of unseen users, of linear and non-linear inductive matrix completion."""

import pandas as pd
from matplotlib.figure import Figure

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.provenance import data_mark
from starnmf.figures.style import BLUE, GREY, SMALL_SIZE, VERMILION
from starnmf.figures.table_page import table_page

MODELS = ("global mean", "additive", "IMC", "NIMC sigmoid", "NIMC tanh", "NIMC ReLU", "genre mean", "movie mean")
"""From top to bottom; the last alone knows which movie it is."""


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw a row for each model: the splits, and their mean."""
    page, (panel,) = table_page(figure, [f"MovieLens-1M ({origin(table)})"], columns=1)
    for place, model in enumerate(reversed(MODELS)):
        errors = table.loc[table["model"] == model, "rmse"]
        colour = VERMILION if model.startswith("NIMC") else BLUE if model == "IMC" else GREY
        panel.plot(errors, [place] * len(errors), "o", color=colour, markersize=2.5, alpha=0.4)
        panel.plot(errors.mean(), place, "|", color=colour, markersize=11, markeredgewidth=1.5)
        panel.annotate(
            f"{errors.mean():.3f}",
            (1, place),
            xycoords=("axes fraction", "data"),
            size=SMALL_SIZE,
            va="center",
            color=colour,
        )
    panel.set_yticks(range(len(MODELS)), list(reversed(MODELS)))
    panel.set_ylim(-0.6, len(MODELS) - 0.4)
    panel.set_xlabel("root mean squared error on unseen users, in stars")
    return page


def origin(table: pd.DataFrame) -> str:
    """Where the ratings come from, and how much smaller they are than what is published."""
    source = str(table["source"].iloc[0])
    return data_mark(source, float(table["reduction"].iloc[0])) or source
