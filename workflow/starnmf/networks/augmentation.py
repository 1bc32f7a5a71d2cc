"""Images on the device: normalised, and shifted and mirrored at random while training (Appendix B)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from starnmf.images import Bytes

PADDING = 4
"""Black pixels added to every side before an image is cropped to its size again."""

MEAN = (125.3, 123.0, 113.9)
DEVIATION = (63.0, 62.1, 66.7)
"""Of red, green and blue over CIFAR-10's training images, out of 255."""


@dataclass(frozen=True)
class DeviceImages:
    """Images and their labels on one device, padded and still bytes; they become numbers batch by batch."""

    padded: Tensor
    """(count, 3, side + 8, side + 8), uint8."""
    labels: Tensor
    """(count,), int64."""
    mean: Tensor
    """(3, 1, 1), subtracted from every image; on the device from the start, since moving it makes a GPU wait."""
    deviation: Tensor
    """(3, 1, 1), by which every image is divided."""

    @classmethod
    def on(cls, device: str, images: Bytes, labels: Bytes) -> "DeviceImages":
        """Move images (count, 3, side, side) and labels (count,) to a device."""
        moved = torch.from_numpy(images.copy()).to(device)
        scale = (torch.tensor(of, device=device)[:, None, None] for of in (MEAN, DEVIATION))
        return cls(pad(moved, [PADDING] * 4), torch.from_numpy(labels.astype(np.int64)).to(device), *scale)

    def __len__(self) -> int:
        """Number of images."""
        return len(self.labels)

    def batch(self, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """Consecutive images as they are: normalised float32, channels last, and labels."""
        middle = slice(PADDING, -PADDING)
        return self._normalized(self.padded[start:stop, :, middle, middle]), self.labels[start:stop]

    def augmented_batch(self, chosen: Tensor, shifts: Tensor, mirrored: Tensor) -> tuple[Tensor, Tensor]:
        """Chosen images, cropped at `shifts` (batch, 2) of 0 to 8 from the padded top left, mirrored where chosen."""
        side = self.padded.shape[-1] - 2 * PADDING
        along = torch.arange(side, device=self.padded.device)
        rows = shifts[:, :1] + along
        columns = shifts[:, 1:] + torch.where(mirrored[:, None], side - 1 - along, along)
        channels = torch.arange(self.padded.shape[1], device=self.padded.device)
        crops = self.padded[
            chosen[:, None, None, None], channels[:, None, None], rows[:, None, :, None], columns[:, None, None, :]
        ]
        return self._normalized(crops), self.labels[chosen]

    def _normalized(self, images: Tensor) -> Tensor:
        return ((images.float() - self.mean) / self.deviation).contiguous(memory_format=torch.channels_last)


def epoch_draws(count: int, random: np.random.Generator, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """The random part of one epoch, the same on every device: order and shifts of images, and which are mirrored."""
    drawn = (
        random.permutation(count),
        random.integers(0, 2 * PADDING + 1, (count, 2)),
        random.integers(0, 2, count).astype(bool),
    )
    order, shifts, mirrored = (torch.from_numpy(numbers).to(device) for numbers in drawn)
    return order, shifts, mirrored
