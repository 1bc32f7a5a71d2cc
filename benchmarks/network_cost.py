"""What the networks of a preset cost on one GPU, by arithmetic: additions and multiplications, and launches of kernels.

A training step takes the time of its arithmetic or of launching its kernels, whichever is longer; so does a forward
pass on a line or a surface. The rates are assumptions until `make gpu` has measured them.

    python benchmarks/network_cost.py presets/paper.yaml presets/networks-small.yaml
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from starnmf.figures.catalogue import surface_networks
from starnmf.networks.architecture import Architecture, architecture_named
from starnmf.networks.protocol import BATCH_SIZE, THIRDS, TRAINING_IMAGES

TRAINING_RATE = 120e12
"""Operations a second in bfloat16: an eighth of an H100's peak, for convolutions of few channels."""
FORWARD_RATE = 30e12
"""Operations a second in float32 without TF32: under half of an H100's peak."""
LAUNCH = 5e-6
"""Seconds of a kernel's launch; also the least a kernel takes."""
TRAINING_KERNELS, FORWARD_KERNELS = 10, 3
"""Kernels of a layer in a training step (convolution, norm, rectifier, their gradients, the optimizer), and folded."""
FORWARD_BATCH = 2000
SHARE_OF_POINTS = 0.85
"""Of a line's points that are evaluated on average: a line is left where convexity ends."""


@dataclass(frozen=True)
class Cost:
    """GPU seconds of one network's trainings, and of their lines and surfaces."""

    training: float
    lines: float
    surface: float


def multiplications(architecture: Architecture) -> int:
    """Multiplications of a forward pass for one image, in convolutions and the last layer; as many additions."""
    first, *_ = architecture.channels
    total, channels_in = 9 * 3 * first * 32**2, first
    for segment, channels in enumerate(architecture.channels):
        pixels = (32 // 2**segment) ** 2
        inner = (2 * architecture.blocks - 1) * 9 * channels**2
        shortcut = channels_in * channels if architecture.shortcuts and channels_in != channels else 0
        total += pixels * (9 * channels_in * channels + inner + shortcut)
        channels_in = channels
    return total + 10 * channels_in


def cost(architecture: Architecture, settings: dict[str, Any], has_surface: bool) -> Cost:
    """GPU seconds of a network under the settings of a preset."""
    operations = 2 * multiplications(architecture)
    step = max(3 * operations * BATCH_SIZE / TRAINING_RATE, TRAINING_KERNELS * architecture.layers * LAUNCH)
    steps = settings["epochs"] * -(-TRAINING_IMAGES // BATCH_SIZE)
    batches = -(-settings["line_images"] // FORWARD_BATCH)
    forward = max(
        operations * settings["line_images"] / FORWARD_RATE, batches * FORWARD_KERNELS * architecture.layers * LAUNCH
    )
    points = (THIRDS + 1) * settings["directions"] * settings["line_points"] * SHARE_OF_POINTS
    trainings, surface_points = settings["trainings"], has_surface * settings["surface_points"] ** 2
    return Cost(trainings * steps * step, trainings * points * forward, trainings * surface_points * forward)


def report(settings: dict[str, Any]) -> None:
    """Print a row for every network, and their sum in hours."""
    networks = [architecture_named(name) for name in settings["networks"]]
    shown = surface_networks(networks)
    print(f"{'network':20}{'Mmul/image':>12}{'training':>12}{'lines':>12}{'surface':>12}   (GPU minutes)")
    total = Cost(0, 0, 0)
    for network in networks:
        one = cost(network, settings, network.name in shown)
        total = Cost(total.training + one.training, total.lines + one.lines, total.surface + one.surface)
        minutes = "".join(f"{seconds / 60:12.1f}" for seconds in (one.training, one.lines, one.surface))
        print(f"{network.name:20}{multiplications(network) / 1e6:12.1f}{minutes}")
    parts = [total.training, total.lines, total.surface]
    print(
        f"{len(networks)} networks, hours: "
        + " + ".join(f"{part / 3600:.1f}" for part in parts)
        + f" = {sum(parts) / 3600:.1f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("presets", type=Path, nargs="+", help="overlays on config.yaml, the last one wins")
    merged: dict[str, Any] = {}
    for file in (Path("config.yaml"), *parser.parse_args().presets):
        merged |= yaml.safe_load(file.read_text())
    report(merged)
