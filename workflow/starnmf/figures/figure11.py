"""Figure 11: relative deviation of the curvature against data size, for every dataset."""

import pandas as pd
from matplotlib.figure import Figure

from starnmf.figures import deviations
from starnmf.figures.catalogue import FIGURES


def draw(table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw the panels of a curvature table."""
    return deviations.draw(FIGURES["figure11"], table, runs)
