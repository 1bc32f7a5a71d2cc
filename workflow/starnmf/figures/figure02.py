"""Figure 2: the surface of (|x|^p + |y|^p)^(1/p), star-convex and not convex, and its level lines."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from starnmf.figures.catalogue import FigureEntry
from starnmf.figures.table_page import table_page


def draw(figure: FigureEntry, table: pd.DataFrame) -> Figure:
    """Draw the surface over its level lines."""
    page, axes = table_page(figure, [""], columns=1, projection="3d")
    surface: Any = axes[0]
    wide = table.pivot(index="y", columns="x", values="value")
    x, y = np.meshgrid(wide.columns.to_numpy(dtype=float), wide.index.to_numpy(dtype=float))
    heights = wide.to_numpy(dtype=float)
    surface.plot_surface(x, y, heights, cmap="viridis", rcount=len(y), ccount=len(x), linewidth=0)
    surface.contour(x, y, heights, levels=8, offset=0, cmap="viridis", linewidths=0.5)
    surface.set_xlabel("x", labelpad=-6)
    surface.set_ylabel("y", labelpad=-6)
    surface.set_zlabel(r"$(|x|^p + |y|^p)^{1/p}$", labelpad=-6)
    for set_ticks in (surface.set_xticks, surface.set_yticks):
        set_ticks([-1, 0, 1])
    surface.set_zticks([0, 2, 4])
    surface.tick_params(pad=-3)
    surface.view_init(elev=32, azim=-52)
    return page
