"""The remaining error under noise and with finite samples (Theorems 1, 2, 6 and 7): Algorithm 1 in full.

Theorem 1 allows noise of C_nu = G c / max(m, n |(A*)^+|_inf) for an error c, Theorem 2 sqrt(n) times as much. Noise is
given by its strength G c, so that the theorems' statement is one about all n: the error is at most strength / G.
Starts have an N of the size of their E.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.blocks import map_blocks
from starnmf.companions.purification import model
from starnmf.companions.purification.algorithm import THRESHOLD, Examples, PseudoInverse, Purification, purify
from starnmf.companions.purification.expectation import scaling_for
from starnmf.companions.purification.model import WARM_START, WeightLaw
from starnmf.companions.purification.pseudo_inverse import least_infinity_norm
from starnmf.seeds import generator

Noise = Literal["none", "adversarial", "unbiased"]

SIZES = (5, 10, 20)
"""n features."""

LENGTH = 4
"""m in units of n."""

MIDDLE = 10
"""The size at which samples and left inverses are compared."""

STRENGTHS = (0.1, 0.3, 1.0, 3.0)
EXAMPLES = 10_000
"""N, of every iteration."""

SAMPLES = (300, 1000, 3000, 10_000, 30_000)
SAMPLED_STRENGTH = 0.3

ACTIVE = 1.0
"""s: the expected number of features in a data point (A2')."""

STEP_SIZE = 0.3
ITERATIONS = 40
"""The start's error is then reduced by a factor of 1e-5."""


@dataclass(frozen=True)
class SampledRun:
    """One run of Algorithm 1 on samples: columns of the table."""

    n: int
    noise: Noise
    strength: float
    samples: int = EXAMPLES
    pseudo_inverse: PseudoInverse = "least-infinity"


def measure_floors(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Errors at the end of Algorithm 1 on `trials` instances of every kind: the columns of `tables.FLOORS`."""
    of_sizes = [SampledRun(n, noise, strength) for n in SIZES for noise, strength in _noises(STRENGTHS)]
    of_samples = [
        SampledRun(MIDDLE, noise, strength, count)
        for count in SAMPLES
        for noise, strength in _noises((SAMPLED_STRENGTH,))
        if count != EXAMPLES
    ]
    of_inverses = [SampledRun(MIDDLE, *noise, pseudo_inverse="moore-penrose") for noise in _noises(STRENGTHS)]
    work = [(run, trial) for run in (*of_sizes, *of_samples, *of_inverses) for trial in range(trials)]
    return pd.DataFrame(map_blocks(lambda item: _row(*item, seed), work, threads))


def _noises(strengths: tuple[float, ...]) -> list[tuple[Noise, float]]:
    kinds: tuple[Noise, ...] = ("adversarial", "unbiased")
    return [("none", 0.0), *((kind, strength) for kind in kinds for strength in strengths)]


def _row(run: SampledRun, trial: int, seed: int) -> dict[str, object]:
    m = LENGTH * run.n
    truth = model.sparse_features(m, run.n, generator(seed, "purification", "features", run.n, trial))
    random = generator(seed, "purification", "floors", run.n, trial)
    E = model.off_diagonal("signed", run.n, WARM_START, random)
    start = truth @ (np.eye(run.n) + E) + model.outside(truth, WARM_START, random)
    weights = model.bernoulli(run.n, ACTIVE / run.n)
    scaling = scaling_for(weights, THRESHOLD)
    level = noise_level(truth, run.noise, run.strength)
    random = generator(seed, "purification", "examples", run.n, run.noise, run.strength, run.samples, trial)
    parameters = Purification(THRESHOLD, STEP_SIZE, scaling, pseudo_inverse=run.pseudo_inverse)
    *_, last = purify(start, _batches(truth, weights, run, level, random), parameters)
    at = model.locate(last, truth)
    return {
        **asdict(run),
        "m": m,
        "s": ACTIVE,
        "features": "sparse",
        "level": level,
        "relative_noise": level * m / ACTIVE,
        "threshold": THRESHOLD,
        "step_size": STEP_SIZE,
        "scaling": scaling,
        "iterations": ITERATIONS,
        "trial": trial,
        "off_diagonal": model.column_norm(at.E),
        "outside": model.column_norm(at.N),
        "smallest_diagonal": float(at.diagonal.min()),
        "error": model.normalized_error(last, truth),
    }


def noise_level(truth: Array, noise: Noise, strength: float) -> float:
    """C_nu of Theorem 1 for adversarial noise and of Theorem 2 for unbiased noise, with G c = `strength`."""
    m, n = truth.shape
    allowed: float = strength / max(m, n * least_infinity_norm(truth).norm)
    return allowed * n**0.5 if noise == "unbiased" else allowed


def _batches(
    truth: Array, weights: WeightLaw, run: SampledRun, level: float, random: np.random.Generator
) -> Iterator[Examples]:
    """Fresh examples for every iteration, as Algorithm 1 has it."""
    signs = model.misleading_signs(truth)
    for _ in range(ITERATIONS):
        X = weights.sample(run.samples, random)
        Y = truth @ X
        if run.noise == "adversarial":
            Y += model.adversarial_noise(level, signs, X)
        elif run.noise == "unbiased":
            Y += model.unbiased_noise(level, len(truth), run.samples, random)
        yield Examples(Y, np.full(run.samples, 1 / run.samples))
