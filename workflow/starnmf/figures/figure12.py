"""Figure 12: singular values of U* beside a random matrix's, for every dataset."""

import pandas as pd
from matplotlib.figure import Figure

from starnmf.figures import spectra
from starnmf.figures.catalogue import FIGURES


def draw(table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw the panels of a spectrum table."""
    return spectra.draw(FIGURES["figure12"], table, runs)
