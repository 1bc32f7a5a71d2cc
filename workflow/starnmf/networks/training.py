"""Training by the paper's protocol (Table 3, Appendix B): SGD with Nesterov momentum and a falling learning rate."""

import math
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from starnmf.checksums import joint_checksum
from starnmf.device import round_as_float32, what_kernels_lack
from starnmf.errors import InputError
from starnmf.images import Images
from starnmf.memory import keep_freed_memory
from starnmf.networks.architecture import Architecture
from starnmf.networks.augmentation import DeviceImages, epoch_draws
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
    training_address,
)
from starnmf.networks.resnet import ResNet, initialized
from starnmf.progress_bar import progress_bar
from starnmf.seeds import generator
from starnmf.source_code import checksum_of_code

TEST_BATCH = 1000


@dataclass(frozen=True)
class Plan:
    """One training of one network."""

    architecture: Architecture
    epochs: int
    """A multiple of 3, so that every third has a checkpoint."""
    seed: int
    device: str
    """`cpu` or `cuda`."""
    training: int = 0
    """The number of the training; each has random draws of its own."""

    @property
    def address(self) -> tuple[str | int, ...]:
        """The first parts of the address of every random draw."""
        return training_address(self.architecture.name, self.training)

    def __post_init__(self) -> None:
        """Raise `InputError` for epochs that have no whole thirds."""
        if self.epochs < THIRDS or self.epochs % THIRDS:
            raise InputError(
                f"epochs: found {self.epochs}; expected a multiple of {THIRDS}, so that every third has a checkpoint"
            )


@dataclass(frozen=True)
class Trained:
    """The result of a training."""

    kept: Mapping[int, Tensors]
    """The network at the start and after every third of the epochs."""
    history: pd.DataFrame
    """Per epoch: learning rate at its end, loss and accuracy over its augmented batches, accuracy on test images."""
    summary: dict[str, str | int | float | bool]
    """The parameters that it was trained with, and how it ended."""


def train(plan: Plan, images: Images, threads: int, resume: Path, resume_every: int) -> Trained:
    """Train a network, from its start or from the state in the file `resume`, which is written every so many epochs.

    On one machine's CPU, with the same number of threads, the result has the same bits however often it was stopped.
    On a GPU it is trained in bfloat16 where torch's autocast chooses so, and tested in float32. Raises `InputError`
    when the loss is no longer finite, and where `resume` holds the state of another training.
    """
    keep_freed_memory()
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = True
    round_as_float32()
    training = DeviceImages.on(plan.device, images.training_images, images.training_labels)
    test = DeviceImages.on(plan.device, images.test_images, images.test_labels)
    network = initialized(plan.architecture, plan.seed, plan.training).to(plan.device)
    optimizer = torch.optim.SGD(
        network.parameters(), LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY, nesterov=True
    )
    identity = _identity(plan, images)
    state = load_state(resume, identity)
    if state is None:
        weights = _on_cpu(network.state_dict())
        state = TrainingState(epoch=0, weights=weights, momentum={}, kept={0: weights})
    _restore(network, optimizer, state)
    forward = compiled(network, plan.device)
    with progress_bar(plan.architecture.name, plan.epochs, "epoch", done=state.epoch) as bar:
        while state.epoch < plan.epochs:
            loss, accuracy = train_epoch(forward, optimizer, training, plan, state.epoch)
            if not math.isfinite(loss):
                raise InputError(
                    f"{plan.architecture.name}: the loss is {loss} in epoch {state.epoch + 1}; expected a number. "
                    "Use another seed, or a network that trains at the learning rate of Table 3"
                )
            test_accuracy = accuracy_on(network, test)
            state.epoch += 1
            state.history.append(
                {
                    "epoch": state.epoch,
                    "learning_rate": optimizer.param_groups[0]["lr"],
                    "loss": loss,
                    "accuracy": accuracy,
                    "test_accuracy": test_accuracy,
                }
            )
            if state.epoch in checkpoint_epochs(plan.epochs):
                state.kept[state.epoch] = _on_cpu(network.state_dict())
            if state.epoch % resume_every == 0 and state.epoch < plan.epochs:
                state.weights, state.momentum = _on_cpu(network.state_dict()), _momentum(network, optimizer)
                save_state(resume, state, identity)
            bar.set_postfix_str(f"loss {loss:.3f}, test accuracy {test_accuracy:.1%}", refresh=False)
            bar.update()
    return Trained(state.kept, pd.DataFrame(state.history), _summary(plan, images, optimizer, state))


def accuracy_on(network: ResNet, images: DeviceImages) -> float:
    """Classification accuracy of a network, which computes in float32."""
    network.eval()
    correct = torch.zeros((), dtype=torch.int64, device=images.labels.device)
    with torch.inference_mode():
        for start in range(0, len(images), TEST_BATCH):
            pixels, labels = images.batch(start, min(start + TEST_BATCH, len(images)))
            correct += (network(pixels).argmax(dim=1) == labels).sum()
    return int(correct) / len(images)


def train_epoch(
    forward: Any, optimizer: torch.optim.Optimizer, images: DeviceImages, plan: Plan, epoch: int
) -> tuple[float, float]:
    """One pass over the images; mean loss and classification accuracy over its batches, each before its step."""
    draws = epoch_draws(len(images), generator(plan.seed, *plan.address, "epoch", epoch), plan.device)
    forward.train()
    count = len(images)
    # Kept on the device and read once: reading them step by step would make a GPU wait.
    loss_sum = torch.zeros((), dtype=torch.float64, device=plan.device)
    correct = torch.zeros((), dtype=torch.int64, device=plan.device)
    for start in range(0, count, BATCH_SIZE):
        part = slice(start, min(start + BATCH_SIZE, count))
        for group in optimizer.param_groups:
            group["lr"] = learning_rate((epoch + start / count) / plan.epochs)
        pixels, labels = images.augmented_batch(*(drawn[part] for drawn in draws))
        optimizer.zero_grad()
        # bfloat16 on a GPU, where torch's autocast chooses so.
        with torch.autocast(plan.device, dtype=torch.bfloat16, enabled=plan.device != "cpu"):
            logits = forward(pixels)
            loss = cross_entropy(logits, labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        loss_sum += loss.detach() * len(labels)
        correct += (logits.detach().argmax(dim=1) == labels).sum()
    return float(loss_sum) / count, int(correct) / count


def compiled(network: ResNet, device: str) -> Any:
    """The network compiled for a GPU, if torch can compile there; on a CPU the network itself.

    Its kernels are recorded as CUDA graphs, since a GPU takes less time for most of them than Python does to call them.
    """
    if device == "cpu":
        return network
    if lacking := what_kernels_lack():
        print(f"{lacking}: training without torch.compile, which takes longer", file=sys.stderr)
        return network
    # The last batch of an epoch is smaller: it gets a graph of its own.
    return torch.compile(network, mode="reduce-overhead", dynamic=False)


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
    """Copies that later steps do not change."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in tensors.items()}


def _identity(plan: Plan, images: Images) -> dict[str, str]:
    """What must be equal for a training to be resumed from a state: network, data, protocol and code."""
    return {name: str(value) for name, value in asdict(plan).items()} | {
        "images": joint_checksum(images.raw_sha256),
        "torch": torch.__version__,
        "code": checksum_of_code("starnmf.networks.training"),
    }


def _summary(
    plan: Plan, images: Images, optimizer: torch.optim.SGD, state: TrainingState
) -> dict[str, str | int | float | bool]:
    """The row of `tables.TRAININGS`; the protocol's numbers are those that the optimizer holds."""
    used, last = optimizer.defaults, state.history[-1]
    return {
        "network": plan.architecture.name,
        **asdict(plan.architecture),
        "training": plan.training,
        "parameters": sum(parameter.numel() for parameter in optimizer.param_groups[0]["params"]),
        "source": images.source,
        "data_sha256": joint_checksum(images.raw_sha256),
        "seed": plan.seed,
        "training_images": len(images.training_images),
        "test_images": len(images.test_images),
        "epochs": plan.epochs,
        "learning_rate": used["lr"],
        "learning_rate_drops": " ".join(f"{drop / EPOCHS * plan.epochs:g}" for drop in DROPS),
        "momentum": used["momentum"],
        "nesterov": bool(used["nesterov"]),
        "batch_size": BATCH_SIZE,
        "weight_decay": used["weight_decay"],
        "initialization": INITIALIZATION,
        "loss_function": LOSS,
        "precision": "float32" if plan.device == "cpu" else "bfloat16",
        "device": plan.device,
        "training_loss": last["loss"],
        "training_accuracy": last["accuracy"],
        "test_accuracy": last["test_accuracy"],
    }
