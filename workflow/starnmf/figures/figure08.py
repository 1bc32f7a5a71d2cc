"""Figure 8: the loss of a narrow and of a wide network over two random directions, as surfaces and contour lines."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.page import draw_surface, empty_page
from starnmf.figures.style import SMALL_SIZE, TEXT_WIDTH
from starnmf.networks.architecture import architecture_named
from starnmf.networks.protocol import scale_marks

ROW_HEIGHT = 2.4
"""Inches."""

LEVELS = 12

WIDE_RANGE = 100.0
"""A surface whose losses span more than this factor has a logarithmic height."""


def draw(figure: FigureEntry, surfaces: pd.DataFrame) -> Figure:
    """Draw the networks side by side, by width: the surface above, its contour lines below."""
    networks = sorted(surfaces["network"].unique(), key=lambda name: architecture_named(name).width)
    page = empty_page(
        f"Figure {figure.number}. {figure.title}",
        f"{figure.caption} {_how(surfaces)}",
        TEXT_WIDTH,
        2 * ROW_HEIGHT,
    )
    cells = page.add_gridspec(2, len(networks))
    for column, name in enumerate(networks):
        rows = surfaces[surfaces["network"] == name]
        loss, convex = (rows.pivot(index="y", columns="x", values=value) for value in ("loss", "convex"))
        heights, label = (loss, "loss")
        if rows["loss"].max() > WIDE_RANGE * rows["loss"].min():
            heights, label = np.log10(loss), "log10 loss"
        surface = page.add_subplot(cells[0, column], projection="3d")
        draw_surface(surface, heights, "direction 1", "direction 2", label, elev=30, azim=-55)
        surface.set_title(_title(rows), loc="left")
        _draw_levels(page.add_subplot(cells[1, column]), loss, convex)
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
    how = f"Loss on {first['line_images']:,} training images; batch norm: {first['batch_norm']}."
    return " ".join([how, *(f"Not the paper's scale: {mark}." for mark in scale_marks(surfaces))])


def _draw_levels(panel: Any, losses: pd.DataFrame, convex: pd.DataFrame) -> None:
    """Contour lines labelled with their loss, grey where the surface is not convex."""
    x, y, loss = losses.columns.to_numpy(), losses.index.to_numpy(), losses.to_numpy()
    # The areas between neighbouring contour lines are equal.
    levels = np.unique(np.quantile(loss, np.linspace(0, 1, LEVELS + 2)[1:-1]))
    lines = panel.contour(x, y, loss, levels=levels, cmap="viridis", linewidths=0.7)
    panel.clabel(lines, fontsize=SMALL_SIZE - 1, fmt=lambda value: f"{value:.3g}")
    half = (x[1] - x[0]) / 2
    # At the edge nothing is known.
    not_convex = np.ma.masked_equal(np.where(np.equal(convex.to_numpy(), False), 1.0, 0.0), 0.0)
    edges_x, edges_y = (np.append(along - half, along[-1] + half) for along in (x, y))
    panel.pcolormesh(edges_x, edges_y, not_convex, cmap=ListedColormap(["0.85"]), zorder=0)
    panel.plot(0, 0, "+", color="black", markersize=5)
    panel.set_xlabel("direction 1")
    panel.set_ylabel("direction 2")
    panel.set_xticks([-1, 0, 1])
    panel.set_yticks([-1, 0, 1])
    panel.set_aspect("equal")
