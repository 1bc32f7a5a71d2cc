"""How far the theorems' conditions can be violated: warm start, sparsity, law and balance of the weights (section 6).

Without noise and in expectation, as in `potential`: the error after all iterations is no sampling error.
"""

from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.blocks import map_blocks
from starnmf.companions.purification import model
from starnmf.companions.purification.algorithm import THRESHOLD, Decoding, Examples, Purification, balance
from starnmf.companions.purification.expectation import follow, scaling_for
from starnmf.companions.purification.model import WARM_START, StartKind, WeightLaw
from starnmf.companions.purification.potential import DECODINGS
from starnmf.seeds import generator

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
    """One violated condition: columns of the table."""

    condition: str
    value: float
    law: Literal["bernoulli", "graded"] = "bernoulli"
    warm_start: float = WARM_START
    decoding: Decoding = "relu"
    threshold: float = THRESHOLD
    start: StartKind = "signed"
    preprocessing: Preprocessing = "none"

    @property
    def weights(self) -> WeightLaw:
        """The distribution of the weights."""
        if self.condition == "imbalance":
            return model.bernoulli(SIZE, LARGEST_SHARE * self.value ** -np.linspace(0, 1, SIZE))
        share = self.value if self.condition == "sparsity" else 1 / SIZE
        return model.graded(SIZE, share) if self.law == "graded" else model.bernoulli(SIZE, share)


def measure_conditions(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """The remaining error from `trials` starts under every condition: the columns of `tables.CONDITIONS`."""
    work = [(condition, trial) for condition in _conditions() for trial in range(trials)]
    return pd.DataFrame(map_blocks(lambda item: _row(*item, seed), work, threads))


def _conditions() -> list[Condition]:
    warm = [
        Condition("warm-start", size, warm_start=size, decoding=decoding, threshold=threshold)
        for size in WARM_STARTS
        for decoding, threshold in DECODINGS
    ]
    laws: tuple[Literal["bernoulli", "graded"], ...] = ("bernoulli", "graded")
    sparsity = [Condition("sparsity", share, law) for share in SHARES for law in laws]
    starts: tuple[StartKind, ...] = ("signed", "positive")
    imbalance = [
        Condition("imbalance", ratio, start=start, preprocessing=preprocessing)
        for ratio in IMBALANCES
        for start in starts
        for preprocessing in PREPROCESSING
    ]
    return [*warm, *sparsity, *imbalance]


def _row(condition: Condition, trial: int, seed: int) -> dict[str, object]:
    random = generator(seed, "purification", "conditions", condition.start, trial)
    start: Array = np.eye(SIZE) + model.off_diagonal(condition.start, SIZE, condition.warm_start, random)
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
    moments = weights.second_moments
    return {
        **asdict(condition),
        "n": SIZE,
        "step_size": STEP_SIZE,
        "iterations": ITERATIONS,
        "trial": trial,
        "imbalance": float(moments.max() / moments.min()),
        "off_diagonal": model.column_norm(model.without_diagonal(last)),
        "smallest_diagonal": float(np.diag(last).min()),
        "error": model.normalized_error(last * D[:, None], np.eye(SIZE)),
    }
