"""The residual network itself, with and without shortcuts, and its initialization (He et al. 2015, 2016)."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from starnmf.images import CLASSES
from starnmf.networks.architecture import Architecture
from starnmf.networks.protocol import training_address
from starnmf.seeds import generator


class NormalizedConvolution(nn.Sequential):
    """A convolution without bias, then batch norm."""

    def __init__(self, channels_in: int, channels_out: int, size: int, stride: int = 1) -> None:
        super().__init__()
        self.convolution: nn.Conv2d = nn.Conv2d(channels_in, channels_out, size, stride, size // 2, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(channels_out)


class BasicBlock(nn.Module):
    """Two convolutions of 3 x 3 and, where the network has shortcuts, the block's input added to their output.

    Where the shape changes the shortcut is a convolution of 1 x 1 with batch norm, of every second pixel where the
    stride is 2. These pixels are taken first: a convolution with a stride of 2 and four channels writes beyond its
    memory in torch 2.13 on processors without AVX-512.
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int, shortcuts: bool) -> None:
        super().__init__()
        self.first = NormalizedConvolution(channels_in, channels_out, 3, stride)
        self.second = NormalizedConvolution(channels_out, channels_out, 3)
        self.stride = stride
        self.shortcut: nn.Module | None = None
        if shortcuts:
            same_shape = stride == 1 and channels_in == channels_out
            self.shortcut = nn.Identity() if same_shape else NormalizedConvolution(channels_in, channels_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(images, channels_in, side, side) to (images, channels_out, side / stride, side / stride)."""
        changed: Tensor = self.second(relu(self.first(x)))
        if self.shortcut is None:
            return relu(changed)
        return relu(changed + self.shortcut(x[:, :, :: self.stride, :: self.stride]))


class ResNet(nn.Module):
    """One convolution, three segments of basic blocks, the mean over the image, and a linear layer: 6n + 2 layers."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.entry = NormalizedConvolution(3, architecture.channels[0], 3)
        blocks: list[nn.Module] = []
        channels_in = architecture.channels[0]
        for segment, channels in enumerate(architecture.channels):
            for block in range(architecture.blocks):
                stride = 2 if segment > 0 and block == 0 else 1
                blocks.append(BasicBlock(channels_in, channels, stride, architecture.shortcuts))
                channels_in = channels
        self.blocks = nn.Sequential(*blocks)
        self.output = nn.Linear(channels_in, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Normalised images (images, 3, 32, 32) to logits (images, classes)."""
        features = self.blocks(relu(self.entry(x)))
        logits: Tensor = self.output(features.mean(dim=(2, 3)))
        return logits


def initialized(architecture: Architecture, seed: int, training: int = 0) -> ResNet:
    """A network at its start: Kaiming-normal weights by fan-in, the last layer's too (Table 3), biases 0, norms 1.

    The numbers are drawn weight by weight from the seed, the training's number and the weight's own name, the same on
    every device.
    """
    network, address = ResNet(architecture), training_address(architecture.name, training)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if weight.ndim > 1:
                random = generator(seed, *address, "initialization", name)
                fan_in = math.prod(weight.shape[1:])
                drawn = random.standard_normal(tuple(weight.shape), dtype="float32")
                weight.copy_(torch.from_numpy(math.sqrt(2 / fan_in) * drawn))
        network.output.bias.zero_()
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]
