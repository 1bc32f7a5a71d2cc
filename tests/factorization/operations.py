"""What a device is asked for, counted, and whether the host waits for it."""

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from starnmf.factorization.flow import END


class Operations(TorchDispatchMode):
    """Counts what torch asks a device to do; views ask nothing of it."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if not function.is_view and function._schema.name not in {"aten::empty", "aten::new_empty"}:
            self.names.append(function.name())
        return function(*args, **(kwargs or {}))


class Launches:
    """Stands for a kernel, and counts how often it is launched."""

    def __init__(self):
        self.count = 0

    def __getitem__(self, grid):
        return self.launch

    def launch(self, *operands, **sizes):
        self.count += 1


def run_without_waits(batch, restarts):
    """Run a recorded stage of a batch, and begin and end steps; an error where the host waits for the GPU."""
    weights, going = np.tile(END, (restarts, 1)), np.zeros(restarts, bool)
    for _ in range(5):  # compiles, and records
        batch.stage(weights, going)
    torch.cuda.set_sync_debug_mode("error")
    try:
        batch.stage(weights, going)
        batch.start_steps([0, 2], np.array([0.1, 0.2]))
        batch.accept([1], np.array([0.1]))
    finally:
        torch.cuda.set_sync_debug_mode("default")
