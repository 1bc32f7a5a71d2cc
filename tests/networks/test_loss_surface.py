"""The loss around a network's weights, against the network itself in float64 with its weights displaced one by one."""

import numpy as np
import pytest
import torch
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from starnmf.networks.architecture import architecture_named
from starnmf.networks.augmentation import DEVIATION, MEAN, DeviceImages, epoch_draws
from starnmf.networks.directions import random_direction
from starnmf.networks.loss_surface import LossSurface
from starnmf.networks.resnet import initialized

COUNT = 150


@pytest.fixture(scope="module")
def raw():
    random = np.random.default_rng(0)
    return random.integers(0, 256, (COUNT, 3, 32, 32), dtype=np.uint8), random.integers(0, 10, COUNT).astype(np.uint8)


@pytest.fixture(scope="module")
def images(raw):
    return DeviceImages.on("cpu", *raw)


@pytest.fixture(scope="module", params=["resnet8-k0.5", "resnet14-k0.25-plain"])
def network(request, images):
    """A network with the norms of a trained one: statistics of the images, scales of either sign, shifts."""
    network = initialized(architecture_named(request.param), seed=0)
    network.train()(images.batch(0, COUNT)[0])
    random = np.random.default_rng(2)
    for name, parameter in network.named_parameters():
        if "norm" in name:
            parameter.data += torch.from_numpy(random.normal(0, 0.3, parameter.shape).astype(np.float32))
    network.entry.norm.weight.data[0] *= -1
    return network


def normalized(raw):
    mean, deviation = (np.array(of)[:, None, None] for of in (MEAN, DEVIATION))
    return torch.from_numpy((raw[0] - mean) / deviation), torch.from_numpy(raw[1].astype(np.int64))


def loss_by_hand(network, raw, displaced, training=False):
    """The mean loss in float64 with weights replaced, batch norm never folded."""
    pixels, labels = normalized(raw)
    double = {name: value.double() for name, value in network.state_dict().items() if value.is_floating_point()}
    logits = functional_call(network.train(training), double | displaced, (pixels,))
    return cross_entropy(logits, labels)


@pytest.mark.parametrize("t", [-0.5, -0.02, 0.0, 0.3])
def test_loss_along_a_direction_is_that_of_displaced_weights(network, images, raw, t):
    direction = random_direction(network, 0, "a")
    loss, rounding = LossSurface(network, images, "eval").along(direction)(t)
    displaced = {
        name: weight.detach().double() + t * direction[name].double()
        for name, weight in network.named_parameters()
        if name in direction
    }
    expected = float(loss_by_hand(network, raw, displaced))
    assert loss == pytest.approx(expected, rel=2e-6)
    assert abs(loss - expected) < 20 * rounding


def test_loss_over_two_directions(network, images, raw):
    one, two = (random_direction(network, 0, name) for name in "ab")
    loss, _ = LossSurface(network, images, "eval").along(one, two)(0.4, -0.3)
    displaced = {
        name: weight.detach().double() + 0.4 * one[name].double() - 0.3 * two[name].double()
        for name, weight in network.named_parameters()
        if name in one
    }
    assert loss == pytest.approx(float(loss_by_hand(network, raw, displaced)), rel=2e-6)


def test_statistics_of_batches_are_those_of_128_images(network, images, raw):
    direction = random_direction(network, 0, "a")
    loss, _ = LossSurface(network, images, "batch").along(direction)(0.2)
    displaced = {
        name: weight.detach().double() + 0.2 * direction[name].double()
        for name, weight in network.named_parameters()
        if name in direction
    }
    parts = [(slice(0, 128), 128), (slice(128, COUNT), COUNT - 128)]
    expected = sum(
        count * float(loss_by_hand(network, (raw[0][part], raw[1][part]), displaced, training=True))
        for part, count in parts
    )
    assert loss == pytest.approx(expected / COUNT, rel=1e-5)


def test_the_slope_is_that_of_autograd(network, images, raw):
    direction = random_direction(network, 0, "a")
    along = LossSurface(network, images, "eval").along(direction)
    for t in (0.0, 0.25):
        weights = {
            name: (network.state_dict()[name].double() + t * direction[name].double()).requires_grad_()
            for name in direction
        }
        gradients = torch.autograd.grad(loss_by_hand(network, raw, weights), list(weights.values()))
        slope = sum(
            float((gradient * direction[name].double()).sum())
            for name, gradient in zip(weights, gradients, strict=True)
        )
        step = 2e-4
        assert (along(t + step)[0] - along(t - step)[0]) / (2 * step) == pytest.approx(slope, rel=5e-3, abs=5e-3)


def test_the_network_itself_is_left_alone(network, images):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    for batch_norm in ("eval", "batch"):
        LossSurface(network, images, batch_norm).along(random_direction(network, 0, "a"))(0.5)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_directions_have_the_norms_of_the_filters(network):
    direction = random_direction(network, 0, "a")
    for name, weight in network.named_parameters():
        if weight.ndim == 1:
            assert name not in direction
            continue
        for filter_, step in zip(weight.detach().numpy(), direction[name].numpy(), strict=True):
            assert np.linalg.norm(step) == pytest.approx(np.linalg.norm(filter_), rel=1e-5)


def test_directions_are_gaussian_and_differ_by_their_address(network):
    one, again, other = (random_direction(network, 0, *address) for address in (("x", 1), ("x", 1), ("x", 2)))
    name = "output.weight"
    assert torch.equal(one[name], again[name])
    cosine = torch.nn.functional.cosine_similarity(one[name].flatten(), other[name].flatten(), dim=0)
    assert abs(float(cosine)) < 5 / one[name].numel() ** 0.5


def test_augmented_images_are_crops_and_mirror_images(raw, images):
    order, shifts, mirrored = epoch_draws(COUNT, np.random.default_rng(3), "cpu")
    assert sorted(order.tolist()) == list(range(COUNT))
    assert set(shifts.flatten().tolist()) == set(range(9))
    part = slice(20, 60)
    pixels, labels = images.augmented_batch(order[part], shifts[part], mirrored[part])
    padded = np.pad(raw[0], [(0, 0), (0, 0), (4, 4), (4, 4)])
    mean, deviation = (np.array(of)[:, None, None] for of in (MEAN, DEVIATION))
    for index in range(40):
        chosen = int(order[20 + index])
        row, column = shifts[20 + index].tolist()
        crop = padded[chosen, :, row : row + 32, column : column + 32]
        if mirrored[20 + index]:
            crop = crop[:, :, ::-1]
        np.testing.assert_allclose(pixels[index], (crop - mean) / deviation, atol=1e-5)
        assert labels[index] == raw[1][chosen]
