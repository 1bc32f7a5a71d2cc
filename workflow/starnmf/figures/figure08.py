"""Figure 8: the loss of a narrow and of a wide network over two random directions, as surfaces and level lines."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.page import empty_page
from starnmf.figures.style import SMALL_SIZE, TEXT_WIDTH
from starnmf.networks.architecture import architecture_named
from starnmf.networks.protocol import scale_marks

Array = npt.NDArray[np.float64]

ROW_HEIGHT = 2.4
"""Inches."""

LEVELS = 12


def draw(figure: FigureEntry, surfaces: pd.DataFrame) -> Figure:
    """Draw the networks side by side, by width: the surface above, its level lines below."""
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
        wide = rows.pivot(index="y", columns="x", values="loss")
        x, y = wide.columns.to_numpy(dtype=float), wide.index.to_numpy(dtype=float)
        loss = wide.to_numpy(dtype=float)
        _draw_surface(page.add_subplot(cells[0, column], projection="3d"), x, y, loss, _title(rows))
        convex = rows.pivot(index="y", columns="x", values="convex").to_numpy()
        _draw_levels(page.add_subplot(cells[1, column]), x, y, loss, convex)
    return page


def _title(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    inner = rows["convex"].notna()
    share = rows.loc[inner, "convex"].astype(bool).mean()
    plain = "" if first["shortcuts"] else ", no shortcuts"
    return (
        f"{first['layers']} layers{plain}, k = {first['width']:g}, epoch {first['epoch']} of {first['epochs']}\n"
        f"convex at {share:.0%} of {inner.sum()} points"
    )


def _how(surfaces: pd.DataFrame) -> str:
    first = surfaces.iloc[0]
    how = f"Loss on {first['line_images']:,} training images; batch norm: {first['batch_norm']}."
    return " ".join([how, *(f"Not the paper's scale: {mark}." for mark in scale_marks(surfaces))])


def _draw_surface(panel: Any, x: Array, y: Array, loss: Array, title: str) -> None:
    """The surface, on a logarithmic height where the loss spans more than a factor of 100."""
    heights, label = (np.log10(loss), "log10 loss") if loss.max() > 100 * loss.min() else (loss, "loss")
    panel.plot_surface(*np.meshgrid(x, y), heights, cmap="viridis", rcount=len(y), ccount=len(x), linewidth=0)
    panel.set_title(title, loc="left")
    panel.set_xlabel("direction 1", labelpad=-6)
    panel.set_ylabel("direction 2", labelpad=-6)
    panel.set_zlabel(label, labelpad=-6)
    panel.set_xticks([-1, 0, 1])
    panel.set_yticks([-1, 0, 1])
    panel.tick_params(pad=-3)
    panel.view_init(elev=30, azim=-55)


def _draw_levels(panel: Any, x: Array, y: Array, loss: Array, convex: Any) -> None:
    """Level lines with their loss, grey where the surface is not convex."""
    # As much of the square between any two lines.
    levels = np.unique(np.quantile(loss, np.linspace(0, 1, LEVELS + 2)[1:-1]))
    lines = panel.contour(x, y, loss, levels=levels, cmap="viridis", linewidths=0.7)
    panel.clabel(lines, fontsize=SMALL_SIZE - 1, fmt=lambda value: f"{value:.3g}")
    half = (x[1] - x[0]) / 2
    # At the edge it is neither.
    not_convex = np.ma.masked_equal(np.where(np.equal(convex, False), 1.0, 0.0), 0.0)
    edges_x, edges_y = (np.append(along - half, along[-1] + half) for along in (x, y))
    panel.pcolormesh(edges_x, edges_y, not_convex, cmap=ListedColormap(["0.85"]), zorder=0)
    panel.plot(0, 0, "+", color="black", markersize=5)
    panel.set_xlabel("direction 1")
    panel.set_ylabel("direction 2")
    panel.set_xticks([-1, 0, 1])
    panel.set_yticks([-1, 0, 1])
    panel.set_aspect("equal")
