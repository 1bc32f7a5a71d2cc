"""Figure 8: the loss of a narrow and of a wide network over two random directions, as surfaces and contour lines."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from starnmf.choices import BatchNorm
from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.page import draw_surface, empty_page
from starnmf.figures.style import TEXT_WIDTH
from starnmf.networks.architecture import architecture_named
from starnmf.networks.protocol import scale_marks

ROW_HEIGHT = 2.4
"""Inches."""

LEVELS = 14
"""Contour lines from the smallest loss of both networks to the largest."""

WIDE_RANGE = 10.0
"""Losses of both networks together that span more than this factor are drawn on a logarithmic scale."""


def draw(figure: FigureEntry, surfaces: pd.DataFrame) -> Figure:
    """Draw the networks side by side, by width, on one scale of losses: the surface above, its contour lines below."""
    networks = sorted(surfaces["network"].unique(), key=lambda name: architecture_named(name).width)
    page = empty_page(
        f"Figure {figure.number}. {figure.title}",
        f"{figure.caption} {_how(surfaces)}",
        TEXT_WIDTH,
        2 * ROW_HEIGHT,
    )
    lowest, highest = float(surfaces["loss"].min()), float(surfaces["loss"].max())
    scale = (LogNorm if 0 < lowest < highest / WIDE_RANGE else Normalize)(lowest, highest)
    cells, panels = page.add_gridspec(2, len(networks)), []
    for column, name in enumerate(networks):
        rows = surfaces[surfaces["network"] == name]
        loss, convex = (rows.pivot(index="y", columns="x", values=value) for value in ("loss", "convex"))
        surface = page.add_subplot(cells[0, column], projection="3d")
        _draw_heights(surface, loss, scale)
        surface.set_title(_title(rows), loc="left")
        levels = page.add_subplot(cells[1, column])
        _draw_levels(levels, loss, convex, scale)
        panels += [surface, levels]
    page.colorbar(ScalarMappable(scale, "viridis"), ax=panels, label="training loss", shrink=0.6)
    return page


def _title(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    inner = rows["convex"].dropna().astype(bool)
    plain = "" if first["shortcuts"] else ", no shortcuts"
    return (
        f"{first['layers']} layers{plain}, k = {first['width']:g}, epoch {first['epoch']} of {first['epochs']}\n"
        f"convex at {inner.mean():.0%} of {len(inner)} points"
    )


def _how(surfaces: pd.DataFrame) -> str:
    first = surfaces.iloc[0]
    how = f"Loss on {first['line_images']:,} training images; batch norm {BatchNorm(first['batch_norm']).printed}."
    return " ".join([how, *(f"Not the paper's scale: {mark}." for mark in scale_marks(surfaces))])


def _draw_heights(panel: Any, losses: pd.DataFrame, scale: Normalize) -> None:
    """The surface, with heights on the scale; matplotlib has no logarithmic axis in three dimensions."""
    heights, limits, label = losses, (float(scale.vmin or 0), float(scale.vmax or 0)), "training loss"
    logarithmic = isinstance(scale, LogNorm)
    if logarithmic:
        heights, limits = losses.transform(np.log10), (float(np.log10(limits[0])), float(np.log10(limits[1])))
        label = "training loss, log scale"
    draw_surface(panel, heights, "direction 1", "direction 2", label, elev=30, azim=-55, limits=limits)
    panel.zaxis.set_major_locator(MaxNLocator(4, integer=logarithmic))
    if logarithmic:
        panel.zaxis.set_major_formatter(FuncFormatter(lambda power, _: f"{10**power:g}"))


def _draw_levels(panel: Any, losses: pd.DataFrame, convex: pd.DataFrame, scale: Normalize) -> None:
    """Contour lines in the colours of the scale, grey where the surface is not convex."""
    x, y, loss = losses.columns.to_numpy(), losses.index.to_numpy(), losses.to_numpy()
    levels = scale.inverse(np.linspace(0, 1, LEVELS + 2)[1:-1])
    panel.contour(x, y, loss, levels=levels, cmap="viridis", norm=scale, linewidths=0.7)
    half = (x[1] - x[0]) / 2
    # At the edge nothing is known.
    not_convex = np.ma.masked_equal(np.where(np.equal(convex.to_numpy(), False), 1.0, 0.0), 0.0)
    edges_x, edges_y = (np.append(along - half, along[-1] + half) for along in (x, y))
    panel.pcolormesh(edges_x, edges_y, not_convex, cmap=ListedColormap(["0.85"]), zorder=0)
    panel.plot(0, 0, "+", color="black", markersize=5)
    panel.set_xlabel("direction 1")
    panel.set_ylabel("direction 2")
    panel.set(xlim=edges_x[[0, -1]], ylim=edges_y[[0, -1]], aspect="equal")
    panel.set_xticks([-1, 0, 1])
    panel.set_yticks([-1, 0, 1])
