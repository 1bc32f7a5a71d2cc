"""Which networks there are: their layers, width and name, known without torch."""

import re
from dataclasses import dataclass

from starnmf.errors import InputError, did_you_mean

STAGE_CHANNELS = (16, 32, 64)
"""Channels of the three segments at width 1 (Appendix B)."""

_NAME = re.compile(r"resnet(?P<layers>\d+)-k(?P<width>\d+(\.\d+)?)(?P<plain>-plain)?")


_NAMES_IN_THE_PAPER = [
    f"resnet{layers}-k{width}{suffix}"
    for layers in (20, 32, 44, 56, 68, 80, 110)
    for width in (1, 2, 4)
    for suffix in ("", "-plain")
]


@dataclass(frozen=True)
class Architecture:
    """A ResNet for CIFAR-10 of 6n + 2 layers with basic blocks (He et al. 2016).

    Raises `InputError` for layers that are not 6n + 2 and widths that leave no whole number of channels.
    """

    layers: int
    width: float
    """The paper's k, by which the channels are multiplied."""
    shortcuts: bool = True

    def __post_init__(self) -> None:
        """Refuse what no network has."""
        if self.layers < 8 or self.layers % 6 != 2:
            raise InputError(f"a network of {self.layers} layers; expected 6 n + 2: 8, 14, 20, 26, 32, ...")
        if self.width <= 0 or STAGE_CHANNELS[0] * self.width % 1:
            raise InputError(
                f"a network of width {self.width:g}; expected a positive multiple of 1/{STAGE_CHANNELS[0]}, so that "
                "channels are whole"
            )

    @property
    def name(self) -> str:
        """`resnet20-k4`; without shortcuts `resnet20-k4-plain`."""
        return f"resnet{self.layers}-k{self.width:g}{'' if self.shortcuts else '-plain'}"

    @property
    def blocks(self) -> int:
        """Blocks of each segment, n of 6n + 2."""
        return (self.layers - 2) // 6

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of the three segments."""
        return tuple(round(channels * self.width) for channels in STAGE_CHANNELS)


def architecture_named(name: str) -> Architecture:
    """The architecture of a name such as `resnet20-k4` or `resnet20-k0.5-plain`. Raises `InputError` for others."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise InputError(
            f"network {name!r}; expected a name such as resnet20-k4, or resnet20-k4-plain without shortcuts"
            f"{did_you_mean(name, _NAMES_IN_THE_PAPER)}"
        )
    return Architecture(int(match["layers"]), float(match["width"]), shortcuts=match["plain"] is None)
