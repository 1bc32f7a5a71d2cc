"""Training by Table 3, through the command: what it writes, and that a killed one goes on to the same bits."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from starnmf.cli import main
from starnmf.datasets.cifar10 import read_images, write_stand_in
from starnmf.errors import InputError
from starnmf.images import load_images, save_images
from starnmf.networks.architecture import architecture_named
from starnmf.networks.augmentation import DeviceImages, epoch_draws
from starnmf.networks.checkpoints import open_checkpoints
from starnmf.networks.directions import random_direction
from starnmf.networks.protocol import learning_rate, scale_mark
from starnmf.networks.resnet import initialized
from starnmf.networks.training import Plan, train, train_epoch
from starnmf.seeds import generator

STARNMF = str(Path(sys.executable).parent / "starnmf")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    write_stand_in(folder / "raw", 300, 100, seed=0)
    save_images(read_images(folder / "raw", "stand-in"), folder / "images.h5")
    return folder / "images.h5"


def command(images, folder, epochs=6, network="resnet8-k0.25", seed=0, training=0):
    folder.mkdir(exist_ok=True)
    return [
        *(STARNMF, "networks", "train", network, str(images)),
        *(str(folder / name) for name in ("checkpoints.h5", "history.csv", "summary.csv")),
        *("--epochs", str(epochs), "--resume", str(folder / "resume.h5"), "--resume-every", "1"),
        *("--seed", str(seed), "--training", str(training), "--device", "cpu"),
    ]


@pytest.fixture(scope="module")
def trained(images, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    subprocess.run(command(images, folder), check=True, capture_output=True)
    return folder


def test_four_channels_are_trained_on_a_processor_without_avx512(images, tmp_path):
    environment = os.environ | {"ONEDNN_MAX_CPU_ISA": "AVX2"}
    done = subprocess.run(command(images, tmp_path, epochs=3), env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def contents(folder):
    """Every number that a training writes."""
    with h5py.File(folder / "checkpoints.h5") as file:
        tensors = {}
        file.visititems(lambda name, item: tensors.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return tensors, (folder / "history.csv").read_text(), (folder / "summary.csv").read_text()


def same(one, other):
    return (
        one[0].keys() == other[0].keys()
        and all(np.array_equal(one[0][name], other[0][name]) for name in one[0])
        and one[1:] == other[1:]
    )


@pytest.mark.extended
@pytest.mark.parametrize("kills", [1, 3])
def test_a_killed_training_goes_on_to_the_same_bits(images, trained, tmp_path, kills):
    arguments = command(images, tmp_path)
    state = tmp_path / "resume.h5"
    for _ in range(kills):
        before = state.stat().st_mtime_ns if state.exists() else 0
        job = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while job.poll() is None and not (state.exists() and state.stat().st_mtime_ns > before):
            time.sleep(0.005)
        assert job.poll() is None, "the training ended before it could be killed"
        job.send_signal(signal.SIGKILL)
        job.wait()
        assert not (tmp_path / "checkpoints.h5").exists()
    again = subprocess.run(arguments, check=True, capture_output=True, text=True)
    assert "0 of 6" not in again.stderr, "it started over"
    assert same(contents(tmp_path), contents(trained))
    assert not state.exists()


@pytest.mark.extended
def test_a_state_of_another_training_is_neither_taken_nor_lost(images, trained, tmp_path):
    job = subprocess.Popen(command(images, tmp_path, seed=1), stderr=subprocess.DEVNULL)
    while job.poll() is None and not (tmp_path / "resume.h5").exists():
        time.sleep(0.005)
    job.send_signal(signal.SIGKILL)
    job.wait()
    assert (tmp_path / "resume.h5").exists()
    state = (tmp_path / "resume.h5").read_bytes()
    done = subprocess.run(command(images, tmp_path), capture_output=True, text=True)
    assert done.returncode == 1
    assert "resume.h5: the training that was stopped has seed 1; expected 0. Run it with" in done.stderr
    assert (tmp_path / "resume.h5").read_bytes() == state
    (tmp_path / "resume.h5").unlink()
    subprocess.run(command(images, tmp_path), check=True, capture_output=True)
    assert same(contents(tmp_path), contents(trained))


@pytest.mark.extended
def test_a_second_training_has_draws_of_its_own_throughout(images, trained, tmp_path):
    """Start, batches and directions differ; a direction is that of its own training's address."""
    subprocess.run(command(images, tmp_path, training=1), check=True, capture_output=True)
    first, second = (open_checkpoints(folder / "checkpoints.h5") for folder in (trained, tmp_path))
    assert (first.identity["training"], second.identity["training"]) == (0, 1)
    assert (first.address, second.address) == (("resnet8-k0.25",), ("resnet8-k0.25", "training", 1))
    histories = [pd.read_csv(folder / "history.csv")["loss"] for folder in (trained, tmp_path)]
    assert not set(histories[0]) & set(histories[1])
    drawn = [
        random_direction(first.load(0), 0, *one.address, 0, "direction", 0)["output.weight"] for one in (first, second)
    ]
    assert not np.isclose(*drawn).any()
    summary = pd.read_csv(tmp_path / "summary.csv")
    assert summary["training"].tolist() == [1]


def test_the_order_of_images_depends_on_the_training(images):
    data = load_images(images)
    plans = [Plan(architecture_named("resnet8-k0.25"), 3, 0, "cpu", training) for training in (0, 1)]
    orders = [epoch_draws(len(data.training_images), generator(0, *plan.address, "epoch", 0), "cpu")[0]
              for plan in plans]  # fmt: skip
    assert not np.array_equal(*orders)


@pytest.mark.extended
def test_a_damaged_state_is_not_taken(images, trained, tmp_path):
    (tmp_path / "resume.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    done = subprocess.run(command(images, tmp_path), check=True, capture_output=True, text=True)
    assert "resume.h5: no state that can be read" in done.stderr
    assert same(contents(tmp_path), contents(trained))


def test_checkpoints_stand_at_the_start_and_after_every_third(trained):
    found = open_checkpoints(trained / "checkpoints.h5")
    assert found.epochs == (0, 2, 4, 6)
    assert found.identity["network"] == "resnet8-k0.25"
    assert found.identity["source"] == "stand-in"
    first, last = (found.load(epoch).state_dict() for epoch in (0, 6))
    assert int(first["entry.norm.num_batches_tracked"]) == 0
    assert int(last["entry.norm.num_batches_tracked"]) == 6 * 3, "batches of 128 of 300 images"


def test_it_learns_and_says_how(trained):
    history = pd.read_csv(trained / "history.csv")
    assert history["epoch"].tolist() == [1, 2, 3, 4, 5, 6]
    assert history["loss"].iloc[-1] < 0.95 * history["loss"].iloc[0]
    assert history["test_accuracy"].iloc[-1] > 0.15
    (summary,) = pd.read_csv(trained / "summary.csv").to_dict("records")
    assert summary["momentum"] == 0.9
    assert summary["learning_rate_drops"] == "3 4.5 5.5"
    assert summary["test_accuracy"] == history["test_accuracy"].iloc[-1]
    assert summary["precision"] == "float32"


def test_at_full_length_the_learning_rate_falls_after_epochs_150_225_275():
    steps = 391
    rates = [learning_rate((epoch + step / steps) / 300) for epoch in range(300) for step in (0, steps - 1)]
    expected = [0.1] * 300 + [0.01] * 150 + [0.001] * 100 + [0.0001] * 50
    np.testing.assert_allclose(rates, expected, rtol=1e-12)


def test_the_first_step_is_nesterovs_of_the_decayed_gradient(images, tmp_path):
    """One epoch third of one batch: the weights move by -lr (1 + momentum) (gradient + decay * weights)."""
    data = load_images(images)
    few = type(data)(data.training_images[:100], data.training_labels[:100], data.test_images, data.test_labels, "", {})
    architecture = architecture_named("resnet8-k0.25")
    kept = train(Plan(architecture, 3, 0, "cpu"), few, 1, tmp_path / "resume.h5", 10).kept
    network = initialized(architecture, 0).train()
    draws = epoch_draws(100, generator(0, architecture.name, "epoch", 0), "cpu")
    pixels, labels = DeviceImages.on("cpu", few.training_images, few.training_labels).augmented_batch(*draws)
    torch.nn.functional.cross_entropy(network(pixels), labels).backward()
    for name, parameter in network.named_parameters():
        decayed = parameter.grad + 5e-4 * parameter.detach()
        expected = parameter.detach() - 0.1 * (decayed + 0.9 * decayed)
        np.testing.assert_allclose(kept[1][name], expected.detach(), rtol=1e-5, atol=1e-7)


class Waits(TorchDispatchMode):
    """Notes operations for which a GPU has to be waited for: numbers that come from the host, or go to it."""

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function._schema.name
        if name in {"aten::lift_fresh", "aten::_local_scalar_dense", "aten::nonzero", "aten::masked_select"}:
            self.found.append(name)
        return function(*args, **(kwargs or {}))


def test_batches_wait_for_nothing(images):
    data = load_images(images)
    plan = Plan(architecture_named("resnet8-k0.25"), 3, 0, "cpu")
    network = initialized(plan.architecture, 0)
    optimizer = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9, nesterov=True)
    found = []
    for count in (128, 300):  # one batch, and three
        first = DeviceImages.on("cpu", data.training_images[:count], data.training_labels[:count])
        with Waits() as waits:
            train_epoch(network, optimizer, first, plan, 0)
        found.append(waits.found)
    assert found[1] == found[0]
    assert len(found[0]) == 5, "three arrays of random draws, and the loss and accuracy of the epoch"


def test_epochs_without_whole_thirds_are_refused(images, tmp_path):
    done = subprocess.run(command(images, tmp_path, epochs=4), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "epochs: found 4; expected a multiple of 3" in done.stderr
    assert os.listdir(tmp_path) == []


def test_other_files_are_no_checkpoints(images):
    with pytest.raises(InputError, match=r"images\.h5: cannot be read as checkpoints"):
        open_checkpoints(images)


@pytest.mark.extended
@pytest.mark.parametrize("batch_norm", ["eval", "batch"])
def test_lengths_do_not_depend_on_threads(images, trained, tmp_path, batch_norm):
    written = []
    for threads in ("1", "2"):
        output = tmp_path / f"lengths-{threads}.csv"
        subprocess.run(
            [
                *(STARNMF, "networks", "lengths", str(trained / "checkpoints.h5"), str(images), str(output)),
                *("--directions", "3", "--points", "21", "--line-images", "40", "--batch-norm", batch_norm),
                *("--threads", threads, "--device", "cpu"),
            ],
            check=True,
            capture_output=True,
        )
        written.append(output.read_bytes())
    assert written[0] == written[1]
    table = pd.read_csv(tmp_path / "lengths-1.csv")
    assert len(table) == 4 * 3
    assert table["length"].between(0, 1).all()
    np.testing.assert_allclose(table["length"], table["right"] - table["left"])
    assert set(table["batch_norm"]) == {batch_norm}


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--batch-norm", "none", "Invalid value for '--batch-norm': Value error, 'none' is not one of 'eval', 'batch'"),
        ("--points", "50", "points: found 50; expected an odd number from 7 on"),
        ("--line-images", "301", "line_images: found 301; expected at most the 300 training images"),
    ],
)
def test_lengths_that_cannot_be_measured_are_refused(images, trained, tmp_path, monkeypatch, option, value, message):
    options = {"--directions": "2", "--points": "21", "--line-images": "40"} | {option: value}
    files = (str(trained / "checkpoints.h5"), str(images), str(tmp_path / "lengths.csv"))
    given = (part for pair in options.items() for part in pair)
    monkeypatch.setattr(os, "environ", os.environ.copy())  # which the command changes
    monkeypatch.setattr(sys, "argv", [STARNMF, "networks", "lengths", *files, *given])
    with pytest.raises(SystemExit, match=re.escape(message)):
        main()
    assert not (tmp_path / "lengths.csv").exists()


@pytest.mark.parametrize(
    ("scale", "mark"),
    [
        (("published", 300, 50_000), ""),
        (("stand-in", 12, 512), "synthetic images, reduced to 12 of 300 epochs, 512 of 50,000 training images"),
        (("mirror", 300, 3000), "3,000 of 50,000 training images"),
    ],
)
def test_networks_that_are_not_the_papers_are_marked(scale, mark):
    assert scale_mark(*scale) == mark
