"""Training and line losses of ResNets, per image: ours against the same network as torch runs it by default.

Ours: channels last, batch norm folded on lines; on a GPU bfloat16 and compiled for training, float32 without TF32
on lines. By default: channels first, float32, not compiled, batch norm as it is. Images, augmentation and optimizer are
the same, and on the device. A network whose line losses differ between the two is refused. Share of peak is of a large
product in bfloat16 for training on a GPU, in float32 otherwise.

    python benchmarks/networks.py resnet20-k1 --device cuda
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from itertools import count

import numpy as np
import torch
from allocator import start_again_with_fair_allocator
from contenders import Contender, measure
from network_cost import multiplications
from table import Row, show
from torch.nn.functional import cross_entropy

from starnmf.networks.architecture import architecture_named
from starnmf.networks.augmentation import DeviceImages, epoch_draws
from starnmf.networks.directions import random_direction
from starnmf.networks.loss_surface import LossSurface
from starnmf.networks.protocol import BATCH_SIZE, EPOCHS, LEARNING_RATE, MOMENTUM, WEIGHT_DECAY
from starnmf.networks.resnet import ResNet, initialized
from starnmf.networks.training import Plan, compiled, train_epoch

CASES = {"cpu": ("resnet20-k1", "resnet8-k4"), "cuda": ("resnet20-k1", "resnet20-k4", "resnet110-k1", "resnet110-k4")}

BATCHES = {"cpu": 2, "cuda": 100}
"""Batches of a turn of training."""
LINE_IMAGES = {"cpu": 256, "cuda": 4000}

SECONDS = 15.0
"""Of the rounds of a case."""


def compare(name: str, device: torch.device, seconds: float = SECONDS) -> list[Row]:
    operations = 2.0 * multiplications(architecture_named(name))
    half = torch.bfloat16 if device.type == "cuda" else torch.float32
    training = measure(
        [
            Contender("ours", partial(our_training, name, device)),
            Contender("torch by default", partial(default_training, name, device)),
        ],
        3 * operations,
        half,
        device,
        seconds,
    )
    _refuse_if_losses_differ(name, device)
    lines = measure(
        [
            Contender("ours", partial(our_line, name, device)),
            Contender("torch by default", partial(default_line, name, device)),
        ],
        operations,
        torch.float32,
        device,
        seconds,
    )
    return [
        show(Row(subject, name, measured, "image"))
        for subject, all_measured in (("training", training), ("lines", lines))
        for measured in all_measured
    ]


def our_training(name: str, device: torch.device) -> Callable[[], float]:
    network = initialized(architecture_named(name), 0).to(device)
    forward, optimizer, images = compiled(network, device.type), _optimizer(network), _training_images(device)
    plan = Plan(architecture_named(name), EPOCHS, 0, device.type)
    return _timed(lambda epoch: train_epoch(forward, optimizer, images, plan, epoch), images, device)


def default_training(name: str, device: torch.device) -> Callable[[], float]:
    network = initialized(architecture_named(name), 0).to(device, memory_format=torch.contiguous_format)
    optimizer, images = _optimizer(network), _training_images(device)

    def epoch_by_default(epoch: int) -> None:
        network.train()
        draws = epoch_draws(len(images), np.random.default_rng(epoch), device.type)
        for at in range(0, len(images), BATCH_SIZE):
            part = slice(at, at + BATCH_SIZE)
            pixels, labels = images.augmented_batch(*(drawn[part] for drawn in draws))
            optimizer.zero_grad()
            cross_entropy(network(pixels.contiguous()), labels).backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    return _timed(epoch_by_default, images, device)


def _timed(train: Callable[[int], object], images: DeviceImages, device: torch.device) -> Callable[[], float]:
    """A turn that trains for another epoch and tells the seconds of an image; a first one compiles."""
    epochs = count()

    def turn() -> float:
        start = time.perf_counter()
        train(next(epochs))
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return (time.perf_counter() - start) / len(images)

    turn()
    return turn


def our_line(name: str, device: torch.device) -> Callable[[], float]:
    network = initialized(architecture_named(name), 0).to(device)
    images = _images(LINE_IMAGES[device.type], device)
    loss = LossSurface(network, images, "eval").along(random_direction(network, 0))

    def turn() -> float:
        start = time.perf_counter()
        loss(0.1)
        return (time.perf_counter() - start) / len(images)

    return turn


def default_line(name: str, device: torch.device) -> Callable[[], float]:
    loss, images = default_loss(name, device)

    def turn() -> float:
        start = time.perf_counter()
        loss(0.1)
        return (time.perf_counter() - start) / len(images)

    return turn


def default_loss(name: str, device: torch.device) -> tuple[Callable[[float], float], DeviceImages]:
    """The loss along a direction with the network as it is, over batches of the training's size."""
    start = initialized(architecture_named(name), 0).to(device)
    network = initialized(architecture_named(name), 0).to(device, memory_format=torch.contiguous_format).eval()
    direction, images = random_direction(start, 0), _images(LINE_IMAGES[device.type], device)
    centre = {name: weight.detach().clone() for name, weight in network.named_parameters()}
    batches = [images.batch(at, min(at + BATCH_SIZE, len(images))) for at in range(0, len(images), BATCH_SIZE)]
    batches = [(pixels.contiguous(), labels) for pixels, labels in batches]

    @torch.no_grad()
    def loss(t: float) -> float:
        for name, weight in network.named_parameters():
            weight.copy_(centre[name] + t * direction[name] if name in direction else centre[name])
        losses = [cross_entropy(network(pixels), labels, reduction="sum") for pixels, labels in batches]
        return float(torch.stack(losses).sum()) / len(images)

    return loss, images


def _refuse_if_losses_differ(name: str, device: torch.device) -> None:
    network = initialized(architecture_named(name), 0).to(device)
    by_default, images = default_loss(name, device)
    ours = LossSurface(network, images, "eval").along(random_direction(network, 0))(0.1)[0]
    if not np.isclose(ours, by_default(0.1), rtol=1e-3):
        raise ArithmeticError(f"{name}: line losses differ: {ours} and {by_default(0.1)}")


def _images(number: int, device: torch.device) -> DeviceImages:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (number, 3, 32, 32), dtype=np.uint8)
    return DeviceImages.on(device.type, pixels, random.integers(0, 10, number).astype(np.uint8))


def _training_images(device: torch.device) -> DeviceImages:
    return _images(BATCHES[device.type] * BATCH_SIZE, device)


def _optimizer(network: ResNet) -> torch.optim.SGD:
    return torch.optim.SGD(
        network.parameters(), LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY, nesterov=True
    )


def cases(device: torch.device) -> tuple[str, ...]:
    return CASES[device.type]


if __name__ == "__main__":
    start_again_with_fair_allocator()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", help=f"default: {', '.join(CASES['cpu'])}")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of the rounds of a case (default {SECONDS:g})")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    chosen = torch.device(arguments.device)
    for case in arguments.networks or cases(chosen):
        compare(case, chosen, arguments.seconds)
