"""How far the theorems' conditions can be left: warm start, sparsity, law and balance of the weights (section 6).

Without noise and in expectation, as in `convergence`: what is left after all iterations is no sampling error.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from starnmf.blocks import map_blocks, one_thread_per_block
from starnmf.companions.purification.algorithm import THRESHOLD, Decoding, Examples, Purification
from starnmf.companions.purification.balancing import balance
from starnmf.companions.purification.convergence import DECODINGS
from starnmf.companions.purification.expectation import follow, scaling_for
from starnmf.companions.purification.model import WARM_START, StartKind, Weights, bernoulli, graded, off_diagonal
from starnmf.companions.purification.position import column_norm, normalized_error, split
from starnmf.seeds import generator

Array = npt.NDArray[np.float64]
Preprocessing = Literal["none", "balancing"]
PREPROCESSING: tuple[Preprocessing, ...] = ("none", "balancing")

SIZE = 8
"""n features."""

STEP_SIZE = 0.1
ITERATIONS = 1000

WARM_STARTS = (0.1, 0.3, 1.0, 2.0, 4.0, 8.0, 16.0)
"""l: sizes |E|_s of the start; the theorems ask for 0.1."""

SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Probabilities s / n of a weight."""

REQUIRED_IMBALANCE = 2.0
"""C_2 / c_2: the largest of the weights' second moments in units of the smallest, as the theorems ask for it."""

IMBALANCES = (1.0, 2.0, 4.0, 16.0, 64.0, 256.0)
LARGEST_SHARE = 0.25
"""Probability of the most frequent feature where they differ; the others' fall geometrically."""


@dataclass(frozen=True)
class Condition:
    """One condition, left by so much."""

    name: str
    value: float
    law: str
    weights: Weights
    warm_start: float = WARM_START
    decoding: Decoding = "relu"
    threshold: float = THRESHOLD
    start: StartKind = "signed"
    preprocessing: Preprocessing = "none"


def measure_conditions(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """What is left of the error from `trials` starts under every condition.

    Columns condition (`warm-start`, `sparsity`, `imbalance`), value; law of the weights (`bernoulli`, `graded`), n,
    decoding, threshold, step_size, iterations, start, warm_start, preprocessing (`none`, `balancing`), trial;
    imbalance, the largest second moment in units of the smallest, after balancing where there is any; at the end
    off_diagonal |E|_1, smallest_diagonal of Sigma, error |A^ - A*|_1.
    """
    work = [(condition, trial) for condition in _conditions() for trial in range(trials)]
    with one_thread_per_block():
        return pd.DataFrame(map_blocks(lambda item: _row(*item, seed), work, threads))


def _conditions() -> list[Condition]:
    warm = [
        Condition("warm-start", size, "bernoulli", _alike(1 / SIZE), size, decoding=decoding, threshold=threshold)
        for size in WARM_STARTS
        for decoding, threshold in DECODINGS
    ]
    sparsity = [
        Condition("sparsity", share, law, weights)
        for share in SHARES
        for law, weights in (("bernoulli", _alike(share)), ("graded", graded(SIZE, share)))
    ]
    imbalance = [
        Condition("imbalance", ratio, "bernoulli", _uneven(ratio), start=start, preprocessing=preprocessing)
        for ratio in IMBALANCES
        for start in ("signed", "positive")
        for preprocessing in PREPROCESSING
    ]
    return [*warm, *sparsity, *imbalance]


def _alike(share: float) -> Weights:
    return bernoulli(np.full(SIZE, share))


def _uneven(ratio: float) -> Weights:
    return bernoulli(LARGEST_SHARE * ratio ** -np.linspace(0, 1, SIZE))


def _row(condition: Condition, trial: int, seed: int) -> dict[str, object]:
    random = generator(seed, "purification", "conditions", condition.start, trial)
    start: Array = np.eye(SIZE) + off_diagonal(condition.start, SIZE, condition.warm_start, random)
    weights, D = condition.weights, np.ones(SIZE)
    parameters = Purification(
        condition.threshold, STEP_SIZE, scaling_for(weights, condition.threshold), condition.decoding
    )
    if condition.preprocessing == "balancing":
        # Of features A* D the weights are x* / D, and A D is D^-1 (Sigma + E) D.
        D = balance(np.asarray(np.linalg.inv(start)), Examples(*weights.states), parameters)
        weights = replace(weights, values=weights.values / D[:, None])
        parameters = replace(parameters, scaling=scaling_for(weights, condition.threshold))
    *_, last = follow(start * D / D[:, None], weights, parameters, ITERATIONS)
    at = split(last, np.zeros_like(last))
    moments = weights.second_moments
    return {
        "condition": condition.name,
        "value": condition.value,
        "law": condition.law,
        "n": SIZE,
        "decoding": condition.decoding,
        "threshold": condition.threshold,
        "step_size": STEP_SIZE,
        "iterations": ITERATIONS,
        "start": condition.start,
        "warm_start": condition.warm_start,
        "preprocessing": condition.preprocessing,
        "trial": trial,
        "imbalance": float(moments.max() / moments.min()),
        "off_diagonal": column_norm(at.E),
        "smallest_diagonal": float(at.diagonal.min()),
        "error": normalized_error(last * D[:, None], np.eye(SIZE)),
    }
