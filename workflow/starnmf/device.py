"""The device that arithmetic runs on, and what it takes."""

import importlib.util
import os
import shutil
import sys
import sysconfig
from pathlib import Path

from starnmf.errors import InputError

GPU_DRIVERS = ("/proc/driver/nvidia", "/dev/nvidia0", "/dev/dxg", "/dev/kfd")
"""Where Linux shows a GPU that torch could use."""


def choose_device(name: str) -> str:
    """`cpu` or `cuda` for a `Device`; `auto` is a GPU when torch sees one. Raises `InputError` for `cuda` where not."""
    if name == "cuda" and not _torch_sees_a_gpu():
        raise InputError(
            f"device: cuda was asked for, but torch sees no GPU: {why_no_gpu()}; or use device=auto or device=cpu"
        )
    if name == "auto":
        return "cuda" if _torch_sees_a_gpu() else "cpu"
    return name


def device_name(device: str) -> str:
    """`cpu`, or the card's own name."""
    if device == "cpu":
        return device
    import torch

    return torch.cuda.get_device_name(device)


def why_no_gpu() -> str:
    """What keeps torch from a GPU (its build, no driver, an old one), and what to do; "" where nothing does."""
    import torch

    if not torch.backends.cuda.is_built():  # type: ignore[no-untyped-call]
        return f"torch {torch.__version__} is a build for CPUs. Install one for CUDA"
    if not _is_there_a_driver():
        return f"there is no driver. Install one that supports CUDA {torch.version.cuda}, which torch is built for"
    try:
        torch.cuda.init()  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        reason = str(error).split(" (Triggered")[0].rstrip(".")
        return f"{reason}. torch {torch.__version__} needs a driver that supports CUDA {torch.version.cuda}"
    return ""


def what_kernels_lack() -> str:
    """What Triton lacks to compile the kernels of a GPU, and what to do; "" where nothing is missing.

    Triton compiles the code that launches a kernel with the C compiler and Python's headers.
    """
    if importlib.util.find_spec("triton") is None:
        return "Triton is not installed: it comes with torch's builds for CUDA"
    compilers = [os.environ["CC"]] if "CC" in os.environ else ["gcc", "clang"]
    if not any(map(shutil.which, compilers)):
        return f"there is no C compiler ({' or '.join(compilers)}): install gcc, or name another in CC"
    headers = Path(sysconfig.get_path("include", "posix_prefix"))  # where Triton looks
    if not (headers / "Python.h").exists():
        return f"Python's headers are missing in {headers}: install python3-dev"
    return ""


def round_as_float32() -> None:
    """Let products and convolutions of float32 on a GPU round as float32 does, not as TF32."""
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False


def _torch_sees_a_gpu() -> bool:
    """Without a driver the answer is known before torch, which takes seconds to load, is asked."""
    if not _is_there_a_driver():
        return False
    import torch

    return torch.cuda.is_available()


def _is_there_a_driver() -> bool:
    return sys.platform != "linux" or any(Path(driver).exists() for driver in GPU_DRIVERS)
