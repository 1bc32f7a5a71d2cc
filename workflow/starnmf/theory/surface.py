"""The surface of (|x|^p + |y|^p)^(1/p), which is star-convex and not convex for 0 < p < 1 (Figure 2)."""

import numpy as np
import pandas as pd

P = 0.5
SIDE = np.linspace(-1, 1, 81)


def measure_surface() -> pd.DataFrame:
    """The surface at p = 1/2 on a square grid around its minimum (0, 0): p, x, y, value."""
    x, y = (axis.ravel() for axis in np.meshgrid(SIDE, SIDE))
    return pd.DataFrame({"p": P, "x": x, "y": y, "value": (np.abs(x) ** P + np.abs(y) ** P) ** (1 / P)})
