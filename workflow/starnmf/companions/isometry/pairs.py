"""The smallest delta over pairs X, Z: against their sizes and angle, and for random pairs (slides 20 to 24)."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm import tqdm

from starnmf.blocks import one_thread_per_block
from starnmf.companions.isometry.recovery import gradient, hessian, rip_constant
from starnmf.companions.isometry.semidefinite import (
    across_rotations,
    firmest_kernel,
    first_order_bound,
    smallest_kernel,
)
from starnmf.seeds import generator

Array = npt.NDArray[np.float64]

RATIOS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0)
"""|x|^2 / |z|^2 of the grid."""

ANGLES = (90, 60, 30)
"""Degrees between x and z."""

SHAPES = ((2, 1), (4, 1), (4, 2))
"""n and r of the random pairs."""

PAIR_SHARE = 200
"""So many starts of the descents go with one random pair of each shape: a pair costs as much."""


def measure_pairs(starts: int, seed: int) -> pd.DataFrame:
    """The smallest delta for every pair.

    Columns kind (`grid`; `random`: standard normal; `orthogonal`: a random z, and x orthogonal to it with half its
    squared length), pair, n, r; ratio |XX'| / |ZZ'|, for r = 1 |x|^2 / |z|^2; angle in degrees, whose squared cosine
    is that between XX' and ZZ', for r = 1 between x and z. Of the kernel with the smallest delta: delta;
    first_order_bound, below which it cannot be; gradient_norm at X in units of |Z|^3; curvature, the smallest there
    across rotations, in units of |Z|^2. Of the firmest kernel of a delta halfway between that and 1, the same:
    strict_delta, strict_gradient_norm, strict_curvature.
    """
    pairs = [("grid", index, *pair) for index, pair in enumerate(_grid())]
    for n, r in SHAPES:
        for index in range(-(-starts // PAIR_SHARE)):
            random = generator(seed, "pairs", n, r, index)
            X, Z = random.standard_normal((2, n, r))
            pairs.append(("random", index, X, Z))
            if r == 1:
                pairs.append(("orthogonal", index, _orthogonal(X, Z), Z))
    with one_thread_per_block():
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
    kernel = smallest_kernel(X, Z)
    strict = firmest_kernel(X, Z, (1 + rip_constant(kernel)) / 2)
    cosine = float((XX * ZZ).sum() / (np.linalg.norm(XX) * np.linalg.norm(ZZ)))
    across = across_rotations(X)
    row: dict[str, object] = {
        "kind": kind,
        "pair": index,
        "n": n,
        "r": r,
        "ratio": float(np.linalg.norm(XX) / np.linalg.norm(ZZ)),
        "angle": float(np.degrees(np.arccos(np.sqrt(np.clip(cosine, 0, 1))))),
        "first_order_bound": first_order_bound(X, Z),
    }
    for prefix, found in (("", kernel), ("strict_", strict)):
        row[f"{prefix}delta"] = rip_constant(found)
        row[f"{prefix}gradient_norm"] = float(np.linalg.norm(gradient(found, X, Z))) / squared**1.5
        row[f"{prefix}curvature"] = float(np.linalg.eigvalsh(across.T @ hessian(found, X, Z) @ across)[0]) / squared
    return row
