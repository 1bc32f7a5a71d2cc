"""The style of all figures: size, fonts, colours, tick labels, and how files are saved."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, NullLocator

from starnmf.results.atomic import atomic_write
from starnmf.stamp import stamp

TEXT_WIDTH = 6.75
"""Inches: the text block of a two-column page."""
COLUMN_WIDTH = 3.25
"""Inches: one column of it."""

BODY_SIZE = 7.0
SMALL_SIZE = 6.0
TITLE_SIZE = 8.0
"""Points. The fonts are part of matplotlib, so that figures are the same on every machine."""

# Okabe and Ito's palette, which any colour vision can distinguish, without yellow, too faint for thin lines on white.
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
    "lines.linewidth": 1.0,
    "legend.fontsize": BODY_SIZE,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "figure.dpi": 200,
}
TICKS = {
    "labelsize": SMALL_SIZE,
    "major.width": 0.6,
    "minor.width": 0.4,
    "major.size": 2.5,
    "minor.size": 1.5,
    "major.pad": 2.0,
}
RC |= {f"{axis}tick.{name}": value for axis in "xy" for name, value in TICKS.items()}


def label_ticks(axis: Axis, ticks: Iterable[float]) -> None:
    """Set ticks at these numbers only, with plain digits or, in a mapping, with the labels."""
    labels = ticks.values() if isinstance(ticks, Mapping) else [f"{tick:g}" for tick in ticks]
    axis.set_minor_locator(NullLocator())
    axis.set_ticks(list(ticks), labels)


class ShortNumbers(Formatter):
    """Tick labels with as few digits as distinguish the ticks, in scientific notation where numbers would be long.

    Matplotlib's own writes a common factor above the axis, where the panel's title is.
    """

    def __init__(self) -> None:
        self._ticks = np.empty(0)

    def set_locs(self, locs: npt.ArrayLike) -> None:
        """Set all ticks of the axis."""
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

    Both have their provenance (`starnmf.stamp.stamp`, and the `data`) as JSON: the PDF under Keywords, the PNG under
    Provenance.
    """
    FigureCanvasAgg(figure)
    provenance = json.dumps(stamp() | {"data": data}, sort_keys=True)
    with matplotlib.rc_context(RC):
        _lay_out(figure)
        with atomic_write(pdf) as temporary:
            figure.savefig(temporary, format="pdf", metadata={"CreationDate": None, "Keywords": provenance})
        with atomic_write(png) as temporary:
            figure.savefig(temporary, format="png", metadata={"Provenance": provenance})


def _lay_out(figure: Figure) -> None:
    """Place the panels for good: matplotlib would do so twice for each file, which takes longer than to draw them."""
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine(None)
