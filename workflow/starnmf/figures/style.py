"""The look all figures share: print size, fonts, colours, numbers at ticks, and how files are saved."""

import json
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter

from starnmf.results.atomic import atomic_write
from starnmf.stamp import stamp

TEXT_WIDTH = 6.75
"""Inches: the text block of a two-column page."""
COLUMN_WIDTH = 3.25
"""Inches: one column of it."""

BODY_SIZE = 7.0
SMALL_SIZE = 6.0
TITLE_SIZE = 8.0
"""Points. The fonts come with matplotlib, so that every machine draws the same."""

# Okabe and Ito's palette, told apart with any colour vision; its yellow is too faint for thin lines on white.
BLUE, VERMILION, GREEN, PURPLE, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
CYCLE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE)
GREY = "#5A5A5A"

RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": BODY_SIZE,
    "mathtext.fontset": "dejavusans",
    "axes.labelsize": BODY_SIZE,
    "axes.titlesize": TITLE_SIZE,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": SMALL_SIZE,
    "ytick.labelsize": SMALL_SIZE,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "xtick.major.pad": 2.0,
    "ytick.major.pad": 2.0,
    "lines.linewidth": 1.0,
    "legend.fontsize": BODY_SIZE,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
}


class ShortNumbers(Formatter):
    """Tick labels with as many digits as tell the ticks apart, and `e` where plain digits run long.

    Matplotlib's own writes a common factor above the axis, where the panel's title stands.
    """

    def __init__(self) -> None:
        self._ticks = np.empty(0)

    def set_locs(self, locs: npt.ArrayLike) -> None:
        """Take note of all ticks of the axis."""
        self._ticks = np.asarray(locs, dtype=np.float64)

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label of the tick at `x`."""
        largest = float(np.max(np.abs(self._ticks), initial=0.0)) or 1.0
        exponent = int(np.floor(np.log10(largest)))
        if -3 <= exponent <= 4:
            exponent = 0
        if x == 0:
            return "0"
        scaled = self._ticks / 10.0**exponent
        digits = next((d for d in range(6) if np.allclose(scaled, scaled.round(d), rtol=0, atol=1e-8)), 6)
        mantissa = f"{x / 10.0**exponent:.{digits}f}".replace("-", "\N{MINUS SIGN}")
        return mantissa if exponent == 0 else f"{mantissa}e{exponent}".replace("e-", "e\N{MINUS SIGN}")


def save(figure: Figure, data: Mapping[str, Any], pdf: Path, png: Path) -> None:
    """Write a figure as PDF and PNG (200 dpi), without dates, so that the same figure gives the same bytes.

    Both say how they were made (`starnmf.stamp.stamp`) and from what `data`, as JSON: the PDF under Keywords, the PNG
    under Provenance.
    """
    FigureCanvasAgg(figure)
    provenance = json.dumps(stamp() | {"data": data}, sort_keys=True)
    with matplotlib.rc_context(RC):
        with atomic_write(pdf) as temporary:
            figure.savefig(temporary, format="pdf", metadata={"CreationDate": None, "Keywords": provenance})
        with atomic_write(png) as temporary:
            figure.savefig(temporary, format="png", metadata={"Provenance": provenance})


def lines_of(text: str, width: float, size: float) -> list[str]:
    """`text` broken into lines that fit `width` inches at `size` points."""
    return textwrap.wrap(text, width=int(width * 72 / (0.52 * size)))
