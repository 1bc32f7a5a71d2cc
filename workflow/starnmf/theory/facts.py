"""The paper's facts and expectations by Monte Carlo, beside what it prints and beside the exact values.

Every quantity is in units of n m r sigma^4, and its expectation depends on q = mu^2 / sigma^2 alone. The exact values
are our own derivation: the expectation of a product of two entries of U and two of V is that of the U's times that of
the V's, and once their means are taken off only pairs of entries at the same place do not vanish.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from starnmf.blocks import one_thread_per_block
from starnmf.seeds import generator
from starnmf.theory.distributions import NON_NEGATIVE, Distribution
from starnmf.theory.planted import Differences, Instances, differences, draw_instances, inner_products

Array = npt.NDArray[np.float64]
Function = Callable[[float], float]

SHAPE = (11, 7, 4)
"""n, m and r, all different: a formula with two of them exchanged does not pass."""

TRIALS = 200_000
BATCH = 20_000

OBSERVED = 0.3
"""Probability that an entry is observed, for the masked expectation."""

AT = 0.3
"""The lambda of Fact 9 and of the masked expectation."""


@dataclass(frozen=True)
class Fact:
    """One expectation that the paper states."""

    name: str
    where: str
    statement: str
    printed: str
    """The value in words, in units of n m r sigma^4 (entries: of r sigma^2)."""
    paper: Function
    """What the paper states, as a function of q."""
    exact: Function


FACTS = (
    Fact("fact-3", "Fact 3", "E Tr U'U V V' = r m n sigma^4 for centred U, V", "1", lambda q: 1, lambda q: 1),
    Fact(
        "fact-4",
        "Fact 4",
        "E |U M|^2 = r m n mu^2 sigma^2 for centred U and the mean matrix M of V",
        "mu^2/sigma^2",
        lambda q: q,
        lambda q: q,
    ),
    Fact("fact-5", "Fact 5", "E |W2|^2 = 4 m n r sigma^4", "4", lambda q: 4, lambda q: 4),
    Fact("fact-6", "Fact 6", "E <W0, W2> = r m n sigma^4 between random points", "1", lambda q: 1, lambda q: 1),
    Fact(
        "fact-7",
        "Fact 7",
        "E |W1|^2 = 6 r m n sigma^4 + 4 r m n mu^2 sigma^2",
        "6 + 4 mu^2/sigma^2",
        lambda q: 6 + 4 * q,
        lambda q: 6 + 4 * q,
    ),
    Fact("fact-8", "Fact 8", "E <W2, W1> = -4 r m n sigma^4", "-4", lambda q: -4, lambda q: -4),
    Fact("fact-9-residual", "Fact 9", "Entries of X(lambda) - X have mean zero", "0", lambda q: 0, lambda q: 0),
    Fact("fact-9-first", "Fact 9", "Entries of X'(lambda) have mean zero", "0", lambda q: 0, lambda q: 0),
    Fact("fact-9-second", "Fact 9", "Entries of X''(lambda) have mean zero", "0", lambda q: 0, lambda q: 0),
    # <U2 V2 - U1 V1, D E>: either product has covariance n m r sigma^4 with D E, and they come with opposite signs.
    Fact(
        "fact-10",
        "Fact 10",
        "E <W0, W2> = 2 r m n sigma^4 towards the planted solution",
        "2",
        lambda q: 2,
        lambda q: 0,
    ),
    Fact(
        "masked",
        "section 4",
        "Over observed entries the expected loss'' is p times that over all",
        "0",
        lambda q: 0,
        lambda q: 0,
    ),
)

COUNTED = ("fact-5", "fact-6", "fact-7", "fact-8", "fact-10")
"""The expectations that equations 4 and 10 put together."""


def measure_facts(seed: int) -> pd.DataFrame:
    """Every fact under every non-negative distribution.

    Columns: fact, where, statement, distribution, n, m, r, trials, mean_term (q); estimate, standard_error, paper,
    exact, z_paper, z_exact.
    """
    rows = []
    for distribution in NON_NEGATIVE:
        samples = _samples(distribution, seed)
        rows += [_compared(fact, distribution, samples[fact.name]) for fact in FACTS]
    return pd.DataFrame(rows)


def measure_counting(seed: int) -> pd.DataFrame:
    """The counting of equations 4 and 10 from the samples of the facts.

    A row for each distribution, kind of line and `mean_term` (`kept` or `dropped`, as the proof drops it): left =
    2 |W2|^2 (|W1|^2 + 2 <W0, W2>) and right = 3 <W1, W2>^2 of the means, with standard errors by the delta method, and
    as `_paper` and `_exact` from the paper's facts and from ours.
    """
    rows = []
    for distribution in NON_NEGATIVE:
        rows += _counting(distribution, _samples(distribution, seed))
    return pd.DataFrame(rows)


def _samples(distribution: Distribution, seed: int) -> dict[str, Array]:
    parts = []
    with one_thread_per_block():
        for batch in range(TRIALS // BATCH):
            random = generator(seed, "facts", distribution.name, batch)
            parts.append(_sample(distribution, draw_instances(distribution, random, BATCH, *SHAPE), random))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _sample(distribution: Distribution, instances: Instances, random: np.random.Generator) -> dict[str, Array]:
    """One value of every quantity from each instance, in units of n m r sigma^4 (entries: of r sigma^2)."""
    n, m, r = SHAPE
    lines = differences(instances)
    W0_random, W1, W2 = lines.W0_random, lines.W1, lines.W2
    U, V = instances.U_star - distribution.mean, instances.V_star - distribution.mean
    unit, entry_unit = n * m * r * distribution.variance**2, r * distribution.variance
    return {
        "fact-3": _squares(U @ V) / unit,
        "fact-4": _squares(U @ np.full((r, m), distribution.mean)) / unit,
        "fact-5": _squares(W2) / unit,
        "fact-6": inner_products(W0_random, W2) / unit,
        "fact-7": _squares(W1) / unit,
        "fact-8": inner_products(W1, W2) / unit,
        "fact-9-residual": lines.residual(AT)[:, 0, 0] / entry_unit,
        "fact-9-first": lines.first_derivative(AT)[:, 0, 0] / entry_unit,
        "fact-9-second": lines.second_derivative[:, 0, 0] / entry_unit,
        "fact-10": inner_products(lines.W0_planted, W2) / unit,
        "masked": _masked_excess(lines, random.random(W1.shape) < OBSERVED) / unit,
    }


def _masked_excess(lines: Differences, observed: npt.NDArray[np.bool_]) -> Array:
    """loss''(lambda) over the observed entries less p times that over all, between random points."""
    of_entry = lines.first_derivative(AT) ** 2 + lines.second_derivative * lines.residual(AT)
    return inner_products(of_entry, observed.astype(np.float64) - OBSERVED)


def _squares(matrices: Array) -> Array:
    return inner_products(matrices, matrices)


def _compared(fact: Fact, distribution: Distribution, sample: Array) -> dict[str, object]:
    n, m, r = SHAPE
    estimate, error = float(sample.mean()), float(sample.std(ddof=1) / len(sample) ** 0.5)
    paper, exact = float(fact.paper(distribution.mean_term)), float(fact.exact(distribution.mean_term))
    return {
        "fact": fact.name,
        "where": fact.where,
        "statement": fact.statement,
        "distribution": distribution.name,
        "n": n,
        "m": m,
        "r": r,
        "trials": len(sample),
        "mean_term": distribution.mean_term,
        "estimate": estimate,
        "standard_error": error,
        "paper": paper,
        "exact": exact,
        "z_paper": (estimate - paper) / error,
        "z_exact": (estimate - exact) / error,
    }


def _counting(distribution: Distribution, samples: dict[str, Array]) -> list[dict[str, object]]:
    """Both sides of equations 4 and 10, towards either end, with the mean term and without."""
    q = distribution.mean_term
    drawn = np.stack([samples[name] for name in COUNTED])
    means, covariance = drawn.mean(axis=1), np.cov(drawn) / drawn.shape[1]
    stated = {fact.name: fact for fact in FACTS}
    paper, exact = (
        np.array([float(getattr(stated[name], value)(q)) for name in COUNTED]) for value in ("paper", "exact")
    )
    rows: list[dict[str, object]] = []
    for kind, W0W2 in (("random-random", COUNTED.index("fact-6")), ("random-planted", COUNTED.index("fact-10"))):
        for mean_term, dropped in (("kept", 0.0), ("dropped", 4 * q)):
            left, right, left_error, right_error = _sides(means, covariance, W0W2, dropped)
            row = {"distribution": distribution.name, "kind": kind, "mean_term": mean_term, "q": q}
            row |= {"left": left, "left_error": left_error, "right": right, "right_error": right_error}
            for source, values in (("paper", paper), ("exact", exact)):
                row |= dict(
                    zip(
                        (f"left_{source}", f"right_{source}"),
                        _sides(values, covariance, W0W2, dropped)[:2],
                        strict=True,
                    )
                )
            rows.append(row)
    return rows


def _sides(means: Array, covariance: Array, W0W2: int, dropped: float) -> tuple[float, float, float, float]:
    """2 w22 (w11 + 2 w02) and 3 w12^2 of the means in the order of `COUNTED`, and their standard errors."""
    w22, w11, w12, w02 = means[0], means[2] - dropped, means[3], means[W0W2]
    left_slope, right_slope = np.zeros(len(means)), np.zeros(len(means))
    left_slope[0], left_slope[2], left_slope[W0W2] = 2 * (w11 + 2 * w02), 2 * w22, 4 * w22
    right_slope[3] = 6 * w12
    errors = [float(np.sqrt(slope @ covariance @ slope)) for slope in (left_slope, right_slope)]
    return float(2 * w22 * (w11 + 2 * w02)), float(3 * w12**2), errors[0], errors[1]
