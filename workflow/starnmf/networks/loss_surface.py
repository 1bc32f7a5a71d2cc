"""The loss of a network around its weights: along directions, on a fixed set of images."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.fusion import fuse_conv_bn_eval

from starnmf.device import round_as_float32
from starnmf.errors import InputError
from starnmf.images import Images
from starnmf.memory import keep_freed_memory
from starnmf.networks.augmentation import DeviceImages
from starnmf.networks.directions import Direction
from starnmf.networks.protocol import BATCH_SIZE
from starnmf.networks.resnet import NormalizedConvolution, ResNet

CPU_BATCH, GPU_BATCH = 64, 2000
"""Images in a batch in `eval`, where the result does not depend on it: few fit in a core's cache, many fill a GPU."""


ROUNDING = 2.0**-21
"""How far float32 moves a second difference of mean losses, as a share of the mean largest logit. Measured against
float64: by at most 2^-23 of it for 8 layers and 2^-21 for 56, where the differences are 2^-16 to 2^-7 of it."""


@dataclass(frozen=True)
class LossOptions:
    """How the loss around networks is computed."""

    line_images: int
    """Training images that it is taken on, the first ones."""
    batch_norm: str
    """A `choices.BatchNorm`. `eval`: by the statistics of the training, as in Li et al. (2018); `batch`: by those of
    batches, as in training."""
    seed: int
    device: str
    """`cpu` or `cuda`."""
    threads: int
    """Of a CPU; results do not depend on them."""

    @property
    def workers(self) -> int:
        """Surfaces evaluated at the same time: one per thread of a CPU; a single one on a GPU, which it fills."""
        return self.threads if self.device == "cpu" else 1

    @property
    def columns(self) -> dict[str, str | int | float]:
        """The columns of result tables with these options."""
        return {"line_images": self.line_images, "batch_norm": self.batch_norm, "device": self.device}

    def images(self, images: Images) -> DeviceImages:
        """The training images that the loss is taken on, on the device. Raises `InputError` when there are fewer."""
        count = len(images.training_images)
        if self.line_images > count:
            raise InputError(f"line_images: found {self.line_images}; expected at most the {count} training images")
        chosen = slice(self.line_images)
        return DeviceImages.on(self.device, images.training_images[chosen], images.training_labels[chosen])


class LossSurface:
    """Mean cross-entropy over images as a function of a network's weights.

    The network computes in float32 without TF32, the cross-entropy and its mean are taken in float64.
    Images are taken as they are, without augmentation. A surface works on a copy of the network, on one device.
    """

    def __init__(self, network: ResNet, images: DeviceImages, batch_norm: str) -> None:
        self._network = deepcopy(network).to(images.labels.device).requires_grad_(False)
        keep_freed_memory()
        round_as_float32()
        self._scales: dict[str, Tensor] = {}
        if batch_norm == "eval":
            self._network.eval()
            self._scales = _fold_norms(self._network)
            size = CPU_BATCH if images.labels.device.type == "cpu" else GPU_BATCH
        else:
            self._network.train()
            size = BATCH_SIZE
        self._batches = [images.batch(at, min(at + size, len(images))) for at in range(0, len(images), size)]
        self._count = len(images)
        self._centre = {name: weight.clone() for name, weight in self._network.named_parameters()}

    def along(self, *directions: Direction) -> Callable[..., tuple[float, float]]:
        """The loss at the weights plus t_1 times the first direction, t_2 times the second, ... as a function of them.

        With the loss comes how far rounding may have moved a second difference of such losses.
        """
        scaled = [
            {name: step * self._scales[name] if name in self._scales else step for name, step in direction.items()}
            for direction in directions
        ]

        def loss(*positions: float) -> tuple[float, float]:
            for name, weight in self._network.named_parameters():
                weight.copy_(self._centre[name])
                for position, direction in zip(positions, scaled, strict=True):
                    if name in direction:
                        weight.add_(direction[name], alpha=position)
            return self._mean_loss()

        return loss

    @torch.inference_mode()
    def _mean_loss(self) -> tuple[float, float]:
        """Mean loss and its rounding."""
        sums = torch.zeros(2, dtype=torch.float64, device=self._batches[0][0].device)
        for pixels, labels in self._batches:
            logits = self._network(pixels).double()
            sums[0] += cross_entropy(logits, labels, reduction="sum")
            sums[1] += logits.abs().amax(dim=1).sum()
        loss, largest_logit = (sums / self._count).tolist()
        return loss, ROUNDING * largest_logit


def _fold_norms(network: ResNet) -> dict[str, Tensor]:
    """Fold every batch norm into the convolution before it; return what each convolution's filters were scaled by.

    Batch norm with fixed statistics is linear, so a step of the weights is scaled like the weights themselves.
    """
    scales = {}
    for name, unit in network.named_modules():
        if isinstance(unit, NormalizedConvolution) and isinstance(unit.norm, nn.BatchNorm2d):
            norm = unit.norm
            assert norm.running_var is not None
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            scales[f"{name}.convolution.weight"] = scale[:, None, None, None]
            unit.convolution = fuse_conv_bn_eval(unit.convolution, norm)
            unit.norm = nn.Identity()
    return scales
