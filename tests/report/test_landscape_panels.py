"""What the panels of an interactive page draw, against plain computations from its tables."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from bokeh.models import HoverTool, LogAxis, Span

from starnmf.report.landscape import draw_landscape
from tests.filled_tables import write_filled
from tests.report.test_landscape_pages import TABLES

REGIMES = ("published", "converged")
RATES = {0.25: 3, 0.5: 2, 1.0: 1}
"""Subsamples of every rate."""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The panels of a dataset by row and column, and its tables, whose rows are in any order."""
    folder, random, kept = tmp_path_factory.mktemp("tables"), np.random.default_rng(4), {}
    tables = {
        "curvature": [
            {"rate": rate, "subsample": subsample, "optimum": optimum, "point": point}
            for rate, count in RATES.items()
            for subsample in range(count)
            for optimum in range(3)
            for point in range(5)
        ],
        "lines": [
            {"kind": kind, "line": line, "lambda": at}
            for kind in ("random-random", "random-optimum")
            for line in range(3)
            for at in (0.0, 0.25, 0.5, 1.0)
        ],
        "trajectory": [
            {"repetition": repetition, "time": 1e-7 * step, "step": step}
            for repetition in range(2)
            for step in (0, 1, 10, 100)
        ],
        "runs": [{"restart": 0}],
    }
    for kind, rows in tables.items():
        paths = []
        for regime in REGIMES:
            table = pd.DataFrame(rows).sample(frac=1, random_state=2).assign(dataset="orl", regime=regime)
            for column in ("alpha", "loss", "cosine"):
                table[column] = random.standard_normal(len(table))
            if kind == "trajectory":
                # At the last point there is neither a direction nor a segment.
                table.loc[table["step"] == 100, ["alpha", "cosine"]] = np.nan
            paths.append(folder / f"{kind}-{regime}.csv")
            write_filled(TABLES[kind], table, paths[-1])
        kept[kind] = TABLES[kind].read(paths)
    grid = draw_landscape(kept)
    return {(row, column): panel for panel, row, column in grid.children}, kept


def hovering(panel, renderer):
    """What hovering over the points of a renderer shows."""
    (tool,) = (tool for tool in panel.tools if isinstance(tool, HoverTool) and renderer in tool.renderers)
    return dict(tool.tooltips)


def data_of(renderer, *columns):
    """Columns of what a renderer draws, in the order of its x."""
    return np.array([renderer.data_source.data[column] for column in columns])


def zeros(panel):
    return [span.location for span in panel.center if isinstance(span, Span)]


def test_every_panel_is_named_by_its_regime_and_quantity(page):
    panels, _ = page
    found = {place: (p.title.text, p.xaxis[0].axis_label, p.yaxis[0].axis_label) for place, p in panels.items()}
    for column, regime in enumerate(REGIMES):
        time = "time t" if regime == "converged" else "time t, in gradient steps"
        expected = [
            (f"{regime}: curvature to optima", "subsample rate", "curvature α"),
            (f"{regime}: towards the end of a descent", "λ (1 at the end of the descent)", "loss per observed entry"),
            (f"{regime}: between random points", "λ", "loss per observed entry"),
            (f"{regime}: cosine during descent", time, "cosine similarity"),
            (f"{regime}: curvature during descent", time, "curvature α"),
        ]
        assert [found.pop((row, column)) for row in range(5)] == expected
    assert not found


@pytest.mark.parametrize("regime", REGIMES)
def test_histograms_are_those_of_each_rate_with_every_alpha_inside(page, regime):
    panels, tables = page
    panel = panels[0, REGIMES.index(regime)]
    table = tables["curvature"].query("regime == @regime")
    assert len(panel.renderers) == 2 * len(RATES)
    assert list(panel.xaxis[0].ticker.ticks) == list(RATES)
    assert zeros(panel) == [0]
    widest = []
    for rate, bars, dots in zip(RATES, panel.renderers[::2], panel.renderers[1::2], strict=True):
        rows = table[table["rate"] == rate]
        alpha = rows["alpha"].to_numpy()
        edges = np.linspace(alpha.min(), alpha.max(), int(np.ceil(np.log2(len(alpha)))) + 2)
        counts = [((alpha >= low) & (alpha < high)).sum() for low, high in pairwise(edges)]
        counts[-1] += 1  # the largest one
        left, right, bottom, top = data_of(bars, "left", "right", "bottom", "top")
        np.testing.assert_allclose(bottom, edges[:-1])
        np.testing.assert_allclose(top, edges[1:])
        np.testing.assert_allclose((left + right) / 2, rate)
        np.testing.assert_allclose((right - left) / (right - left).max(), np.array(counts) / max(counts), atol=1e-12)
        widest.append((right - left).max())
        columns = ["alpha", "subsample", "optimum", "point"]
        x, *drawn = data_of(dots, "x", *columns)
        expected = rows.sort_values("alpha")[columns].to_numpy().T
        np.testing.assert_allclose(np.array(drawn)[:, np.argsort(drawn[0])], expected, rtol=1e-6)
        inside = np.minimum(np.searchsorted(edges, drawn[0], side="right") - 1, len(counts) - 1).clip(0)
        assert (abs(x - rate) <= (right - left)[inside] / 2).all()
        assert hovering(panel, dots) == {
            "rate": f"{rate:g}",
            "subsample": "@subsample",
            "optimum": "@optimum",
            "point": "@point",
            "α": "@alpha{0.00000}",
        }
    assert 0 < widest[0] == pytest.approx(widest[1]) == pytest.approx(widest[2])
    assert widest[0] < np.diff(list(RATES)).min(), "histograms of neighbours would overlap"


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("row", "kind"), [(1, "random-optimum"), (2, "random-random")])
def test_lines_are_the_losses_of_each_segment(page, regime, row, kind):
    panels, tables = page
    panel = panels[row, REGIMES.index(regime)]
    assert len(panel.renderers) == 3
    for number, curve in enumerate(panel.renderers):
        rows = tables["lines"].query("regime == @regime and kind == @kind and line == @number").sort_values("lambda")
        assert (curve.glyph.x, curve.glyph.y) == ("lambda", "loss")
        np.testing.assert_array_equal(data_of(curve, "lambda", "loss"), rows[["lambda", "loss"]].T)
        assert hovering(panel, curve) == {"segment": str(number), "λ": "@lambda{0.00}", "loss": "@loss{0.00000}"}
    assert len({curve.glyph.line_color for curve in panel.renderers}) == 3


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(
    ("row", "quantity", "label"), [(3, "cosine", "cosine similarity"), (4, "alpha", "curvature α")]
)
def test_descents_are_the_quantity_along_each_of_them(page, regime, row, quantity, label):
    panels, tables = page
    panel = panels[row, REGIMES.index(regime)]
    axis = "time" if regime == "converged" else "step"
    assert isinstance(panel.xaxis[0], LogAxis) == (regime == "converged")
    assert zeros(panel) == [0]
    assert len(panel.renderers) == 4
    for number, (curve, dots) in enumerate(zip(panel.renderers[::2], panel.renderers[1::2], strict=True)):
        rows = tables["trajectory"].query("regime == @regime and repetition == @number and step < 100")
        # A logarithmic axis has no place for the start.
        rows = rows[(rows["time"] > 0) | (axis == "step")].sort_values("time")
        for drawn in (curve, dots):
            assert (drawn.glyph.x, drawn.glyph.y) == ("x", "value")
            expected = rows[[axis, "step", "time", quantity]].T
            np.testing.assert_array_equal(data_of(drawn, "x", "step", "time", "value"), expected)
        assert curve.glyph.line_color == dots.glyph.fill_color
        assert hovering(panel, dots) == {
            "to optimum": str(number),
            "t": "@time",
            "step": "@step{0}",
            label: "@value{0.00000}",
        }
