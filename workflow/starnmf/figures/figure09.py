"""Figure 9: curvature during descent, for every dataset."""

import pandas as pd
from matplotlib.figure import Figure

from starnmf.figures import bands
from starnmf.figures.catalogue import FIGURES


def draw(table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw the panels of a trajectory table."""
    return bands.draw(FIGURES["figure09"], table, runs, ("alpha",))
