"""Interactive plots of one dataset: curvatures, losses along segments, and descents; hovering identifies a point.

Plots and Bokeh's script are compressed: a report holds a page as a data address, which browsers limit to 2 MB.
"""

import base64
import gzip
import html
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from bokeh.core.types import ID
from bokeh.embed import json_item
from bokeh.layouts import gridplot
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.models.annotations import Span
from bokeh.models.plots import GridPlot
from bokeh.plotting import figure
from bokeh.resources import Resources

from starnmf.arrays import Array
from starnmf.errors import InputError
from starnmf.factorization.tables import RUNS
from starnmf.figures.provenance import display_name, footer, provenance_of
from starnmf.figures.style import BLUE, CYCLE, VERMILION
from starnmf.landscape.tables import CURVATURE, LINES, TRAJECTORY
from starnmf.report.page import write_document

HEIGHT = 320
"""Pixels of a panel."""

SHOWN_POINTS = 1000
"""Most alphas of a rate that are drawn as points; of more, quantiles at even distances. Histograms are of all."""

TOOLS = "pan,box_zoom,wheel_zoom,save,reset"

SHOW = """
async function unpacked(name) {
  const packed = atob(document.getElementById(name).textContent);
  const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}
async function show() {
  const library = document.createElement("script");
  library.textContent = await unpacked("library");
  document.head.append(library);
  Bokeh.embed.embed_item(JSON.parse(await unpacked("plots-packed")));
}
show();
"""


def write_landscape(
    curvature: Sequence[Path], lines: Sequence[Path], trajectories: Sequence[Path], runs: Sequence[Path], page: Path
) -> None:
    """Write the page of a dataset from its landscape tables, under any regimes, and its runs tables.

    Raises `InputError` on files that do not fit, and on those of several datasets.
    """
    tables = {
        "curvature": CURVATURE.read(curvature),
        "lines": LINES.read(lines),
        "trajectory": TRAJECTORY.read(trajectories),
        "runs": RUNS.read(runs),
    }
    datasets = sorted({dataset for table in tables.values() for dataset in table["dataset"]})
    if len(datasets) != 1:
        raise InputError(f"{page}: found tables of {', '.join(datasets) or 'no dataset'}; expected those of one")
    known = {str(regime): rows for regime, rows in tables["runs"].groupby("regime", sort=False)}
    notes = [
        footer(regime, list(rows["descent"]), [provenance_of(datasets[0], rows)]) for regime, rows in known.items()
    ]
    mark = provenance_of(datasets[0], tables["runs"]).mark
    title = display_name(datasets[0]) + (f" ({mark})" if mark else "")
    library = Resources(mode="inline", components=["bokeh"]).js_raw[0]
    plots = json.dumps(json_item(draw_landscape(tables), ID("plots")))
    write_document(
        title,
        f'<h1>{html.escape(title)}</h1>\n<p>{html.escape(" ".join(notes))}</p>\n<div id="plots"></div>\n'
        f"{_packed('library', library)}{_packed('plots-packed', plots)}<script>{SHOW}</script>",
        page,
    )


def _packed(name: str, text: str) -> str:
    """Compressed text that the page's script finds by its name."""
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    return f'<script type="text/plain" id="{name}">{packed}</script>\n'


def draw_landscape(tables: dict[str, pd.DataFrame]) -> GridPlot:
    """The panels of one dataset: a column for each regime, in the order of the curvature table."""
    columns = [
        _draw_regime(str(regime), {kind: table[table["regime"] == regime] for kind, table in tables.items()})
        for regime in tables["curvature"]["regime"].unique()
    ]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return gridplot(rows, sizing_mode="stretch_width", toolbar_options={"logo": None})


def _draw_regime(regime: str, tables: dict[str, pd.DataFrame]) -> list[figure]:
    segments = {kind: tables["lines"].query("kind == @kind") for kind in ("random-optimum", "random-random")}
    return [
        _draw_curvature(f"{regime}: curvature to optima", tables["curvature"]),
        _draw_segments(
            f"{regime}: towards the end of a descent", segments["random-optimum"], "λ (1 at the end of the descent)"
        ),
        _draw_segments(f"{regime}: between random points", segments["random-random"], "λ"),
        _draw_descents(f"{regime}: cosine during descent", tables["trajectory"], "cosine", "cosine similarity"),
        _draw_descents(f"{regime}: curvature during descent", tables["trajectory"], "alpha", "curvature α"),
    ]


def _panel(title: str, xlabel: str, ylabel: str, logarithmic: bool = False) -> figure:
    return figure(
        title=title,
        height=HEIGHT,
        x_axis_label=xlabel,
        y_axis_label=ylabel,
        x_axis_type="log" if logarithmic else "linear",
        tools=TOOLS,
    )


def _draw_curvature(title: str, table: pd.DataFrame) -> figure:
    """At every rate a histogram of alpha, symmetric about the rate, with alphas as points inside it."""
    panel = _panel(title, "subsample rate", "curvature α")
    rates = np.sort(table["rate"].unique())
    half = 0.45 * float(np.diff(rates, append=rates[-1] + 0.1).min())
    for rate, rows in table.groupby("rate"):
        alpha = rows["alpha"].to_numpy(dtype=np.float64)
        counts, edges = np.histogram(alpha, bins="sturges")
        widths = half * counts / counts.max()
        at = float(rate)  # type: ignore[arg-type]
        panel.quad(left=at - widths, right=at + widths, bottom=edges[:-1], top=edges[1:], color=BLUE, alpha=0.25)
        shown = rows.iloc[_evenly(alpha)]
        bins = np.clip(np.searchsorted(edges, shown["alpha"], side="right") - 1, 0, len(counts) - 1)
        points = ColumnDataSource(
            {
                "x": (at + _spread(len(shown)) * widths[bins]).astype(np.float32),
                "alpha": shown["alpha"].to_numpy(dtype=np.float32),
                "subsample": shown["subsample"].to_numpy(dtype=np.int32),
                "optimum": shown["optimum"].to_numpy(dtype=np.int32),
                "point": shown["point"].to_numpy(dtype=np.int32),
            }
        )
        dots = panel.scatter("x", "alpha", source=points, size=4, color=BLUE, alpha=0.7)
        tooltips = [("rate", f"{at:g}"), ("subsample", "@subsample"), ("optimum", "@optimum"), ("point", "@point")]
        tooltips += [("α", "@alpha{0.00000}")]
        panel.add_tools(HoverTool(renderers=[dots], tooltips=tooltips, visible=False))
    panel.xaxis.ticker = rates.tolist()
    _mark_zero(panel)
    return panel


def _evenly(values: Array) -> npt.NDArray[np.intp]:
    """At most `SHOWN_POINTS` positions, evenly spaced in the order of the values, with the smallest and largest."""
    count = min(len(values), SHOWN_POINTS)
    return np.argsort(values)[np.linspace(0, len(values) - 1, count).round().astype(np.intp)]


def _spread(count: int) -> Array:
    """Numbers from -0.8 to 0.8, neighbours far apart: fractional parts of multiples of the golden ratio."""
    return np.arange(count, dtype=np.float64) * 0.6180339887498949 % 1 * 1.6 - 0.8


def _draw_segments(title: str, table: pd.DataFrame, xlabel: str) -> figure:
    """The loss along every segment."""
    panel = _panel(title, xlabel, "loss per observed entry")
    for index, (segment, rows) in enumerate(table.sort_values("lambda").groupby("line")):
        points = ColumnDataSource({"lambda": rows["lambda"].to_numpy(), "loss": rows["loss"].to_numpy()})
        curve = panel.line("lambda", "loss", source=points, color=CYCLE[index % len(CYCLE)], line_width=1.5)
        tooltips = [("segment", f"{segment}"), ("λ", "@lambda{0.00}"), ("loss", "@loss{0.00000}")]
        panel.add_tools(HoverTool(renderers=[curve], tooltips=tooltips, visible=False))
    return panel


def _draw_descents(title: str, table: pd.DataFrame, quantity: str, ylabel: str) -> figure:
    """A column of the trajectory table along every descent; under `converged` the time axis is logarithmic."""
    logarithmic = set(table["regime"]) == {"converged"}
    panel = _panel(title, "time t" if logarithmic else "time t, in gradient steps", ylabel, logarithmic)
    table = table.dropna(subset=quantity).sort_values("time")
    if logarithmic:
        table = table[table["time"] > 0]
    for index, (repetition, rows) in enumerate(table.groupby("repetition")):
        columns = {"x": "time" if logarithmic else "step", "step": "step", "time": "time", "value": quantity}
        points = ColumnDataSource({name: rows[column].to_numpy() for name, column in columns.items()})
        color = CYCLE[index % len(CYCLE)]
        panel.line("x", "value", source=points, color=color)
        dots = panel.scatter("x", "value", source=points, size=4, color=color)
        tooltips = [("to optimum", f"{repetition}"), ("t", "@time"), ("step", "@step{0}"), (ylabel, "@value{0.00000}")]
        panel.add_tools(HoverTool(renderers=[dots], tooltips=tooltips, visible=False))
    _mark_zero(panel)
    return panel


def _mark_zero(panel: figure) -> None:
    panel.add_layout(Span(location=0, dimension="width", line_color=VERMILION, line_dash="dashed", line_width=1))
