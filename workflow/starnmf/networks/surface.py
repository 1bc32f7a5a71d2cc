"""The loss of a network over two random directions around its weights (Figure 8)."""

from pathlib import Path

import numpy as np
import pandas as pd

from starnmf.blocks import map_blocks
from starnmf.images import Images
from starnmf.networks.checkpoints import open_checkpoints
from starnmf.networks.convex_interval import convex_points
from starnmf.networks.directions import random_direction
from starnmf.networks.loss_surface import LossOptions, LossSurface
from starnmf.progress_bar import progress_bar

EXTENT = 1.0
"""The surface spans [-1, 1] along both directions, as in Li et al. (2018)."""


def measure_surface(checkpoints: Path, images: Images, points: int, options: LossOptions) -> pd.DataFrame:
    """The training loss around a network after two thirds of its training, epoch 200 of 300, on a square grid.

    The grid has `points` x `points` steps along two filter-normalised directions. Columns as in
    `tables.NETWORK_SURFACES`.
    """
    trained = open_checkpoints(checkpoints)
    epoch = trained.epochs[-2]
    data = options.images(images)
    network = trained.load(epoch).to(options.device)
    directions = [
        random_direction(network, options.seed, *trained.address, epoch, "surface", axis) for axis in ("x", "y")
    ]
    positions = np.linspace(-EXTENT, EXTENT, points)
    with progress_bar(f"{trained.network}: surface", points**2, "point") as bar:

        def column(x: float) -> list[tuple[float, float]]:
            loss = LossSurface(network, data, options.batch_norm).along(*directions)
            values = [loss(x, float(y)) for y in positions]
            bar.update(points)
            return values

        losses, rounding = np.moveaxis(np.array(map_blocks(column, positions.tolist(), options.workers)), 2, 0)
    convex = np.full(losses.shape, None, dtype=object)
    convex[1:-1, 1:-1] = convex_points(losses, rounding)
    x, y = np.meshgrid(positions, positions, indexing="ij")
    return pd.DataFrame(
        trained.identity
        | {
            "epoch": epoch,
            "x": x.ravel(),
            "y": y.ravel(),
            "loss": losses.ravel(),
            "convex": convex.ravel(),
            **options.columns,
        }
    )
