"""Random directions in the space of a network's weights, normalised filter by filter (Li et al. 2018, section 4.3)."""

import torch
from torch import Tensor, nn

from starnmf.seeds import generator

Direction = dict[str, Tensor]
"""What a step along the direction adds to each weight, by the weight's name; weights not in it stay."""


def random_direction(network: nn.Module, seed: int, *address: str | int) -> Direction:
    """A Gaussian direction of which every filter has the norm that the filter of the weights has.

    A filter is a slice of a weight of two or more dimensions along its first one. Biases and the parameters of batch
    norm have direction 0. The numbers depend on the seed and the address alone, the same on every device.
    """
    direction = {}
    for name, weight in network.named_parameters():
        if weight.ndim > 1:
            drawn = generator(seed, *address, name).standard_normal(tuple(weight.shape), dtype="float32")
            direction[name] = _with_filter_norms(torch.from_numpy(drawn).to(weight.device), weight.detach())
    return direction


def _with_filter_norms(drawn: Tensor, weight: Tensor) -> Tensor:
    sides = tuple(range(1, weight.ndim))
    norms = torch.linalg.vector_norm(weight, dim=sides, keepdim=True)
    scaled: Tensor = drawn * (norms / torch.linalg.vector_norm(drawn, dim=sides, keepdim=True))
    return scaled
