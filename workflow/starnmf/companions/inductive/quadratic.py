"""The Hessian at unitary U*, V* (d = k) as a quadratic form in directions A, B, exactly from moments (Appendix D.1).

Its eigenvalues are measured against the dimension, beside the bound rho (Lemmas C.1 and D.3).

There x_i = u_i*'x are independent, so every entry of the Hessian is a product of the one-dimensional moments of
eq. (10). Directions are A = [a_1 ... a_k], B = [b_1 ... b_k], flattened column by column, A first.
"""

import math
from itertools import product

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.companions.inductive.activations import ACTIVATIONS, Activation, Constants, constants

RELU_LIMIT = 1 / (4 * np.pi**2)
"""The limit of C_0 of the proof of Lemma D.3, along the directions that treat all columns alike."""

DIMENSIONS = (2, 3, 4, 6, 8, 12, 16, 20)

RELU_DIMENSIONS = (2, 3, 4, 6, 8, 12)
"""Dimensions for which C_0 of the proof of Lemma D.3 is computed."""

HALVES = Constants(*[1 / 2] * 9)
"""The constants of a ReLU as the paper prints them."""

ROUNDING = 1e-10
"""Eigenvalues below this fraction of the largest are 0."""


def measure_orthogonal() -> pd.DataFrame:
    """Extreme eigenvalues of the Hessian over dimensions: the columns of `tables.ORTHOGONAL`.

    `multiple` is the largest C_0 of the proof of Lemma D.3, `multiple_printed` that with its constants.
    """
    return pd.DataFrame([_row(activation, d) for activation in ACTIVATIONS.values() for d in DIMENSIONS])


def _row(activation: Activation, d: int) -> dict[str, object]:
    known = constants(activation)
    form = hessian_form(known, d)
    eigenvalues = np.linalg.eigvalsh(form)
    has_multiple = activation.homogeneous and d in RELU_DIMENSIONS
    return {
        "activation": activation.name,
        "d": d,
        "rho": known.rho,
        "smallest_eigenvalue": float(eigenvalues[0]),
        "largest_eigenvalue": float(eigenvalues[-1]),
        "multiple": largest_multiple(form, relu_form(d)) if has_multiple else math.nan,
        "multiple_printed": largest_multiple(hessian_form(HALVES, d), relu_form(d)) if has_multiple else math.nan,
    }


def hessian_form(c: Constants, d: int) -> Array:
    """The form of eq. (11) as a matrix (2 d^2, 2 d^2), entry by entry."""
    ones, unit = np.ones((d, d)), np.eye(d)
    level = c.alpha10**2 * ones + (c.alpha20 - c.alpha10**2) * unit
    # E[phi'(x_i) phi'(x_j) x_p x_q], indices i, p, j, q, and E[phi'(x_i) phi(x_j) x], indices i, j, p.
    slopes, mixed = np.zeros((d, d, d, d)), np.zeros((d, d, d))
    for i, j in product(range(d), repeat=2):
        if i == j:
            slopes[i, :, i, :] = c.beta20 * unit
            slopes[i, i, i, i] = c.beta22
            mixed[i, i, i] = c.gamma
        else:
            within = c.beta10**2 * unit
            within[i, i] = within[j, j] = c.beta12 * c.beta10
            within[i, j] = within[j, i] = c.beta11**2
            slopes[i, :, j, :] = within
            mixed[i, j, i], mixed[i, j, j] = c.beta11 * c.alpha10, c.beta10 * c.alpha11
    full = np.zeros((2, d, d, 2, d, d))
    full[0, :, :, 0] = full[1, :, :, 1] = slopes * level[:, np.newaxis, :, np.newaxis]
    full[0, :, :, 1] = np.einsum("ijp,jiq->ipjq", mixed, mixed)
    full[1, :, :, 0] = np.einsum("ijp,jiq->jqip", mixed, mixed)
    return full.reshape(2 * d * d, 2 * d * d)


def printed_term(c: Constants, A: Array) -> float:
    """C of the proof of Lemma D.1 in its last form: what directions of U alone contribute, for A (d, d)."""
    diagonal = np.diag(A)
    rest = A - np.diag(diagonal)
    sums = rest.sum(axis=1)
    alpha, beta = c.alpha10**2, c.beta10**2
    return float(
        (c.alpha20 * c.beta20 - alpha * beta) * np.square(rest).sum()
        + alpha * c.beta11**2 * (rest * rest.T).sum()
        + (c.alpha20 * c.beta22 - alpha * c.beta11**2) * np.square(diagonal).sum()
        + alpha * beta * np.square(sums).sum()
        + 2 * alpha * c.beta12 * c.beta10 * (diagonal @ sums)
        + alpha * c.beta11**2 * diagonal.sum() ** 2
    )


def printed_middle(c: Constants, A: Array, power: int) -> float:
    """C before its last simplification; the term 2 alpha_10^p beta_11^2 is printed with p = 1 once, then with p = 2."""
    diagonal = np.diag(A)
    sums = A.sum(axis=1)
    alpha, beta = c.alpha10**2, c.beta10**2
    excess = c.beta12 * c.beta10 - beta
    of_squares = c.alpha20 * (c.beta22 - c.beta20) - 2 * alpha * excess - 2 * c.alpha10**power * c.beta11**2
    return float(
        (c.alpha20 * c.beta20 - alpha * beta) * np.square(A).sum()
        + alpha * c.beta11**2 * (A * A.T).sum()
        + of_squares * np.square(diagonal).sum()
        + alpha * beta * np.square(sums).sum()
        + 2 * alpha * excess * (diagonal @ sums)
        + alpha * c.beta11**2 * diagonal.sum() ** 2
    )


def relu_form(d: int) -> Array:
    """The sum of squares that C_0 multiplies in the proof of Lemma D.3: (2 d^2, 2 d^2).

    |A_o|^2 + |B_o|^2 + |A_o + A_o'|^2 / 2 + |B_o + B_o'|^2 / 2 + |A_o + B_o'|^2 + |g|^2 + |A_o 1 + g|^2
    + |B_o 1 + g|^2 + (g'1)^2 with g = g_A + g_B, as printed.
    """
    directions = np.eye(2 * d * d).reshape(-1, 2, d, d)
    # Flattened column by column: the entry at [i, p] is that of column i, row p.
    A, B = (directions[:, side].transpose(0, 2, 1) for side in (0, 1))
    g = np.einsum("nii->ni", A) + np.einsum("nii->ni", B)
    off = 1 - np.eye(d)
    Ao, Bo = A * off, B * off
    parts = [
        *(Ao, Bo),
        *((M + M.transpose(0, 2, 1)) / np.sqrt(2) for M in (Ao, Bo)),
        Ao + Bo.transpose(0, 2, 1),
        g,
        *(M.sum(axis=2) + g for M in (Ao, Bo)),
        g.sum(axis=1),
    ]
    stacked = np.concatenate([part.reshape(len(A), -1) for part in parts], axis=1)
    return np.asarray(stacked @ stacked.T)


def largest_multiple(form: Array, of: Array) -> float:
    """The largest C with form - C `of` positive semidefinite, for a form that is 0 wherever `of` is."""
    values, vectors = np.linalg.eigh(of)
    positive = values > ROUNDING * values[-1]
    if np.abs(form @ vectors[:, ~positive]).max(initial=0) > ROUNDING * np.abs(form).max():
        raise ValueError("form is not 0 where the other is")
    root = vectors[:, positive] / np.sqrt(values[positive])
    return float(np.linalg.eigvalsh(root.T @ form @ root)[0])
