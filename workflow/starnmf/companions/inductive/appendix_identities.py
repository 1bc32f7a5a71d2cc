"""The paper's identities and the inequality of Lemma D.4 on random matrices (Facts B.1 and B.2, Appendix D)."""

from collections.abc import Callable, Iterable
from itertools import permutations

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.companions.inductive.activations import RELU, SIGMOID, constants
from starnmf.companions.inductive.quadratic import hessian_form, printed_middle, printed_term
from starnmf.seeds import generator

SIZE = 4
"""Of the random matrices."""

CASES = 100

WIDTHS = (0.1, 0.3, 1.0, 3.0)
"""Of the Gaussian bumps that Lemma D.4 is checked on, in units of sigma_k(U)."""

SPREADS = {2: ((5.0, 1.0),), 3: ((5.0, 1.0, 1.0), (5.0, 5.0, 1.0))}
"""Singular values of the matrices U that Lemma D.4 is checked on, by k."""


def measure_appendix_identities(seed: int) -> pd.DataFrame:
    """Every statement on random matrices: the columns of `tables.IDENTITIES`."""
    random = generator(seed, "inductive", "identities")
    matrices = list(random.standard_normal((CASES, SIZE, SIZE)))
    found = [*_of_the_facts(matrices), *_of_the_proof(matrices), *_of_the_lemma(random)]
    return pd.DataFrame(
        [
            {"equation": equation, "statement": statement, "cases": len(errors), "largest_error": max(errors)}
            for equation, statement, errors in found
        ]
    )


def _facts(A: Array) -> list[tuple[str, str, float, float]]:
    """Facts B.1 and B.2: name, statement, the sum term by term, and the closed form; a_i is column i of A."""
    diagonal, ones = np.diag(A), A.sum(axis=1)
    of_diagonal, of_entries, of_ones = (float(np.square(values).sum()) for values in (diagonal, A, ones))
    diagonal_by_ones = float(diagonal @ ones) - of_diagonal
    columns, pairs = range(len(A)), list(permutations(range(len(A)), 2))
    return [
        ("B.1-I", "sum (a_i'e_i)^2 = |diag(A)|^2", sum(A[i, i] ** 2 for i in columns), of_diagonal),
        ("B.1-II", "sum (a_i'a_i) = |A|_F^2", sum(A[:, i] @ A[:, i] for i in columns), of_entries),
        (
            "B.1-III",
            "sum over i, j of a_i'a_j = |A 1|^2",
            sum(A[:, i] @ A[:, j] for i in columns for j in columns),
            of_ones,
        ),
        (
            "B.1-IV",
            "sum over i != j of a_i'a_j = |A 1|^2 - |A|_F^2",
            sum(A[:, i] @ A[:, j] for i, j in pairs),
            of_ones - of_entries,
        ),
        (
            "B.2-I",
            "sum over i != j of a_i'e_i e_i'a_j = diag(A)'(A 1) - |diag(A)|^2",
            sum(A[i, i] * A[i, j] for i, j in pairs),
            diagonal_by_ones,
        ),
        (
            "B.2-II",
            "sum over i != j of a_i'e_j e_j'a_j = diag(A)'(A 1) - |diag(A)|^2",
            sum(A[j, i] * A[j, j] for i, j in pairs),
            diagonal_by_ones,
        ),
        (
            "B.2-III",
            "sum over i != j of a_i'e_i a_j'e_j = (diag(A)'1)^2 - |diag(A)|^2",
            sum(A[i, i] * A[j, j] for i, j in pairs),
            float(np.trace(A) ** 2) - of_diagonal,
        ),
        (
            "B.2-IV",
            "sum over i != j of a_i'e_j a_j'e_i = <A', A> - |diag(A)|^2",
            sum(A[j, i] * A[i, j] for i, j in pairs),
            float((A * A.T).sum()) - of_diagonal,
        ),
    ]


def _of_the_facts(matrices: list[Array]) -> Iterable[tuple[str, str, list[float]]]:
    for of_fact in zip(*map(_facts, matrices), strict=True):
        equation, statement, *_ = of_fact[0]
        yield equation, statement, [_relative(left, right) for _, _, left, right in of_fact]


def _of_the_proof(matrices: list[Array]) -> Iterable[tuple[str, str, list[float]]]:
    """What directions of U contribute, in the printed forms of the proof of Lemma D.1, beside exact moments."""
    forms: tuple[tuple[str, str, Callable[..., float], tuple[int, ...]], ...] = (
        ("D.1-C", "C = C_1 + C_2 in its last form", printed_term, ()),
        ("D.1-middle", "C_1 + C_2 with the term - 2 alpha_10^2 beta_11^2", printed_middle, (2,)),
        ("D.1-misprint", "C_1 + C_2 with the term - 2 alpha_10 beta_11^2", printed_middle, (1,)),
    )
    for equation, statement, printed, power in forms:
        errors = []
        for moments in (constants(SIGMOID), constants(RELU)):
            exact = hessian_form(moments, SIZE)
            for A in matrices:
                direction = np.concatenate([A.T.ravel(), np.zeros(A.size)])
                errors.append(_relative(float(direction @ exact @ direction), printed(moments, A, *power)))
        yield equation, statement, errors


def _of_the_lemma(random: np.random.Generator) -> Iterable[tuple[str, str, list[float]]]:
    """Lemma D.4 for Gaussian bumps g, whose expectations are known: with its lambda(U) and with that of U^+."""
    interpretations: tuple[tuple[str, Callable[[Array], float], str], ...] = (
        ("D.4", printed_lambda, "sigma_1^k / prod sigma_i"),
        ("D.4-pseudo-inverse", proven_lambda, "prod sigma_i / sigma_k^k"),
    )
    for name, factor, words in interpretations:
        for k, spreads in SPREADS.items():
            missed = []
            for _ in range(CASES):
                rotation = np.linalg.qr(random.standard_normal((k, k)))[0]
                for spread in spreads:
                    U = np.diag(spread) @ rotation
                    for width in WIDTHS:
                        left = _bump(U.T @ U, width)
                        right = _bump(spread[-1] ** 2 * np.eye(k), width) / factor(np.array(spread))
                        missed.append(max(0.0, right / left - 1))
            statement = f"E g(U'x) >= E g(sigma_k(U) z) / lambda(U), lambda(U) = {words}, k = {k}"
            yield f"{name}-k{k}", statement, missed


def printed_lambda(singular_values: Array) -> float:
    """lambda(U) as Lemma D.4 prints it, from sigma_1 >= ... >= sigma_k."""
    return float(singular_values[0] ** len(singular_values) / singular_values.prod())


def proven_lambda(singular_values: Array) -> float:
    """lambda of the pseudo-inverse of U, which is what the proof of Lemma D.4 arrives at."""
    return float(singular_values.prod() / singular_values[-1] ** len(singular_values))


def _bump(covariance: Array, width: float) -> float:
    """E exp(-|s|^2 / (2 width^2)) for normal s of this covariance (k, k)."""
    return float(1 / np.sqrt(np.linalg.det(np.eye(len(covariance)) + covariance / width**2)))


def _relative(left: float, right: float) -> float:
    return abs(left - right) / abs(left)
