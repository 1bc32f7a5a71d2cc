"""The paper's facts and expectations by Monte Carlo, beside the printed and the exact values.

Every quantity is in units of n m r sigma^4, and its expectation depends on q = mu^2 / sigma^2 alone. The exact values
are our own derivation: the expectation of a product of two entries of U and two of V is that of the U's times that of
the V's, and once their means are taken off only pairs of entries at the same place do not vanish.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from starnmf.arrays import Array, Booleans
from starnmf.seeds import generator
from starnmf.theory.distributions import NON_NEGATIVE, Distribution
from starnmf.theory.planted import Differences, Instances, differences, draw_instances, inner_products

SHAPE = {"n": 11, "m": 7, "r": 4}
"""All different: a formula with two of them exchanged does not pass."""

TRIALS = 200_000
BATCH = 20_000
"""Instances that are drawn by one generator."""
AT_A_TIME = 1000
"""Instances that fit into a processor's cache."""

OBSERVED = 0.3
"""Probability that an entry is observed, for the masked expectation."""

AT = 0.3
"""The lambda of Fact 9 and of the masked expectation."""


@dataclass(frozen=True)
class Fact:
    """One expectation that the paper states: constant + slope q, in units of n m r sigma^4 (entries: of r sigma^2)."""

    name: str
    where: str
    statement: str
    printed: str
    """The value in words, in the same units."""
    constant: float
    slope: float = 0.0
    excess: float = 0.0
    """By how much the paper's value is larger than the exact one."""

    def paper(self, q: float) -> float:
        """What the paper states."""
        return self.constant + self.slope * q

    def exact(self, q: float) -> float:
        """The exact expectation."""
        return self.paper(q) - self.excess


FACTS = (
    Fact("fact-3", "Fact 3", "E Tr U'U V V' = r m n sigma^4 for centred U, V", "1", 1),
    Fact(
        "fact-4",
        "Fact 4",
        "E |U M|^2 = r m n mu^2 sigma^2 for centred U and the mean matrix M of V",
        "mu^2/sigma^2",
        0,
        slope=1,
    ),
    Fact("fact-5", "Fact 5", "E |W2|^2 = 4 m n r sigma^4", "4", 4),
    Fact("fact-6", "Fact 6", "E <W0, W2> = r m n sigma^4 between random points", "1", 1),
    Fact("fact-7", "Fact 7", "E |W1|^2 = 6 r m n sigma^4 + 4 r m n mu^2 sigma^2", "6 + 4 mu^2/sigma^2", 6, slope=4),
    Fact("fact-8", "Fact 8", "E <W2, W1> = -4 r m n sigma^4", "-4", -4),
    Fact("fact-9-residual", "Fact 9", "Entries of X(lambda) - X have mean zero", "0", 0),
    Fact("fact-9-first", "Fact 9", "Entries of X'(lambda) have mean zero", "0", 0),
    Fact("fact-9-second", "Fact 9", "Entries of X''(lambda) have mean zero", "0", 0),
    # <U2 V2 - U1 V1, D E>: either product has covariance n m r sigma^4 with D E, and they come with opposite signs.
    Fact("fact-10", "Fact 10", "E <W0, W2> = 2 r m n sigma^4 towards the planted solution", "2", 2, excess=2),
    Fact("masked", "section 4", "Over observed entries the expected loss'' is p times that over all", "0", 0),
)

COUNTED = ("fact-5", "fact-6", "fact-7", "fact-8", "fact-10")
"""The expectations that equations 4 and 10 combine."""

FACT_ON_W0W2 = {"random-random": "fact-6", "random-planted": "fact-10"}
"""The fact on E <W0, W2>, by kind of segment."""

STATED = {fact.name: fact for fact in FACTS}


def measure_facts(seed: int) -> pd.DataFrame:
    """Every fact under every non-negative distribution: the columns of `tables.FACTS`."""
    rows = []
    for distribution in NON_NEGATIVE:
        samples = _samples(distribution, seed)
        rows += [_compared(fact, distribution, samples[fact.name]) for fact in FACTS]
    return pd.DataFrame(rows)


def measure_counting(seed: int) -> pd.DataFrame:
    """Both sides of equations 4 and 10 from the samples of the facts: the columns of `tables.COUNTING`.

    A row for each distribution, kind of segment, and with the mean term kept or dropped, as the proof drops it.
    """
    return pd.DataFrame(
        [row for distribution in NON_NEGATIVE for row in _counting(distribution, _samples(distribution, seed))]
    )


def _samples(distribution: Distribution, seed: int) -> dict[str, Array]:
    parts = []
    for batch in range(TRIALS // BATCH):
        random = generator(seed, "facts", distribution.name, batch)
        instances = draw_instances(distribution, random, BATCH, **SHAPE)
        for first in range(0, BATCH, AT_A_TIME):
            parts.append(_sample(distribution, instances.some(slice(first, first + AT_A_TIME)), random))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _sample(distribution: Distribution, instances: Instances, random: np.random.Generator) -> dict[str, Array]:
    """One value of every quantity from each instance, in units of n m r sigma^4 (entries: of r sigma^2)."""
    n, m, r = SHAPE.values()
    segments = differences(instances)
    W0_random, W1, W2 = segments.W0_random, segments.W1, segments.W2
    U, V = instances.U_star - distribution.mean, instances.V_star - distribution.mean
    unit, entry_unit = n * m * r * distribution.variance**2, r * distribution.variance
    return {
        "fact-3": _squares(U @ V) / unit,
        "fact-4": _squares(U @ np.full((r, m), distribution.mean)) / unit,
        "fact-5": _squares(W2) / unit,
        "fact-6": inner_products(W0_random, W2) / unit,
        "fact-7": _squares(W1) / unit,
        "fact-8": inner_products(W1, W2) / unit,
        "fact-9-residual": segments.residual(AT)[:, 0, 0] / entry_unit,
        "fact-9-first": segments.first_derivative(AT)[:, 0, 0] / entry_unit,
        "fact-9-second": segments.second_derivative[:, 0, 0] / entry_unit,
        "fact-10": inner_products(segments.W0_planted, W2) / unit,
        "masked": _masked_excess(segments, random.random(W1.shape) < OBSERVED) / unit,
    }


def _masked_excess(segments: Differences, observed: Booleans) -> Array:
    """loss''(lambda) over the observed entries less p times that over all, between random points."""
    of_entry = segments.first_derivative(AT) ** 2 + segments.second_derivative * segments.residual(AT)
    return inner_products(of_entry, observed.astype(np.float64) - OBSERVED)


def _squares(matrices: Array) -> Array:
    return inner_products(matrices, matrices)


def _compared(fact: Fact, distribution: Distribution, sample: Array) -> dict[str, object]:
    estimate, error = float(sample.mean()), float(sample.std(ddof=1) / len(sample) ** 0.5)
    q = distribution.mean_term
    paper, exact = fact.paper(q), fact.exact(q)
    return {
        "fact": fact.name,
        "where": fact.where,
        "statement": fact.statement,
        "distribution": distribution.name,
        **SHAPE,
        "trials": len(sample),
        "mean_term": q,
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
    paper = np.array([STATED[name].paper(q) for name in COUNTED])
    exact = np.array([STATED[name].exact(q) for name in COUNTED])
    rows: list[dict[str, object]] = []
    for kind, fact in FACT_ON_W0W2.items():
        place = COUNTED.index(fact)
        for mean_term, dropped in (("kept", 0.0), ("dropped", 4 * q)):
            row = {"distribution": distribution.name, "kind": kind, "mean_term": mean_term, "q": q}
            row["left_error"], row["right_error"] = _errors_of_sides(means, covariance, place, dropped)
            for source, values in (("", means), ("_paper", paper), ("_exact", exact)):
                row[f"left{source}"], row[f"right{source}"] = _sides(values, place, dropped)
            rows.append(row)
    return rows


def _sides(means: Array, place: int, dropped: float) -> tuple[float, float]:
    """2 w22 (w11 + 2 w02) and 3 w12^2 of the means in the order of `COUNTED`, w02 at `place`."""
    w22, w11, w12, w02 = means[0], means[2] - dropped, means[3], means[place]
    return float(2 * w22 * (w11 + 2 * w02)), float(3 * w12**2)


def _errors_of_sides(means: Array, covariance: Array, place: int, dropped: float) -> list[float]:
    """Standard errors of `_sides`, by the delta method."""
    w22, w11, w12, w02 = means[0], means[2] - dropped, means[3], means[place]
    slopes = np.zeros((2, len(means)))
    slopes[0, 0], slopes[0, 2], slopes[0, place] = 2 * (w11 + 2 * w02), 2 * w22, 4 * w22
    slopes[1, 3] = 6 * w12
    return [float(np.sqrt(slope @ covariance @ slope)) for slope in slopes]
