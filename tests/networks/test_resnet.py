"""The networks: their sizes as published, their parts, their start."""

import numpy as np
import pytest
import torch
from torch import nn

from starnmf.errors import InputError
from starnmf.networks.architecture import Architecture, architecture_named
from starnmf.networks.resnet import ResNet, initialized

# He et al. (2016), Table 6, in millions; their shortcuts have no parameters, as networks without shortcuts have none.
HE_TABLE_6 = {20: 0.27, 32: 0.46, 44: 0.66, 56: 0.85, 110: 1.7}
# Counts that implementations of these networks report.
WITHOUT_SHORTCUTS = {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962}
WITH_SHORTCUTS = {20: 272_474}


def parameter_count(network):
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize("layers", WITHOUT_SHORTCUTS)
def test_parameter_counts_are_the_published_ones(layers):
    count = parameter_count(ResNet(Architecture(layers, 1, shortcuts=False)))
    assert count == WITHOUT_SHORTCUTS[layers]
    assert round(count / 1e6, 2 if layers < 110 else 1) == HE_TABLE_6[layers]


def test_shortcuts_add_their_two_convolutions():
    assert parameter_count(ResNet(Architecture(20, 1))) == WITH_SHORTCUTS[20]
    for layers in (32, 110):
        added = 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64
        assert parameter_count(ResNet(Architecture(layers, 1))) == WITHOUT_SHORTCUTS[layers] + added


@pytest.mark.parametrize("width", [0.5, 1, 2, 4])
@pytest.mark.parametrize("layers", [8, 20, 68, 80])
def test_layers_and_channels_are_those_of_the_name(layers, width):
    network = ResNet(architecture_named(f"resnet{layers}-k{width:g}"))
    weighted = [part for part in network.modules() if isinstance(part, nn.Conv2d | nn.Linear)]
    shortcuts = [part for part in weighted if isinstance(part, nn.Conv2d) and part.kernel_size == (1, 1)]
    assert len(weighted) - len(shortcuts) == layers
    assert len(shortcuts) == 2
    assert network.output.in_features == 64 * width
    sizes = {part.in_channels * part.out_channels * 9 for part in weighted[1:] if isinstance(part, nn.Conv2d)}
    assert (16 * width) ** 2 * 9 in sizes


def test_width_multiplies_convolutions_by_its_square():
    def inner(width):
        network = ResNet(Architecture(20, width))
        return sum(
            part.weight.numel()
            for name, part in network.named_modules()
            if "blocks" in name and hasattr(part, "weight") and part.weight.ndim == 4
        )

    assert inner(4) == 16 * inner(1)


def test_the_forward_pass_is_the_formula_of_a_residual_network():
    network = initialized(architecture_named("resnet8-k0.25"), seed=1).double()
    plain = initialized(architecture_named("resnet8-k0.25-plain"), seed=1).double()
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((5, 3, 32, 32)))
    for net in (network, plain):
        _random_norms(net)
        np.testing.assert_allclose(net.eval()(x).detach(), _by_hand(net, x.numpy()), rtol=1e-10, atol=1e-12)


def _random_norms(network):
    random = np.random.default_rng(1)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            for tensor, low in ((part.weight, 0.5), (part.bias, -1), (part.running_mean, -1), (part.running_var, 0.5)):
                tensor.data = torch.from_numpy(random.uniform(low, 2, len(tensor)))


def _by_hand(network, x):
    """The network by numpy alone, sum by sum over the filter's places."""
    tensors = {name: tensor.detach().numpy() for name, tensor in network.state_dict().items()}

    def normalized(x, name, stride=1):
        weight = tensors[f"{name}.convolution.weight"]
        size = weight.shape[2]
        padded = np.pad(x, [(0, 0), (0, 0), *[(size // 2,) * 2] * 2])
        side = -(-x.shape[2] // stride)
        out = sum(
            np.einsum(
                "oc,bcij->boij",
                weight[:, :, i, j],
                padded[:, :, i : i + stride * side : stride, j : j + stride * side : stride][:, :, :side, :side],
            )
            for i in range(size)
            for j in range(size)
        )
        mean, variance, scale, shift = (
            tensors[f"{name}.norm.{part}"][:, None, None] for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (out - mean) / np.sqrt(variance + 1e-5) * scale + shift

    x = np.maximum(normalized(x, "entry"), 0)
    for block, stride in enumerate((1, 2, 2)):
        name = f"blocks.{block}"
        changed = normalized(np.maximum(normalized(x, f"{name}.first", stride), 0), f"{name}.second")
        if f"{name}.shortcut.convolution.weight" in tensors:
            changed = changed + normalized(x, f"{name}.shortcut", stride)
        elif network.blocks[block].shortcut is not None:
            changed = changed + x
        x = np.maximum(changed, 0)
    return x.mean(axis=(2, 3)) @ tensors["output.weight"].T + tensors["output.bias"]


def test_the_start_is_kaiming_normal_by_fan_in():
    network = initialized(architecture_named("resnet20-k4"), seed=0)
    for name, weight in network.named_parameters():
        values = weight.detach().numpy()
        if weight.ndim > 1:
            expected = np.sqrt(2 / np.prod(values.shape[1:]))
            assert values.std() == pytest.approx(expected, rel=6 / np.sqrt(2 * values.size)), name
            assert abs(values.mean()) < 6 * expected / np.sqrt(values.size), name
        else:
            assert (values == (1 if name.endswith("norm.weight") else 0)).all(), name


def test_the_start_depends_on_seed_and_network_alone():
    first, again, other = (initialized(architecture_named("resnet8-k1"), seed) for seed in (0, 0, 1))
    torch.manual_seed(5)
    for one, two, three in zip(first.parameters(), again.parameters(), other.parameters(), strict=True):
        assert torch.equal(one, two)
        assert one.ndim == 1 or not torch.equal(one, three)


def test_every_training_starts_elsewhere_and_the_first_as_if_it_were_the_only_one():
    architecture = architecture_named("resnet8-k1")
    alone, *several = (initialized(architecture, 0, *training) for training in ((), (0,), (1,), (2,)))
    for name, weight in alone.named_parameters():
        weights = [weight, *(network.get_parameter(name) for network in several)]
        same = {(i, j) for i in range(4) for j in range(i) if torch.equal(weights[i], weights[j])}
        assert same == ({(1, 0)} if weight.ndim > 1 else {(i, j) for i in range(4) for j in range(i)}), name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("resnet21-k1", "21 layers; expected 6 n \\+ 2"),
        ("resnet2-k1", "2 layers"),
        ("resnet20-k0", "width 0"),
        ("resnet20-k0.3", "width 0.3; expected a positive multiple of 1/16"),
        ("resnet20", "network 'resnet20'; expected a name such as resnet20-k4"),
        ("vgg16-k1", "network 'vgg16-k1'"),
    ],
)
def test_other_networks_are_refused(name, message):
    with pytest.raises(InputError, match=message):
        architecture_named(name)


@pytest.mark.parametrize("name", ["resnet20-k4", "resnet110-k1", "resnet8-k0.25", "resnet44-k2-plain"])
def test_names_are_read_back(name):
    assert architecture_named(name).name == name
