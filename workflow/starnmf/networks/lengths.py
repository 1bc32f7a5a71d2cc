"""Length scales of local convexity (section 4.3; Tables 2, 4 and 5): one row per epoch and direction of a training."""

from dataclasses import asdict
from pathlib import Path

import pandas as pd

from starnmf.blocks import map_blocks
from starnmf.images import Images
from starnmf.networks.checkpoints import open_checkpoints
from starnmf.networks.convex_interval import convex_interval
from starnmf.networks.directions import random_direction
from starnmf.networks.loss_surface import LossOptions, LossSurface
from starnmf.networks.resnet import ResNet
from starnmf.progress_bar import progress_bar


def measure_lengths(
    checkpoints: Path, images: Images, directions: int, points: int, options: LossOptions
) -> pd.DataFrame:
    """How far the training loss is convex around the network of every checkpoint, along random directions.

    Columns as in `tables.LENGTHS`. Raises `InputError` for an even or small number of points.
    """
    trained = open_checkpoints(checkpoints)
    data = options.images(images)
    rows = []
    with progress_bar(f"{trained.network}: lines", len(trained.epochs) * directions, "line") as bar:
        for epoch in trained.epochs:
            network = trained.load(epoch).to(options.device)

            def measure(index: int, network: ResNet = network, epoch: int = epoch) -> dict[str, float]:
                direction = random_direction(network, options.seed, *trained.address, epoch, "direction", index)
                found = convex_interval(LossSurface(network, data, options.batch_norm).along(direction), points)
                bar.update()
                return {"epoch": epoch, "direction": index, "length": found.length, **asdict(found)}

            rows += map_blocks(measure, range(directions), options.workers)
    return pd.DataFrame([trained.identity | row | options.columns for row in rows])
