"""The device a descent runs on."""

import torch

from starnmf.errors import InputError

DEVICES = ("auto", "cpu", "cuda")


def choose_device(name: str) -> torch.device:
    """The torch device for `auto`, `cpu` or `cuda`; `auto` is a GPU when torch sees one.

    Raises `InputError` for another name, and for `cuda` where torch sees no GPU.
    """
    if name not in DEVICES:
        raise InputError(f"device: found {name!r}; expected one of {', '.join(DEVICES)}")
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("device: cuda was asked for, but torch sees no GPU. Use device=auto or device=cpu")
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)
