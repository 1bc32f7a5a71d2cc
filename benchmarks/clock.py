"""Time of a call that may be over in microseconds, or still under way on a GPU when it returns."""

import math
import time
from collections.abc import Callable

import torch

LEAST_SECONDS = 0.1


def seconds_per_call(work: Callable[[], object], device: torch.device) -> float:
    """Seconds of a call, over as many calls as fill `LEAST_SECONDS` by the time of a first one."""
    once = seconds_of(work, 1, device)
    calls = math.ceil(LEAST_SECONDS / once)
    return once if calls == 1 else seconds_of(work, calls, device) / calls


def seconds_of(work: Callable[[], object], calls: int, device: torch.device) -> float:
    """Seconds of so many calls in a row, the device idle before and after."""
    _wait_for(device)
    start = time.perf_counter()
    for _ in range(calls):
        work()
    _wait_for(device)
    return time.perf_counter() - start


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
