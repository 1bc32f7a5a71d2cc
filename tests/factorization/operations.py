"""What a device is asked for, counted."""

from torch.utils._python_dispatch import TorchDispatchMode


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
