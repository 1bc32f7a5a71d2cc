"""Training and line losses on a GPU, beside those of the CPU."""

import numpy as np
import pytest
import torch

from starnmf.datasets.cifar10 import read_images, write_stand_in
from starnmf.networks.architecture import architecture_named
from starnmf.networks.augmentation import DeviceImages, epoch_draws
from starnmf.networks.directions import random_direction
from starnmf.networks.loss_surface import LossSurface
from starnmf.networks.resnet import initialized
from starnmf.networks.training import Plan, train

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    write_stand_in(folder, 1000, 300, seed=0)
    return read_images(folder, "stand-in")


@pytest.mark.parametrize("batch_norm", ["eval", "batch"])
def test_line_losses_are_those_of_the_cpu(images, batch_norm):
    network = initialized(architecture_named("resnet20-k1"), seed=0)
    found = []
    for device in ("cpu", "cuda"):
        data = DeviceImages.on(device, images.training_images, images.training_labels)
        direction = random_direction(network.to(device), 0, "a")
        along = LossSurface(network, data, batch_norm).along(direction)
        found.append([along(t)[0] for t in (-0.3, 0.0, 0.2)])
    assert found[1] == pytest.approx(found[0], rel=1e-4)


def test_training_learns_and_goes_on(images, tmp_path):
    plan = Plan(architecture_named("resnet8-k1"), 12, 0, "cuda")
    trained = train(plan, images, 1, tmp_path / "resume.h5", 5)
    assert trained.summary["precision"] == "bfloat16"
    assert trained.summary["test_accuracy"] > 0.5
    again = train(plan, images, 1, tmp_path / "resume.h5", 5)
    assert again.history["epoch"].tolist() == list(range(1, 13))
    assert again.history["loss"][:10].tolist() == trained.history["loss"][:10].tolist(), "taken from the state"


def test_batches_are_made_without_waiting(images):
    data = DeviceImages.on("cuda", images.training_images, images.training_labels)
    draws = epoch_draws(len(data), np.random.default_rng(0), "cuda")
    torch.cuda.set_sync_debug_mode("error")
    try:
        data.augmented_batch(*(drawn[:128] for drawn in draws))
    finally:
        torch.cuda.set_sync_debug_mode("default")
