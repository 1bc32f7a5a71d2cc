"""How far the Hessian over a sample is from the population's at the truth (Theorem C.2): sizes and distances."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.blocks import map_blocks
from starnmf.companions.inductive.activations import RELU, SIGMOID, TANH, Activation
from starnmf.companions.inductive.population import Weights, hessian_at_truth, orthonormal, population_hessian
from starnmf.companions.inductive.sampling import draw_observations, empirical_hessian
from starnmf.seeds import generator

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
"""Draws for every trial."""


@dataclass(frozen=True)
class SweepPoint:
    """One point of a sweep: columns of the table."""

    activation: Activation
    sweep: str
    size: float
    d: int = D
    users: int | None = MANY
    """As many items; none where the Hessian is the population's."""
    observed: int | None = MANY


def sweep_points() -> list[SweepPoint]:
    """Every point of the sweeps; distances are measured in the population, where no sampling error hides them."""
    return [
        point
        for activation in (SIGMOID, TANH, RELU)
        for point in (
            *(SweepPoint(activation, "users and items", n, users=n) for n in SIZES),
            *(SweepPoint(activation, "observations", m, observed=m) for m in SIZES),
            *(SweepPoint(activation, "dimension", d, d=d, users=FEW, observed=FEW) for d in DIMENSIONS),
            *(SweepPoint(activation, "distance", distance, users=None, observed=None) for distance in DISTANCES),
        )
    ]


def measure_deviations(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Spectral norms of differences of Hessians, over random orthonormal U*, V* (d, k).

    The columns of `tables.DEVIATIONS`. In the sweep over distances |U - U*| = |V - V*| = size / 2.
    """
    return pd.DataFrame(map_blocks(lambda point: _row(point, DRAWS * trials, seed), sweep_points(), threads))


def _row(point: SweepPoint, draws: int, seed: int) -> dict[str, object]:
    address = (seed, "inductive", "deviations", point.sweep, point.size)
    found = [_deviation(point, generator(*address, draw)) for draw in range(draws)]
    return {
        **vars(point),
        "activation": point.activation.name,
        "k": K,
        "draws": draws,
        "deviation": float(np.mean(found)),
        "standard_error": float(np.std(found, ddof=1) / np.sqrt(draws)),
    }


def _deviation(point: SweepPoint, random: np.random.Generator) -> float:
    truth = Weights(orthonormal(point.d, K, random), orthonormal(point.d, K, random))
    exact = hessian_at_truth(point.activation, truth)
    if point.users is None or point.observed is None:
        U, V = (_moved(M, point.size / 2, random) for M in (truth.U, truth.V))
        other = population_hessian(point.activation, Weights(U, V), truth)
    else:
        seen = draw_observations(point.users, point.users, point.observed, point.d, random)
        other = empirical_hessian(point.activation, truth, truth, seen)
    return float(np.linalg.norm(other - exact, 2))


def _moved(M: Array, distance: float, random: np.random.Generator) -> Array:
    """M plus a random matrix of spectral norm `distance`."""
    step = random.standard_normal(M.shape)
    return np.asarray(M + distance * step / np.linalg.norm(step, 2))
