"""Figure 7: singular values of U* found on birdsong beside a random matrix's."""

import pandas as pd
from matplotlib.figure import Figure

from starnmf.figures import spectra
from starnmf.figures.catalogue import FIGURES


def draw(table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw the panels of a spectrum table."""
    return spectra.draw(FIGURES["figure07"], table, runs)
