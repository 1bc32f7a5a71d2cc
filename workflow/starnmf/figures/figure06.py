"""Figure 6: cosine similarity and curvature during descent, for the paper's two datasets."""

import pandas as pd
from matplotlib.figure import Figure

from starnmf.figures import bands
from starnmf.figures.catalogue import FIGURES


def draw(table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw the panels of a trajectory table."""
    return bands.draw(FIGURES["figure06"], table, runs, ("cosine", "alpha"))
