"""Training by the paper's protocol (Table 3, Appendix B): SGD with Nesterov momentum and a falling learning rate."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from starnmf.errors import InputError
from starnmf.images import Images
from starnmf.memory import keep_freed_memory
from starnmf.networks.architecture import Architecture
from starnmf.networks.augmentation import DeviceImages, EpochDraws
from starnmf.networks.checkpoints import Tensors, TrainingState, load_state, save_state
from starnmf.networks.protocol import (
    BATCH_SIZE,
    DROPS,
    EPOCHS,
    INITIALIZATION,
    LEARNING_RATE,
    LOSS,
    MOMENTUM,
    THIRDS,
    WEIGHT_DECAY,
    checkpoint_epochs,
    learning_rate,
)
from starnmf.networks.resnet import ResNet, initialized
from starnmf.progress_bar import progress_bar
from starnmf.seeds import generator

TEST_BATCH = 1000


@dataclass(frozen=True)
class Trained:
    """What a training leaves."""

    kept: Mapping[int, Tensors]
    """The network at the start and after every third of the epochs."""
    history: pd.DataFrame
    """Per epoch: learning rate at its end, loss and accuracy over its augmented batches, accuracy on test images."""
    summary: dict[str, str | int | float]
    """The parameters that it was trained with, and how it ended."""


def train(
    architecture: Architecture,
    images: Images,
    epochs: int,
    seed: int,
    device: str,
    threads: int,
    resume: Path,
    resume_every: int,
) -> Trained:
    """Train a network, from its start or from the state in the file `resume`, which is written every so many epochs.

    On one machine's CPU, with the same number of threads, the result has the same bits however often it was stopped.
    On a GPU it is trained in bfloat16 where that serves (torch's autocast). Raises `InputError` for epochs that have no
    whole thirds and when the loss is no number any more.
    """
    if epochs < THIRDS or epochs % THIRDS:
        raise InputError(
            f"epochs: found {epochs}; expected a multiple of {THIRDS}, so that every third has a checkpoint"
        )
    keep_freed_memory()
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = True
    network = initialized(architecture, seed).to(device)
    optimizer = torch.optim.SGD(
        network.parameters(), LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY, nesterov=True
    )
    training = DeviceImages.on(device, images.training_images, images.training_labels)
    test = DeviceImages.on(device, images.test_images, images.test_labels)
    identity = _identity(architecture, images, epochs, seed, device)
    state = load_state(resume, identity) or TrainingState(0, _on_cpu(network.state_dict()), {})
    state.kept.setdefault(0, state.weights)
    _restore(network, optimizer, state)
    forward = _compiled(network, device)
    with progress_bar(architecture.name, epochs, "epoch", done=state.epoch) as bar:
        for epoch in range(state.epoch, epochs):
            draws = EpochDraws.draw(len(training), generator(seed, architecture.name, "epoch", epoch), device)
            loss, accuracy = _train_epoch(forward, optimizer, training, draws, epoch, epochs, device)
            row = {
                "epoch": epoch + 1,
                "learning_rate": optimizer.param_groups[0]["lr"],
                "loss": loss,
                "accuracy": accuracy,
                "test_accuracy": accuracy_on(network, test, device),
            }
            if loss != loss:
                raise InputError(
                    f"{architecture.name}: the loss is no number in epoch {epoch + 1}; expected a finite loss. Use "
                    "another seed, or a network that trains at the learning rate of Table 3"
                )
            state.history.append(row)
            last = epoch + 1 == epochs
            if epoch + 1 in checkpoint_epochs(epochs):
                state.kept[epoch + 1] = _on_cpu(network.state_dict())
            if (epoch + 1) % resume_every == 0 and not last:
                state.epoch, state.weights = epoch + 1, _on_cpu(network.state_dict())
                state.momentum = _momentum(network, optimizer)
                save_state(resume, state, identity)
            bar.set_postfix_str(f"loss {loss:.3f}, test accuracy {row['test_accuracy']:.1%}", refresh=False)
            bar.update()
    return Trained(
        state.kept, pd.DataFrame(state.history), _summary(architecture, images, optimizer, state, epochs, device)
    )


def accuracy_on(network: ResNet, images: DeviceImages, device: str) -> float:
    """Share of images that a network tells the class of."""
    network.eval()
    right = torch.zeros((), dtype=torch.int64, device=device)
    with torch.inference_mode(), _precision(device):
        for start in range(0, len(images), TEST_BATCH):
            pixels, labels = images.batch(start, min(start + TEST_BATCH, len(images)))
            right += (network(pixels).argmax(dim=1) == labels).sum()
    return int(right) / len(images)


def _train_epoch(
    forward: Any,
    optimizer: torch.optim.Optimizer,
    images: DeviceImages,
    draws: EpochDraws,
    epoch: int,
    epochs: int,
    device: str,
) -> tuple[float, float]:
    """One pass over the images; mean loss and share of right answers over its batches, as they were met."""
    forward.train()
    count = len(images)
    # Kept on the device and read once: reading them step by step would make a GPU wait.
    loss_sum = torch.zeros((), dtype=torch.float64, device=device)
    right = torch.zeros((), dtype=torch.int64, device=device)
    for start in range(0, count, BATCH_SIZE):
        part = slice(start, min(start + BATCH_SIZE, count))
        for group in optimizer.param_groups:
            group["lr"] = learning_rate((epoch + start / count) / epochs)
        pixels, labels = images.augmented_batch(draws.order[part], draws.shifts[part], draws.mirrored[part])
        optimizer.zero_grad()
        with _precision(device):
            logits = forward(pixels)
            loss = cross_entropy(logits, labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        loss_sum += loss.detach() * len(labels)
        right += (logits.detach().argmax(dim=1) == labels).sum()
    return float(loss_sum) / count, int(right) / count


def _precision(device: str) -> torch.autocast:
    """bfloat16 where it serves on a GPU; plain float32 on a CPU."""
    return torch.autocast(device, dtype=torch.bfloat16, enabled=device != "cpu")


def _compiled(network: ResNet, device: str) -> Any:
    """The network compiled for a GPU, where a C compiler is at hand, as torch needs one; itself on a CPU."""
    if device == "cpu":
        return network
    if shutil.which("gcc") is None and shutil.which("cc") is None:
        print("no C compiler found: training without torch.compile, which takes longer", file=sys.stderr)
        return network
    return torch.compile(network)


def _restore(network: ResNet, optimizer: torch.optim.Optimizer, state: TrainingState) -> None:
    """Bring network and optimizer to a state."""
    network.load_state_dict(state.weights)
    for name, parameter in network.named_parameters():
        if name in state.momentum:
            buffer = torch.empty_like(parameter).copy_(state.momentum[name])
            optimizer.state[parameter]["momentum_buffer"] = buffer


def _momentum(network: ResNet, optimizer: torch.optim.Optimizer) -> Tensors:
    return _on_cpu(
        {name: optimizer.state[parameter]["momentum_buffer"] for name, parameter in network.named_parameters()}
    )


def _on_cpu(tensors: Mapping[str, Tensor]) -> Tensors:
    """Copies that later steps leave alone."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in tensors.items()}


def _identity(architecture: Architecture, images: Images, epochs: int, seed: int, device: str) -> dict[str, str]:
    """What a state must share with a training that resumes from it: network, data, protocol and code."""
    code = sha256()
    for file in sorted(files("starnmf.networks").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".py"):
            code.update(file.read_bytes())
    return {
        "network": architecture.name,
        "images": sha256(str(sorted(images.raw_sha256.items())).encode()).hexdigest(),
        "epochs": str(epochs),
        "seed": str(seed),
        "device": device,
        "torch": torch.__version__,
        "code": code.hexdigest(),
    }


def _summary(
    architecture: Architecture,
    images: Images,
    optimizer: torch.optim.SGD,
    state: TrainingState,
    epochs: int,
    device: str,
) -> dict[str, str | int | float]:
    """One row; the protocol's numbers are those that the optimizer holds."""
    used = optimizer.defaults
    return {
        "network": architecture.name,
        "layers": architecture.layers,
        "width": architecture.width,
        "shortcuts": str(architecture.shortcuts),
        "parameters": sum(parameter.numel() for parameter in optimizer.param_groups[0]["params"]),
        "source": images.source,
        "training_images": len(images.training_images),
        "test_images": len(images.test_images),
        "epochs": epochs,
        "learning_rate": used["lr"],
        "learning_rate_drops": " ".join(f"{drop / EPOCHS * epochs:g}" for drop in DROPS),
        "momentum": used["momentum"],
        "nesterov": str(used["nesterov"]),
        "batch_size": BATCH_SIZE,
        "weight_decay": used["weight_decay"],
        "initialization": INITIALIZATION,
        "loss_function": LOSS,
        "precision": "float32" if device == "cpu" else "bfloat16",
        "device": device,
        "training_loss": state.history[-1]["loss"],
        "training_accuracy": state.history[-1]["accuracy"],
        "test_accuracy": state.history[-1]["test_accuracy"],
    }
