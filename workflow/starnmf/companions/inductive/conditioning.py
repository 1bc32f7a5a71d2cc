"""The population Hessian at U*, V* that are not orthogonal, beside the bounds of Theorems D.5 and D.6."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from starnmf.blocks import map_blocks, one_thread_per_block
from starnmf.companions.inductive.activations import ACTIVATIONS, Activation, constants
from starnmf.companions.inductive.identities import printed_lambda, proven_lambda
from starnmf.companions.inductive.population import Weights, hessian_at_truth, without_first_row
from starnmf.seeds import generator

Array = npt.NDArray[np.float64]

D, K = 4, 3
KAPPAS = (1, 2, 4, 8, 16, 32, 64)
"""Condition numbers; the smallest singular value is 1, as in Theorem D.5."""


@dataclass(frozen=True)
class Shape:
    """How the condition number comes about."""

    spread: str
    """`one large`: singular values kappa, 1, 1; `one small`: kappa, kappa, 1."""
    of: str
    """`U`: U* alone, V* has orthonormal columns; `both`: U* and V*."""
    axes: str
    """`aligned`: right singular vectors are unit vectors; `random`."""


SHAPES = [
    Shape(spread, of, axes)
    for spread in ("one large", "one small")
    for of in ("U", "both")
    for axes in ("aligned", "random")
]


def measure_conditioning(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Smallest eigenvalues over condition numbers; for a ReLU with the first row of U fixed.

    Columns activation, d, k, spread, condition_of, axes, kappa, draw; smallest_eigenvalue; bound, as Theorem D.5
    (D.6 for a ReLU, but for its constant) prints it; and proven_bound, what the proof of Theorem D.5 gives: with
    lambda of the pseudo-inverses and the square of kappa (empty for a ReLU).
    """
    work = [
        (activation, shape, kappa, draw)
        for activation in ACTIVATIONS.values()
        for shape in SHAPES
        for kappa in KAPPAS
        for draw in range(trials if shape.axes == "random" else 1)
    ]
    with one_thread_per_block():
        return pd.DataFrame(map_blocks(lambda item: _row(*item, seed), work, threads))


def singular_values(spread: str, kappa: float) -> Array:
    """sigma_1 >= ... >= sigma_k = 1 with sigma_1 = kappa: (k,)."""
    values = np.ones(K)
    values[: 1 if spread == "one large" else K - 1] = kappa
    return values


def printed_bound(rho: float, of_u: Array, of_v: Array) -> float:
    """Theorem D.5: rho / (lambda(U*) lambda(V*) max{kappa(U*), kappa(V*)}), from singular values (k,)."""
    kappa = max(of_u[0] / of_u[-1], of_v[0] / of_v[-1])
    return float(rho / (printed_lambda(of_u) * printed_lambda(of_v) * kappa))


def proven_bound(rho: float, of_u: Array, of_v: Array) -> float:
    """What the proof of Theorem D.5 gives: lambda of the pseudo-inverses, and |R^-1 S|_F >= |S|_F / kappa squared."""
    kappa = max(of_u[0] / of_u[-1], of_v[0] / of_v[-1])
    return float(rho / (proven_lambda(of_u) * proven_lambda(of_v) * kappa**2))


def relu_bound(U: Array, V: Array) -> float:
    """Theorem D.6 but for its constant, as far as its text can be read."""
    of_u, of_v = (np.asarray(np.linalg.svd(M, compute_uv=False), dtype=np.float64) for M in (U, V))
    row = U[0]
    share = np.abs(row).min() / ((1 + np.linalg.norm(row)) * max(of_u[0], of_v[0]))
    return float(share**2 / (printed_lambda(of_u) * printed_lambda(of_v)))


def _row(activation: Activation, shape: Shape, kappa: float, draw: int, seed: int) -> dict[str, object]:
    random = generator(seed, "inductive", "conditioning", shape.axes, draw)
    of_u = singular_values(shape.spread, kappa)
    of_v = of_u if shape.of == "both" else np.ones(K)
    U, V = (_matrix(values, shape.axes, random) for values in (of_u, of_v))
    hessian = hessian_at_truth(activation, Weights(U, V))
    rho = constants(activation).rho
    if activation.homogeneous:
        hessian = without_first_row(hessian, D, K)
    return {
        "activation": activation.name,
        "d": D,
        "k": K,
        "spread": shape.spread,
        "condition_of": shape.of,
        "axes": shape.axes,
        "kappa": kappa,
        "draw": draw,
        "smallest_eigenvalue": float(np.linalg.eigvalsh(hessian)[0]),
        "bound": relu_bound(U, V) if activation.homogeneous else printed_bound(rho, of_u, of_v),
        "proven_bound": np.nan if activation.homogeneous else proven_bound(rho, of_u, of_v),
    }


def _matrix(values: Array, axes: str, random: np.random.Generator) -> Array:
    """A matrix (d, k) of these singular values, with random left singular vectors."""
    left = np.linalg.qr(random.standard_normal((D, K)))[0]
    right = np.linalg.qr(random.standard_normal((K, K)))[0]
    return np.asarray((left * values) @ (np.eye(K) if axes == "aligned" else right.T))
