"""Local linear convergence of gradient descent with a fresh sample in every step (Theorem 3.3, restated as E.21)."""

import numpy as np
import pandas as pd

from starnmf.blocks import map_blocks
from starnmf.companions.inductive.activations import SMOOTH, Activation
from starnmf.companions.inductive.population import Weights, hessian_at_truth, orthonormal
from starnmf.companions.inductive.sampling import draw_observations, gradient
from starnmf.seeds import generator

D, K = 6, 3
SAMPLE = 2000
"""Users, items and observed pairs of every step."""

STEPS = 2000
KEPT = 25
"""Steps between the distances that are kept."""

SMALLEST = 1e-20
"""Squared distance at which a descent ends: smaller ones are rounding errors."""

DISTANCE = 0.3
"""|[U - U*, V - V*]|_F at the start."""


def measure_fresh_samples(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Distances to the truth, whose columns are orthonormal, along descents with step 1 / M_u.

    The columns of `tables.CONVERGENCE`.
    """
    work = [(activation, trial) for activation in SMOOTH for trial in range(trials)]
    return pd.concat(map_blocks(lambda item: _descent(*item, seed), work, threads), ignore_index=True)


def _descent(activation: Activation, trial: int, seed: int) -> pd.DataFrame:
    random = generator(seed, "inductive", "convergence", activation.name, trial)
    truth = Weights(orthonormal(D, K, random), orthonormal(D, K, random))
    eigenvalues = np.linalg.eigvalsh(hessian_at_truth(activation, truth))
    M_l, M_u = float(eigenvalues[0]), float(eigenvalues[-1])
    away = random.standard_normal(2 * D * K)
    W = truth.flat + DISTANCE * away / np.linalg.norm(away)
    kept = {0: DISTANCE**2}
    for step in range(1, STEPS + 1):
        seen = draw_observations(SAMPLE, SAMPLE, SAMPLE, D, random)
        W = W - gradient(activation, Weights.from_flat(W, D, K), truth, seen) / M_u
        if step % KEPT == 0:
            kept[step] = float(np.square(W - truth.flat).sum())
            if kept[step] < SMALLEST:
                break
    return pd.DataFrame(
        {
            "activation": activation.name,
            "trial": trial,
            "d": D,
            "k": K,
            "sample": SAMPLE,
            "M_l": M_l,
            "M_u": M_u,
            "step": list(kept),
            "squared_distance": list(kept.values()),
        }
    )
