"""A step taken many times: recorded once as a CUDA graph and replayed, so that no kernel waits for Python."""

from collections.abc import Callable

import torch

WARM_UP = 3
"""Steps taken before recording, during which kernels are compiled and libraries set themselves up."""


class Repeated:
    """A step that is taken again and again; it works in place on tensors that stay where they are
    and never waits for the GPU.

    The step is given with every call and is always the same one: were it kept, its owner would keep
    itself alive.

    On a GPU the first `WARM_UP` steps are taken as they are, on a side stream as recording asks
    for; from then on the recorded step is replayed. Recording itself takes no step. On other
    devices the step is simply called.
    """

    def __init__(self, device: torch.device) -> None:
        self._warm_up_left = WARM_UP
        self._graph: torch.cuda.CUDAGraph | None = None
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def __call__(self, step: Callable[[], None]) -> None:
        """Take the step once."""
        if self._stream is None:
            step()
        elif self._warm_up_left:
            self._warm_up_left -= 1
            self._stream.wait_stream(torch.cuda.current_stream(self._stream.device))
            with torch.cuda.stream(self._stream):
                step()
            torch.cuda.current_stream(self._stream.device).wait_stream(self._stream)
        else:
            if self._graph is None:
                self._graph = torch.cuda.CUDAGraph()
                with torch.cuda.graph(self._graph, stream=self._stream):
                    step()
            self._graph.replay()
