"""Lines that curves are read against: zero, and the time of the paper's last step; each with its legend entry."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import LogFormatterSciNotation, LogLocator

from starnmf.arrays import Array
from starnmf.figures.style import GREY, VERMILION

ZERO: Any = {"color": VERMILION, "linewidth": 0.7, "linestyle": (0, (4, 2))}
PAPER_STOP: Any = {"color": GREY, "linewidth": 0.8, "linestyle": ":"}


def zero_entry() -> Line2D:
    """The legend entry of the line at zero."""
    return Line2D([], [], **ZERO, label="zero")


def show_zero(panel: Axes) -> None:
    """Draw a line at zero, below the curves."""
    panel.axhline(0, **ZERO, zorder=0.9)


def paper_stop_entry() -> Line2D:
    """The legend entry of the time of the paper's last step."""
    return Line2D([], [], **PAPER_STOP, label="the paper's stop")


def show_time(panel: Axes, paper_time: float, times: Array) -> None:
    """Make the axis of time logarithmic and mark the time of the paper's last step."""
    panel.set_xscale("log")
    panel.set_xlim(times.min(), max(times.max(), 2 * times.min()))
    panel.xaxis.set_major_locator(LogLocator(numticks=4))
    panel.xaxis.set_major_formatter(LogFormatterSciNotation())
    panel.set_xticks([], minor=True)
    panel.axvline(paper_time, **PAPER_STOP)
