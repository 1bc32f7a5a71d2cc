"""A step taken many times: recorded once as a CUDA graph and replayed, so that no kernel waits for
Python.
"""

from collections.abc import Callable

import torch

RECORDED = 10
"""Steps in the longer of the two graphs; what is left of a call is replayed step by step."""

WARM_UP = 3
"""Steps taken before recording, during which kernels are compiled and libraries set themselves up."""


Step = Callable[[], None]


class Repeated:
    """A step, as often as asked for; it works in place on tensors that stay where they are and
    never waits for the GPU.

    The step is given with every call and always the same one: were it kept, its owner would keep
    itself alive.

    On a GPU the first `WARM_UP` steps are taken as they are, on a side stream as recording asks
    for; from then on recorded steps are replayed. Recording itself takes no step, so
    `repeated(times)` always takes exactly `times`. On other devices the step is simply called.
    """

    def __init__(self, device: torch.device) -> None:
        self._warm_up_left = WARM_UP
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._graphs: dict[int, torch.cuda.CUDAGraph] = {}

    def __call__(self, step: Step, times: int) -> None:
        """Take `times` steps."""
        if self._stream is None:
            self._call(step, times)
            return
        unrecorded = min(times, self._warm_up_left)
        if unrecorded:
            self._warm_up_left -= unrecorded
            self._stream.wait_stream(torch.cuda.current_stream(self._stream.device))
            with torch.cuda.stream(self._stream):
                self._call(step, unrecorded)
            torch.cuda.current_stream(self._stream.device).wait_stream(self._stream)
        chunks, single = divmod(times - unrecorded, RECORDED)
        for steps, replays in ((RECORDED, chunks), (1, single)):
            for _ in range(replays):
                self._graph(step, steps).replay()

    def _graph(self, step: Step, steps: int) -> torch.cuda.CUDAGraph:
        """`steps` steps as a graph, recorded when first asked for."""
        if steps not in self._graphs:
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=self._stream):
                self._call(step, steps)
            self._graphs[steps] = graph
        return self._graphs[steps]

    def _call(self, step: Step, times: int) -> None:
        for _ in range(times):
            step()
