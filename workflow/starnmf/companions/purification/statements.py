"""Statements on the way to the theorems, each measured: factors, expansions, bounds (sections 4 and 5)."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.companions.purification import algorithm, model
from starnmf.companions.purification.algorithm import THRESHOLD, Examples, Purification
from starnmf.companions.purification.expectation import enumerated, follow, scaling_for
from starnmf.companions.purification.model import WARM_START, WeightLaw
from starnmf.companions.purification.potential import coupling_weights
from starnmf.companions.purification.pseudo_inverse import least_infinity_norm
from starnmf.seeds import generator

SIZES = (6, 8, 10, 12)
"""n features, of which one is in a data point on average (s = 1), with 2 n entries."""

SMALL = 1e-4
"""|E|_s at which first-order expansions are compared."""

STEP_SIZE = 0.1

LIKENESSES = (0.0, 0.9, 0.99)
"""Fractions of each feature that are the same in all."""

DISTINCT = 1e-12
"""Entries of Z below are rounding errors."""

Statement = tuple[str, str, float]
"""Quantity, what it is, and its value."""


def measure_statements(seed: int) -> pd.DataFrame:
    """Every statement on the way to the theorems: the columns of `tables.STATEMENTS`."""
    lowest, highest = coupling_weights()
    found = [
        ("beta-lowest", "smallest beta for which the recurrences of a and b give that of a + beta b", lowest, 0),
        ("beta-highest", "largest beta for which they do", highest, 0),
    ]
    for n in SIZES:
        random = generator(seed, "purification", "statements", n)
        found += [(*one, n) for part in (_expectations, _without_relu, _lemmas) for one in part(n, random)]
    n = SIZES[-1]
    found += [(*one, n) for one in _left_inverses(n, generator(seed, "purification", "inverses"))]
    return pd.DataFrame(found, columns=["quantity", "statement", "value", "n"])


def _expectations(n: int, random: np.random.Generator) -> Iterator[Statement]:
    """Statements measured on one enumeration of x*."""
    truth, weights = model.sparse_features(2 * n, n, random), model.bernoulli(n, 1 / n)
    X, chances = weights.states
    perfect = model.locate(algorithm.pair_expectation(truth @ X, X, chances), truth)
    yield "factor", "c of E[(y - y')(x - x')'] = c A* at a perfect decoding", float(perfect.diagonal.mean())
    yield (
        "identity",
        "largest entry of E[(x* - x*')(x* - x*')'] off its diagonal, or difference on it, in units of c",
        float(max(np.abs(perfect.E).max(), np.ptp(perfect.diagonal)) / perfect.diagonal.mean()),
    )
    E, N = model.off_diagonal("signed", n, WARM_START, random), model.outside(truth, WARM_START, random)
    A = truth @ (np.eye(n) + E) + N
    inverse, Z = least_infinity_norm(A).matrix, np.linalg.inv(np.eye(n) + E)
    noise = model.adversarial_noise(0.01, model.misleading_signs(truth), X)
    by_equation = Z @ X - inverse @ N @ Z @ X + inverse @ noise
    difference = float(np.abs(inverse @ (truth @ X + noise) - by_equation).max())
    yield "decoding", "largest difference between A^+ y and Z x* + xi of eq. 7", difference
    unit = np.eye(2 * n)[:, :n]
    displaced = unit @ (np.eye(n) + E)
    ratio = model.normalized_error(displaced, unit) / model.column_norm(E)
    yield "normalization", "|A^ - A*|_1 in units of |E|_1 + |N|_1, for unit vectors with Sigma = I", ratio


def _without_relu(n: int, random: np.random.Generator) -> Iterator[Statement]:
    """The update without ReLU in expectation, against its expansions and against the limit they suggest."""
    weights = model.bernoulli(n, 1 / n)
    parameters = Purification(0.0, STEP_SIZE, scaling_for(weights, 0.0), "linear")
    E = model.off_diagonal("signed", n, SMALL, random)
    found = _next(E, weights, parameters)
    for name, words, expansion in (
        ("linear-printed", "E - eta E', as printed", E - STEP_SIZE * E.T),
        ("linear-expansion", "(1 - eta) E - eta E'", (1 - STEP_SIZE) * E - STEP_SIZE * E.T),
    ):
        off = float(np.abs(found - expansion).max() / (STEP_SIZE * np.abs(E).max()))
        yield name, f"difference of the update without ReLU from {words}, in units of eta |E|", off
    for name, words, like in (("matching", "equal", E + E.T), ("opposite", "opposite", E - E.T)):
        growth = float(np.abs(_next(like, weights, parameters)).max() / np.abs(like).max())
        yield f"growth-{name}", f"growth of E in a step without ReLU when E and E' are {words}", growth
    start = np.eye(n) + model.off_diagonal("signed", n, 0.5, random)
    *_, limit = follow(start, weights, parameters, 400)
    left, _, right = np.linalg.svd(start)
    yield (
        "polar",
        "largest difference between Sigma + E in the end, without ReLU, and the orthogonal polar factor of the start",
        float(np.abs(limit - left @ right).max()),
    )


def _next(E: Array, weights: WeightLaw, parameters: Purification) -> Array:
    """E after one update from I + E."""
    within = np.eye(len(E)) + E
    after = algorithm.moved(within, enumerated(within, weights, parameters), parameters)
    return model.without_diagonal(after)


def _lemmas(n: int, random: np.random.Generator) -> Iterator[Statement]:
    """The constants in the bounds of Lemmas 3 to 5, from one warm start of drawn signs."""
    weights, parameters = model.bernoulli(n, 1 / n), Purification(THRESHOLD, STEP_SIZE, 1.0)
    within = np.eye(n) + model.off_diagonal("signed", n, WARM_START, random)
    Z, expected = np.linalg.inv(within), enumerated(within, weights, parameters)
    own, others = np.diag(Z), ~np.eye(n, dtype=bool)
    below, above = others & (Z < -DISTINCT), others & (Z > DISTINCT)
    by_size = expected.T / Z
    negative, lower, upper = n**2 * np.abs(by_size[below]).max(), n**2 * by_size[above].min(), n * by_size[above].max()
    yield "lemma-3-negative", "largest n^2 |E~_ji| / |Z_ij| over Z_ij < 0", float(negative)
    yield "lemma-3-lower", "smallest n^2 E~_ji / |Z_ij| over Z_ij >= 0", float(lower)
    yield "lemma-3-upper", "largest n E~_ji / |Z_ij| over Z_ij >= 0", float(upper)
    diagonal = float(n * np.min(np.diag(expected) / (own - THRESHOLD)))
    yield "lemma-4", "smallest n Sigma~_ii / (1 / Sigma_ii - alpha)", diagonal
    truth, level = model.sparse_features(2 * n, n, random), 0.01
    X, chances = weights.states
    Y = truth @ X + model.adversarial_noise(level, model.misleading_signs(truth), X)
    A = truth @ within
    step = Purification(THRESHOLD, 1.0, 1.0)
    residual = model.locate(algorithm.updated(A, Examples(Y, chances), least_infinity_norm(A).matrix, step), truth).N
    yield "lemma-5", "largest n |N~_ij| / C_nu under adversarial noise", float(n * np.abs(residual).max() / level)


def _left_inverses(n: int, random: np.random.Generator) -> Iterator[Statement]:
    """|(A*)^+|_inf of unit vectors, of more and more similar features, and of the two left inverses."""
    unit = least_infinity_norm(np.eye(2 * n)[:, :n]).norm
    yield "inverse-unit", "|(A*)^+|_inf of canonical unit vectors", unit
    distinct = model.sparse_features(4 * n, n, random)
    shared = distinct.mean(axis=1, keepdims=True)
    norms = {at: least_infinity_norm((1 - at) * distinct + at * shared).norm for at in LIKENESSES}
    for likeness, norm in norms.items():
        yield f"inverse-alike-{likeness:g}", f"|(A*)^+|_inf when {likeness:g} of each feature is the same", norm
    penrose = float(np.abs(np.linalg.pinv(distinct)).sum(axis=1).max())
    words = "infinity norm of the Moore-Penrose inverse in units of the least"
    yield "inverse-penrose", words, penrose / norms[0.0]
