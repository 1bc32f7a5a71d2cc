"""The smallest delta over pairs X, Z: against their sizes and angle, and for random pairs (slides 20 to 24)."""

import numpy as np
import pandas as pd
from tqdm import tqdm

from starnmf.arrays import Array
from starnmf.companions.isometry import semidefinite
from starnmf.companions.isometry.recovery import gradient, hessian, rip_constant
from starnmf.seeds import generator

RATIOS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0)
"""|x|^2 / |z|^2 of the grid."""

ANGLES = (90, 60, 30)
"""Degrees between x and z."""

SHAPES = ((2, 1), (4, 1), (4, 2))
"""n and r of the random pairs."""

STARTS_PER_PAIR = 200
"""Starts of the descents for each random pair of every shape: they cost as much."""


def measure_deltas(starts: int, seed: int) -> pd.DataFrame:
    """The smallest delta for every pair X, Z: the columns of `tables.PAIRS`.

    `random` pairs are standard normal; in `orthogonal` ones z is random, and x orthogonal to it with half its squared
    length.
    """
    pairs = [("grid", index, *pair) for index, pair in enumerate(_grid())]
    for n, r in SHAPES:
        for index in range(-(-starts // STARTS_PER_PAIR)):
            random = generator(seed, "pairs", n, r, index)
            X, Z = random.standard_normal((2, n, r))
            pairs.append(("random", index, X, Z))
            if r == 1:
                pairs.append(("orthogonal", index, _orthogonal(X, Z), Z))
    rows = [_row(*pair) for pair in tqdm(pairs, desc="semidefinite programs", delay=2, disable=None)]
    return pd.DataFrame(rows)


def _grid() -> list[tuple[Array, Array]]:
    """z = (1, 0) and x at every angle and ratio."""
    return [
        (np.sqrt(ratio) * np.array([[np.cos(np.radians(angle))], [np.sin(np.radians(angle))]]), np.array([[1.0], [0]]))
        for angle in ANGLES
        for ratio in RATIOS
    ]


def _orthogonal(X: Array, Z: Array) -> Array:
    """X without its part along Z, with half the squared length of Z."""
    rest = X - Z * float((X * Z).sum() / (Z * Z).sum())
    return np.asarray(rest / np.linalg.norm(rest) * np.linalg.norm(Z) / np.sqrt(2))


def _row(kind: str, index: int, X: Array, Z: Array) -> dict[str, object]:
    n, r = X.shape
    XX, ZZ = X @ X.T, Z @ Z.T
    squared = float((Z * Z).sum())
    kernel = semidefinite.smallest_kernel(X, Z)
    strict = semidefinite.firmest_kernel(X, Z, (1 + rip_constant(kernel)) / 2)
    cosine = float((XX * ZZ).sum() / (np.linalg.norm(XX) * np.linalg.norm(ZZ)))
    across = semidefinite.across_rotations(X)
    row: dict[str, object] = {
        "kind": kind,
        "pair": index,
        "n": n,
        "r": r,
        "ratio": float(np.linalg.norm(XX) / np.linalg.norm(ZZ)),
        "angle": float(np.degrees(np.arccos(np.sqrt(np.clip(cosine, 0, 1))))),
        "first_order_bound": semidefinite.first_order_bound(X, Z),
    }
    for prefix, found in (("", kernel), ("strict_", strict)):
        row[f"{prefix}delta"] = rip_constant(found)
        row[f"{prefix}gradient_norm"] = float(np.linalg.norm(gradient(found, X, Z))) / squared**1.5
        row[f"{prefix}curvature"] = float(np.linalg.eigvalsh(across.T @ hessian(found, X, Z) @ across)[0]) / squared
    return row
