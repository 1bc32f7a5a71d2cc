"""Length scales of local convexity (section 4.3; Tables 2, 4 and 5): one row per epoch and direction of a network."""

from dataclasses import asdict
from pathlib import Path

import pandas as pd

from starnmf.blocks import map_blocks
from starnmf.images import Images
from starnmf.networks.augmentation import DeviceImages
from starnmf.networks.checkpoints import open_checkpoints
from starnmf.networks.convex_interval import convex_interval
from starnmf.networks.directions import random_direction
from starnmf.networks.loss_surface import LossSurface, workers
from starnmf.networks.resnet import ResNet
from starnmf.progress_bar import progress_bar


def measure_lengths(
    checkpoints: Path,
    images: Images,
    directions: int,
    points: int,
    line_images: int,
    batch_norm: str,
    seed: int,
    device: str,
    threads: int,
) -> pd.DataFrame:
    """How far the training loss is convex around the network of every checkpoint, along random directions.

    The loss is taken on the first `line_images` training images. Columns: those that say which network it is
    (`Checkpoints.identity`), epoch, direction, length and the fields of `ConvexInterval`, line_images, batch_norm.
    The result does not depend on `threads`, over which directions are spread on a CPU.
    """
    trained = open_checkpoints(checkpoints)
    data = DeviceImages.on(device, images.training_images[:line_images], images.training_labels[:line_images])
    settings = {"line_images": len(data), "batch_norm": batch_norm}
    rows = []
    with progress_bar(f"{trained.network}: lines", len(trained.epochs) * directions, "line") as bar:
        for epoch in trained.epochs:
            network = trained.load(epoch).to(device)

            def measure(index: int, network: ResNet = network, epoch: int = epoch) -> dict[str, float]:
                direction = random_direction(network, seed, trained.network, epoch, "direction", index)
                found = convex_interval(LossSurface(network, data, batch_norm).along(direction), points)
                bar.update()
                return {"epoch": epoch, "direction": index, "length": found.length, **asdict(found)}

            rows += map_blocks(measure, range(directions), workers(device, threads))
    return pd.DataFrame([trained.identity | row | settings for row in rows])
