"""What keeps arithmetic from a GPU is said in one message each."""

import importlib.util
import shutil
import sysconfig

import numpy as np
import pytest
import torch

from starnmf import device
from starnmf.errors import InputError
from starnmf.factorization.engines import flow_engine
from starnmf.matrix import Dense, Description

TOO_OLD = "The NVIDIA driver on your system is too old (found version 12020). Please update your GPU driver"


@pytest.fixture
def driver(monkeypatch):
    """A driver, and a torch built for CUDA 13.0 that sees no GPU with it."""
    monkeypatch.setattr(device, "GPU_DRIVERS", ("/dev/null",))
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    def init():
        raise RuntimeError(TOO_OLD)

    monkeypatch.setattr(torch.cuda, "init", init)


def refusal():
    with pytest.raises(InputError, match="device: cuda was asked for, but torch sees no GPU: ") as caught:
        device.choose_device("cuda")
    return str(caught.value)


@pytest.mark.usefixtures("driver")
def test_a_driver_that_is_too_old():
    assert TOO_OLD in refusal()
    assert "needs a driver that supports CUDA 13.0; or use device=auto or device=cpu" in refusal()


@pytest.mark.usefixtures("driver")
def test_no_driver(monkeypatch):
    monkeypatch.setattr(device, "GPU_DRIVERS", ("/no/driver",))
    assert "there is no driver. Install one that supports CUDA 13.0" in refusal()


@pytest.mark.usefixtures("driver")
def test_a_torch_for_cpus(monkeypatch):
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: False)
    assert "is a build for CPUs. Install one for CUDA" in refusal()


@pytest.fixture
def tools(monkeypatch, tmp_path):
    """All that Triton needs."""
    (tmp_path / "Python.h").touch()
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(sysconfig, "get_path", lambda *name: str(tmp_path))
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    return tmp_path


def test_nothing_is_lacking(tools):
    assert tools.exists()
    assert device.what_kernels_lack() == ""


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (lambda patch, tools: patch.setattr(importlib.util, "find_spec", lambda name: None), "Triton is not installed"),
        (
            lambda patch, tools: patch.setattr(shutil, "which", lambda name: None),
            r"there is no C compiler \(gcc or clang\): install gcc",
        ),
        (lambda patch, tools: (tools / "Python.h").unlink(), "Python's headers are missing in .*: install python3-dev"),
    ],
    ids=["triton", "compiler", "headers"],
)
def test_kernels_that_cannot_be_compiled(monkeypatch, tools, missing, message):
    missing(monkeypatch, tools)
    matrix = Dense(np.ones((4, 5), np.float32), Description("toy", 2, "own", {}))
    with pytest.raises(InputError, match=f"the kernels of a GPU cannot be compiled: {message}.*; or use device=cpu"):
        flow_engine(matrix, 3, "float32", "cuda")
