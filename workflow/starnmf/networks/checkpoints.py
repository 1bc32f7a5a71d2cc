"""Networks on disk: HDF5, never a pickle. The checkpoints a training keeps, and the state a killed one resumes from."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import torch
from torch import Tensor

from starnmf.errors import InputError, reading
from starnmf.networks.architecture import architecture_named
from starnmf.networks.protocol import training_address
from starnmf.networks.resnet import ResNet
from starnmf.networks.tables import NETWORK
from starnmf.results.hdf5 import new_hdf5

Tensors = dict[str, Tensor]
"""Tensors on the CPU by their name in the network."""


@dataclass
class TrainingState:
    """Everything that a training needs to be resumed after `epoch` epochs, with the same result."""

    epoch: int
    weights: Tensors
    """Of the network, running statistics of batch norm included."""
    momentum: Tensors
    kept: dict[int, Tensors] = field(default_factory=dict)
    """The network after the epochs of which a checkpoint is kept."""
    history: list[dict[str, float]] = field(default_factory=list)
    """One row per epoch so far."""


def save_checkpoints(path: Path, kept: Mapping[int, Tensors], attributes: Mapping[str, str | int | float]) -> None:
    """Write the network after every kept epoch, one group each; `attributes` say how it was trained."""
    with new_hdf5(path) as file:
        file.attrs.update(attributes)
        for epoch, weights in kept.items():
            _write(file.create_group(f"epoch-{epoch}"), weights)


@dataclass(frozen=True)
class Checkpoints:
    """The networks of one training, read one at a time."""

    path: Path
    epochs: tuple[int, ...]
    """Of which there is a checkpoint, ascending; the last is the length of the training."""
    identity: dict[str, str | int | float | bool]
    """Which network and training it is and what it was trained on: the columns that its tables begin with."""

    @property
    def network(self) -> str:
        """The network's name."""
        return str(self.identity["network"])

    @property
    def address(self) -> tuple[str | int, ...]:
        """The first parts of the address of every random draw about this training."""
        return training_address(self.network, int(self.identity["training"]))

    def load(self, epoch: int) -> ResNet:
        """The network after an epoch."""
        network = ResNet(architecture_named(self.network)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        with h5py.File(self.path, "r") as file:
            network.load_state_dict(_read(file[f"epoch-{epoch}"]))
        return network  # type: ignore[no-any-return]


def open_checkpoints(path: Path) -> Checkpoints:
    """What is in a file of checkpoints. Raises `InputError` on any other file."""
    with (
        reading(str(path), "checkpoints of a network", "what `starnmf networks train` writes"),
        h5py.File(path, "r") as file,
    ):
        identity = {column.name: file.attrs[column.name] for column in NETWORK}
        epochs = tuple(sorted(int(name.removeprefix("epoch-")) for name in file))
    return Checkpoints(path, epochs, identity)


def save_state(path: Path, state: TrainingState, identity: Mapping[str, str]) -> None:
    """Write a training's state; `identity` says of which training it is."""
    with new_hdf5(path) as file:
        file.attrs.update(
            identity=json.dumps(dict(identity), sort_keys=True), epoch=state.epoch, history=json.dumps(state.history)
        )
        _write(file.create_group("weights"), state.weights)
        _write(file.create_group("momentum"), state.momentum)
        for epoch, weights in state.kept.items():
            _write(file.create_group(f"kept/{epoch}"), weights)


def load_state(path: Path, identity: Mapping[str, str]) -> TrainingState | None:
    """The state in a file, or None with a note on stderr where it cannot be read.

    Raises `InputError` where it is the state of another training, which may have taken days.
    """
    if not path.exists():
        return None
    try:
        with h5py.File(path, "r") as file:
            _check_identity(path, json.loads(file.attrs["identity"]), identity)
            return TrainingState(
                epoch=int(file.attrs["epoch"]),
                weights=_read(file["weights"]),
                momentum=_read(file["momentum"]),
                kept={int(epoch): _read(group) for epoch, group in file["kept"].items()},
                history=json.loads(file.attrs["history"]),
            )
    except (OSError, KeyError) as error:
        print(f"{path}: no state that can be read ({error}); starting over", file=sys.stderr)
    return None


def _check_identity(path: Path, found: Mapping[str, str], expected: Mapping[str, str]) -> None:
    for name in expected:
        if found.get(name) != expected[name]:
            raise InputError(
                f"{path}: the training that was stopped has {name} {found.get(name)}; expected {expected[name]}. "
                "Run it with the settings, images and code it was begun with, or delete the file to begin anew"
            )


def _write(group: h5py.Group, tensors: Mapping[str, Tensor]) -> None:
    for name, tensor in tensors.items():
        group[name] = tensor.numpy()


def _read(group: h5py.Group) -> Tensors:
    return {name: torch.as_tensor(dataset[()]) for name, dataset in group.items()}
