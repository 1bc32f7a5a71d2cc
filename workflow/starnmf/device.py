"""The device that arithmetic runs on."""

import sys
from pathlib import Path

from starnmf.choices import Device
from starnmf.errors import InputError

GPU_DRIVERS = ("/proc/driver/nvidia", "/dev/nvidia0", "/dev/dxg", "/dev/kfd")
"""Where Linux shows a GPU that torch could use."""


def choose_device(name: str) -> str:
    """`cpu` or `cuda` for `auto`, `cpu` or `cuda`; `auto` is a GPU when torch sees one.

    Raises `InputError` for another name, and for `cuda` where torch sees no GPU.
    """
    if name not in set(Device):
        raise InputError(f"device: found {name!r}; expected one of {', '.join(Device)}")
    if name == "cuda" and not _torch_sees_a_gpu():
        raise InputError("device: cuda was asked for, but torch sees no GPU. Use device=auto or device=cpu")
    if name == "auto":
        return "cuda" if _torch_sees_a_gpu() else "cpu"
    return name


def device_name(device: str) -> str:
    """`cpu`, or the card's own name."""
    if device == "cpu":
        return device
    import torch

    return torch.cuda.get_device_name(device)


def _torch_sees_a_gpu() -> bool:
    """Without a driver the answer is known before torch, which takes seconds to load, is asked."""
    if sys.platform == "linux" and not any(Path(driver).exists() for driver in GPU_DRIVERS):
        return False
    import torch

    return torch.cuda.is_available()
