"""Errors from starts between a spurious local minimum and Gaussian noise (slides 28 to 33, Examples 1 and 2).

Starts are (1 - gamma) X_bad + gamma w with standard normal w, and 10,000 steps follow. The slides do not print their
two instances. Ours have n = 12: `oblique` is the smallest kernel of a pair of rank 2, columns at 60 degrees to each
other and |XX'| = 4 |ZZ'|; `orthogonal` is a kernel of delta = 0.55 for the pair of the slides' counterexample, whose
own kernel has no local minimum there.
"""

from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.blocks import map_blocks
from starnmf.companions.isometry import counterexample
from starnmf.companions.isometry.recovery import Recovery, as_matrices, rip_constant
from starnmf.companions.isometry.semidefinite import firmest_kernel, smallest_kernel
from starnmf.companions.isometry.stochastic_descent import BLOCK, UpdateRule, descend, errors
from starnmf.companions.isometry.tables import FAILED
from starnmf.seeds import generator

SIZE = 12
"""n of both instances."""

GAMMAS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
STEPS = 10_000

RULES = (UpdateRule("stochastic", 0.9, 2e-3), UpdateRule("mean", 0.9, 1e-2))
"""Single measurements allow no larger steps: from Gaussian starts they diverge."""

STARTS_PER_TRIAL = 100
"""Starts of the descents on the counterexample for each one here, of every gamma."""


@dataclass(frozen=True)
class Engineered:
    """An instance with a spurious local minimum that is known."""

    name: Literal["oblique", "orthogonal"]
    recovery: Recovery
    X: Array
    """The spurious local minimum: (n, r)."""


def measure_starts(starts: int, seed: int, threads: int) -> pd.DataFrame:
    """Errors |U U' - Z Z'| for every instance, rule and gamma, from one start in `STARTS_PER_TRIAL`.

    The columns of `tables.STARTS`.
    """
    trials = -(-starts // STARTS_PER_TRIAL)
    instances = (oblique(), orthogonal())
    work = [(one, rule, gamma) for one in instances for rule in RULES for gamma in GAMMAS]
    return pd.DataFrame(map_blocks(lambda item: _row(*item, trials, seed), work, threads))


def oblique() -> Engineered:
    """The smallest kernel of a pair of rank 2 with |ZZ'| = 1 and |XX'| = 4; two ranks of 2 span 4 dimensions."""
    basis = np.eye(4)
    Z = basis[:, :2] / 2**0.25
    X = 2 * (np.cos(np.pi / 3) * basis[:, :2] + np.sin(np.pi / 3) * basis[:, 2:]) / 2**0.25
    return _widened("oblique", smallest_kernel(X, Z), X, Z)


def orthogonal() -> Engineered:
    """The firmest kernel of delta = 0.55 for x and z of the counterexample."""
    X, Z = counterexample.X, counterexample.Z
    return _widened("orthogonal", firmest_kernel(X, Z, 0.55), X, Z)


def _widened(name: Literal["oblique", "orthogonal"], kernel: Array, X: Array, Z: Array) -> Engineered:
    """The instance among matrices of `SIZE`: entries outside of the small pair's are measured one by one.

    delta stays the same, since 1 lies between 1 - delta and 1 + delta. X stays a local minimum: the new measurements
    are 0 there, and add squares to the Hessian.
    """
    small = len(X)
    eigenvalues, vectors = np.linalg.eigh(kernel)
    # The symmetric root: the only one that does not depend on how the eigenvectors were chosen.
    root = (vectors * np.sqrt(np.maximum(eigenvalues, 0))) @ vectors.T
    units = as_matrices(np.eye(SIZE * (SIZE + 1) // 2), SIZE)
    outside = np.abs(units[:, :small, :small]).max(axis=(1, 2)) == 0
    beyond = (0, SIZE - small)
    measured = np.pad(as_matrices(root, small), ((0, 0), beyond, beyond))
    recovery = Recovery(np.concatenate([measured, units[outside]]), np.pad(Z, (beyond, (0, 0))))
    return Engineered(name, recovery, np.pad(X, (beyond, (0, 0))))


def _row(one: Engineered, rule: UpdateRule, gamma: float, trials: int, seed: int) -> dict[str, object]:
    reached = []
    for first in range(0, trials, BLOCK):
        # All starts of a block are drawn, so that more trials keep the earlier ones; gammas share their noise.
        noise = generator(seed, "starts", one.name, first).standard_normal((BLOCK, *one.X.shape))
        start = ((1 - gamma) * one.X + gamma * noise)[: trials - first]
        random = generator(seed, "starts", one.name, gamma, first)
        (end,) = descend(one.recovery, start, rule, (STEPS,), random)
        reached.append(errors(one.recovery, end))
    found = np.concatenate(reached)
    quantiles = np.quantile(found, [0, 0.05, 0.5, 0.95, 1], method="inverted_cdf")
    return {
        "instance": one.name,
        "n": SIZE,
        "r": one.X.shape[1],
        "delta": rip_constant(one.recovery.kernel),
        **asdict(rule),
        "steps": STEPS,
        "gamma": gamma,
        "trials": trials,
        **dict(zip(("minimum", "low", "median", "high", "maximum"), map(float, quantiles), strict=True)),
        "failures": int((found > FAILED).sum()),
    }
