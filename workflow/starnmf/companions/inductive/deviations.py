"""How far the Hessian over a sample is from the population's at the truth (Theorem C.2): sizes and distances."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from starnmf.blocks import map_blocks, one_thread_per_block
from starnmf.companions.inductive.activations import RELU, SIGMOID, TANH, Activation
from starnmf.companions.inductive.population import Weights, hessian_at_truth, population_hessian
from starnmf.companions.inductive.sampling import draw_observations, empirical_hessian
from starnmf.seeds import generator

Array = npt.NDArray[np.float64]

K = 3
D = 6
MANY = 2**16
"""Users, items and observations where they are not what is varied."""

SIZES = (2**7, 2**8, 2**9, 2**10, 2**11)
DIMENSIONS = (4, 6, 9, 13, 19)
FEW = 2**10
"""Users, items and observations where the dimension is varied."""

DISTANCES = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
DRAWS = 2
"""So many draws for every trial."""


@dataclass(frozen=True)
class Setting:
    """Where one deviation is measured."""

    activation: Activation
    sweep: str
    """What is varied: `users and items`, `observations`, `dimension` or `distance`."""
    size: float
    """Its value."""
    d: int = D
    n: int = MANY
    m: int = MANY


def settings() -> list[Setting]:
    """Every setting; distances are looked at in the population, where no sampling covers them."""
    return [
        setting
        for activation in (SIGMOID, TANH, RELU)
        for setting in (
            *(Setting(activation, "users and items", n, n=n) for n in SIZES),
            *(Setting(activation, "observations", m, m=m) for m in SIZES),
            *(Setting(activation, "dimension", d, d=d, n=FEW, m=FEW) for d in DIMENSIONS),
            *(Setting(activation, "distance", distance) for distance in DISTANCES),
        )
    ]


def measure_deviations(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Spectral norms of differences of Hessians, over random orthonormal U*, V* (d, k).

    Columns activation, sweep, size, d, k, users (as many items), observed, draws; deviation, the mean norm, and its
    standard_error. In the sweep over distances |U - U*| = |V - V*| = size / 2, and users and observed are empty.
    """
    work = settings()
    with one_thread_per_block():
        rows = map_blocks(lambda setting: _row(setting, DRAWS * trials, seed), work, threads)
    return pd.DataFrame(rows)


def orthonormal(d: int, k: int, random: np.random.Generator) -> Array:
    """Random orthonormal columns (d, k)."""
    return np.asarray(np.linalg.qr(random.standard_normal((d, k)))[0])


def _row(setting: Setting, draws: int, seed: int) -> dict[str, object]:
    found = [
        _deviation(setting, generator(seed, "inductive", "deviations", setting.sweep, draw)) for draw in range(draws)
    ]
    sampled = setting.sweep != "distance"
    return {
        "activation": setting.activation.name,
        "sweep": setting.sweep,
        "size": setting.size,
        "d": setting.d,
        "k": K,
        "users": setting.n if sampled else None,
        "observed": setting.m if sampled else None,
        "draws": draws,
        "deviation": float(np.mean(found)),
        "standard_error": float(np.std(found, ddof=1) / np.sqrt(draws)),
    }


def _deviation(setting: Setting, random: np.random.Generator) -> float:
    truth = Weights(orthonormal(setting.d, K, random), orthonormal(setting.d, K, random))
    exact = hessian_at_truth(setting.activation, truth)
    if setting.sweep == "distance":
        U, V = (_moved(M, setting.size / 2, random) for M in (truth.U, truth.V))
        other = population_hessian(setting.activation, Weights(U, V), truth)
    else:
        seen = draw_observations(setting.n, setting.n, setting.m, setting.d, random)
        other = empirical_hessian(setting.activation, truth, truth, seen)
    return float(np.linalg.norm(other - exact, 2))


def _moved(M: Array, distance: float, random: np.random.Generator) -> Array:
    """M plus a random matrix of spectral norm `distance`."""
    step = random.standard_normal(M.shape)
    return np.asarray(M + distance * step / np.linalg.norm(step, 2))
