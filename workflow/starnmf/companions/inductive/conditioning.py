"""The population Hessian at U*, V* that are not orthogonal, beside the bounds of Theorems D.5 and D.6."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.blocks import map_blocks
from starnmf.companions.inductive.activations import ACTIVATIONS, Activation, constants
from starnmf.companions.inductive.appendix_identities import printed_lambda, proven_lambda
from starnmf.companions.inductive.population import Weights, hessian_at_truth, orthonormal, without_first_row
from starnmf.seeds import generator

D, K = 4, 3
KAPPAS = (1, 2, 4, 8, 16, 32, 64)
"""Condition numbers; the smallest singular value is 1, as in Theorem D.5."""


def measure_conditioning(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Smallest eigenvalues over condition numbers: the columns of `tables.CONDITIONING`, which say what is varied.

    `bound` is that of Theorem D.5 as printed (D.6 for a ReLU, without its constant). The proof of Theorem D.5 gives
    `proven_bound`: with lambda of the pseudo-inverses and the square of kappa, by |R^-1 S|_F >= |S|_F / kappa.
    """
    work = [
        (activation, spread, condition_of, axes, kappa, draw)
        for activation, spread, condition_of, axes, kappa in product(
            ACTIVATIONS.values(), ("one large", "one small"), ("U", "both"), ("aligned", "random"), KAPPAS
        )
        for draw in range(trials if axes == "random" else 1)
    ]
    return pd.DataFrame(map_blocks(lambda item: _row(*item, seed), work, threads))


def singular_values(spread: str, kappa: float) -> Array:
    """sigma_1 >= ... >= sigma_k = 1 with sigma_1 = kappa: (k,)."""
    values = np.ones(K)
    values[: 1 if spread == "one large" else K - 1] = kappa
    return values


def bound(rho: float, of_u: Array, of_v: Array, factor: Callable[[Array], float], power: int) -> float:
    """rho / (lambda(U*) lambda(V*) max{kappa(U*), kappa(V*)}^power) from singular values (k,), lambda by `factor`."""
    kappa = max(of_u[0] / of_u[-1], of_v[0] / of_v[-1])
    return float(rho / (factor(of_u) * factor(of_v) * kappa**power))


def relu_bound(U: Array, V: Array) -> float:
    """Theorem D.6 without its constant, as far as its text is legible."""
    of_u, of_v = (np.asarray(np.linalg.svd(M, compute_uv=False), dtype=np.float64) for M in (U, V))
    row = U[0]
    share = np.abs(row).min() / ((1 + np.linalg.norm(row)) * max(of_u[0], of_v[0]))
    return float(share**2 / (printed_lambda(of_u) * printed_lambda(of_v)))


def _row(
    activation: Activation, spread: str, condition_of: str, axes: str, kappa: float, draw: int, seed: int
) -> dict[str, object]:
    random = generator(seed, "inductive", "conditioning", axes, draw)
    of_u = singular_values(spread, kappa)
    of_v = of_u if condition_of == "both" else np.ones(K)
    U, V = (_matrix(values, axes, random) for values in (of_u, of_v))
    hessian = hessian_at_truth(activation, Weights(U, V))
    if activation.homogeneous:
        hessian = without_first_row(hessian, D, K)
        printed, proven = relu_bound(U, V), np.nan
    else:
        rho = constants(activation).rho
        printed = bound(rho, of_u, of_v, printed_lambda, 1)
        proven = bound(rho, of_u, of_v, proven_lambda, 2)
    return {
        "activation": activation.name,
        "d": D,
        "k": K,
        "spread": spread,
        "condition_of": condition_of,
        "axes": axes,
        "kappa": kappa,
        "draw": draw,
        "smallest_eigenvalue": float(np.linalg.eigvalsh(hessian)[0]),
        "bound": printed,
        "proven_bound": proven,
    }


def _matrix(values: Array, axes: str, random: np.random.Generator) -> Array:
    """A matrix (d, k) of these singular values, with random left singular vectors."""
    left, right = orthonormal(D, K, random), orthonormal(K, K, random)
    return np.asarray((left * values) @ (np.eye(K) if axes == "aligned" else right.T))
