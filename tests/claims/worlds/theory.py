"""Worlds of the theory: probabilities of negative curvature, expectations, rates of growth."""

from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import norm

from starnmf.theory import tables as theory
from starnmf.theory.facts import FACTS
from tests.claims.worlds.world import worlds_of

SIZES = 2 ** np.arange(1, 9)
PROBABILITIES = (0.1, 0.3, 1.0)
KINDS = ("random-random", "random-planted")
MEAN_TERMS = {"half-normal": 1.752, "uniform": 3.0, "exponential": 1.0, "clipped half-normal": 2.1}
"""mu^2 / sigma^2 of every distribution."""


def convexity(random, negative, trials=100_000, relative=lambda n: n**-0.5, control=lambda n: 0.5 + 0 * n):
    """Counts of segments with negative curvature, with probability `negative(n)`; `control(n)` without a mean.

    The curvature's deviation over its mean is `relative(n)`.
    """
    rows = []
    for distribution, law, count in (("half-normal", negative, trials), ("normal", control, trials // 10)):
        for kind in KINDS:
            for observed in PROBABILITIES:
                for n in SIZES:
                    hits = random.binomial(count, min(1, law(float(n))))
                    mean, deviation = 5.0 * n**0.5, 5.0 * n**0.5 * relative(float(n))
                    rows.append(
                        {"distribution": distribution, "kind": kind, "observed": observed, "n": n, "m": n,
                         "r": round(n**0.5), "trials": count, "alpha_negative": hits,
                         "inequality_9_fails": hits + random.binomial(count - hits, min(1, law(float(n)) / 3)),
                         "chord_fails": random.binomial(hits, 0.3),
                         "alpha_mean": mean + deviation * random.standard_normal() / count**0.5,
                         "alpha_sd": deviation * (1 + random.standard_normal() / (2 * count) ** 0.5)}
                    )  # fmt: skip
    table = pd.DataFrame(rows)
    for name in ("alpha_negative", "inequality_9_fails", "chord_fails"):
        table[f"{name}_share"] = table[name] / table["trials"]
    return table


def stretched(c, power):
    """exp(-c n^power), the probability of a theorem."""
    return lambda n: np.exp(-c * n**power)


def facts(random, factor=lambda fact, distribution: 1.0, exact_factor=1.0):
    """Means over 200,000 instances, of expectations that are the paper's times a factor."""
    rows = []
    for fact in FACTS:
        for distribution, q in MEAN_TERMS.items():
            paper = fact.paper(q)
            # Where the paper has 0, a factor other than 1 is an expectation of its own.
            truth = paper * factor(fact.name, distribution) if paper else factor(fact.name, distribution) - 1
            error = 0.0022 * max(1.0, abs(paper))
            estimate = truth + error * random.standard_normal()
            exact = truth * exact_factor if truth else exact_factor - 1
            rows.append(
                {"fact": fact.name, "where": fact.where, "statement": fact.statement, "distribution": distribution,
                 "n": 11, "m": 7, "r": 4, "trials": 200_000, "mean_term": q, "estimate": estimate,
                 "standard_error": error, "paper": paper, "exact": exact, "z_paper": (estimate - paper) / error,
                 "z_exact": (estimate - exact) / error}
            )  # fmt: skip
    return pd.DataFrame(rows)


def counting(random, ratio, error=0.003):
    """Both sides of equation 4, with relative errors; `ratio(distribution)` is that of their expectations."""
    rows = []
    for distribution, q in MEAN_TERMS.items():
        for kind in KINDS:
            for mean_term in ("kept", "dropped"):
                left = 48.0 * ratio(distribution)
                rows.append(
                    {"distribution": distribution, "kind": kind, "mean_term": mean_term, "q": q,
                     "left": left * (1 + error * random.standard_normal()), "left_error": error * left,
                     "right": 48 * (1 + error * random.standard_normal()), "right_error": 48 * error,
                     "left_paper": 64.0, "right_paper": 48.0, "left_exact": left, "right_exact": 48.0}
                )  # fmt: skip
    return pd.DataFrame(rows)


def concentration(random, spread=lambda n: n**-0.5, largest=lambda r, n: r**0.5, of=None, trials=32):
    """Values whose relative deviation is `spread(n)`, and largest entries around `largest(r, n)`.

    Largest entries other than the quantity `of`, where it is given, grow as r^0.4.
    """
    rows = []
    for n in (16, 64, 256, 512, 1024, 2048):
        r = round(n**0.5)
        shape = {"n": n, "m": n, "r": r, "trial": np.arange(trials)}
        rows.append({"quantity": "W2W2", **shape, "value": 4 * (1 + spread(n) * random.standard_normal(trials))})
        for quantity in ("residual", "first", "second", "solution"):
            typical = largest(r, n) if of in (None, quantity) else r**0.4
            # The largest of many entries is about Gumbel distributed.
            rows.append({"quantity": quantity, **shape, "value": 3 * typical * (1 + 0.05 * random.gumbel(size=trials))})
    return pd.concat([pd.DataFrame(row) for row in rows], ignore_index=True)


def identities(random, **failures):
    """Identities on 2,000 cases; the named ones fail in some of them."""
    names = ("eq-8-1", "eq-8-2", "eq-8-3", "eq-8-4", "eq-9", "square-printed", "square-right", "counterexample")
    failed = [failures.get(name.replace("-", "_"), 0) for name in names]
    return pd.DataFrame(
        {"identity": names, "where": "", "statement": "", "cases": 2000, "failures": failed,
         "largest_error": np.where(np.array(failed) > 0, 0.1, 1e-13) * random.uniform(0.5, 1, len(names)),
         "convex": np.where(np.array(names) == "eq-9", 900, np.nan)}
    )  # fmt: skip


def profile(random, exact=1.0, printed=1.0, kinds=KINDS, trials=400):
    """Means of a second derivative that is quadratic in lambda, of which `exact` and `printed` are multiples."""
    at = np.linspace(0, 1, 21)
    x = 2 * at - 1
    basis = np.stack([1 + 0 * x, 3**0.5 * x, 5**0.5 * (3 * x**2 - 1) / 2])
    rows = []
    for distribution in ("half-normal", "normal"):
        for kind in KINDS:
            truth = 8 + 3 * x**2 - x * (kind == "random-planted")
            noise = random.standard_normal(3) @ basis / np.sqrt((basis**2).sum(axis=0))
            error = truth * 0.7 / trials**0.5
            changed = kind in kinds
            rows.append(
                pd.DataFrame(
                    {"distribution": distribution, "kind": kind, "n": 100, "m": 80, "r": 10, "trials": trials,
                     "lambda": at, "mean": truth + error * noise, "standard_error": error,
                     "exact": truth * (exact if changed else 1), "printed": truth * (printed if changed else 1)}
                )
            )  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def planted_lines(random, **shapes):
    """Losses on five segments of each kind, computed in double precision; `shapes` are functions of lambda."""
    at = np.linspace(0, 1, 101)
    plain = {
        "minimizer_minimizer": lambda random: random.uniform(5, 9) * at**2 * (1 - at) ** 2,
        "random_planted": lambda random: random.uniform(3, 4) * (1 - at) ** 2 + random.uniform(1, 2) * (1 - at) ** 4,
        "random_random": lambda random: 4 + random.uniform(3, 4) * (at - 0.5) ** 2 + random.uniform(1, 2) * at**4,
    } | shapes
    rows = [
        pd.DataFrame(
            {"kind": kind.replace("_", "-"), "line": line, "n": 100, "m": 100, "r": 10, "lambda": at,
             "loss": shape(random) * (1 + 1e-16 * random.standard_normal(101))}
        )
        for kind, shape in plain.items()
        for line in range(5)
    ]  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def concave_start(random, width=0.05):
    """A loss that falls to 0 and is convex but on its first stretch."""
    at = np.linspace(0, 1, 101)
    second = np.where(at < width, at - width, 8 * (at - width))
    slope = np.cumsum(second) * 0.01
    loss = np.cumsum(slope - slope[-1]) * 0.01
    return random.uniform(3, 4) * (loss - loss.min())


DECAY = "theory-convex-random-planted-1-decay"
DECAY_OBSERVED = "theory-convex-random-random-0.3-decay"
CONVEX = "theory-convex-random-random-1 theory-convex-random-planted-0.3 theory-inequality-9-random-planted"
CONCENTRATES = "theory-concentration-random-random theory-concentration-random-planted"
ROOM = "theory-counting-random-random-mean-dropped theory-counting-random-planted-mean-kept"

CONVEXITY = worlds_of(
    theory.CONVEXITY,
    (DECAY, True, "exp(-n^(1/3))", partial(convexity, negative=stretched(1, 1 / 3)), False),
    (DECAY, True, "exp(-0.6 n^(1/3))", partial(convexity, negative=stretched(0.6, 1 / 3)), False),
    (DECAY, True, "exp(-2 n^(1/3)), 10,000 segments",
     partial(convexity, negative=stretched(2, 1 / 3), trials=10_000), False),
    (DECAY, True, "exp(-0.7 n^(1/2))", partial(convexity, negative=stretched(0.7, 1 / 2))),
    (DECAY, True, "exp(-0.2 n), almost never from n = 64 on", partial(convexity, negative=stretched(0.2, 1))),
    (DECAY, True, "tail of a normal distribution at n^(1/6)",
     partial(convexity, negative=lambda n: norm.sf(1.3 * n ** (1 / 6))), False),
    (DECAY, True, "half of the smallest, then exp(-n^(1/3))",
     partial(convexity, negative=lambda n: min(0.3, 4 * np.exp(-(n ** (1 / 3))))), False),
    (DECAY, True, "negative curvature never seen from n = 8 on",
     partial(convexity, negative=stretched(3, 1 / 2), trials=10_000), False),
    (DECAY, False, "n^-0.1", partial(convexity, negative=lambda n: n**-0.1)),
    (DECAY, False, "n^-0.5", partial(convexity, negative=lambda n: n**-0.5)),
    (DECAY, False, "n^-1", partial(convexity, negative=lambda n: n**-1.0)),
    (DECAY, False, "n^-2", partial(convexity, negative=lambda n: n**-2.0)),
    (DECAY, False, "n^-1, 10,000 segments", partial(convexity, negative=lambda n: n**-1.0, trials=10_000)),
    (DECAY, False, "exp(-n^(1/3)) down to a plateau of 1 %",
     partial(convexity, negative=lambda n: max(0.01, np.exp(-(n ** (1 / 3)))))),
    (DECAY, False, "exp(-2 n^(1/3)) down to a plateau of 0.1 %",
     partial(convexity, negative=lambda n: max(0.001, np.exp(-2 * n ** (1 / 3))))),
    (DECAY, False, "0.2 for every n", partial(convexity, negative=lambda n: 0.2)),
    (DECAY, False, "rises from 0.1 to 0.3", partial(convexity, negative=lambda n: 0.1 + 0.2 * np.log2(n) / 8)),
    (DECAY_OBSERVED, True, "exp(-1.5 r^(1/3))", partial(convexity, negative=stretched(1.5, 1 / 6)), False),
    (DECAY_OBSERVED, True, "exp(-3 r^(1/3))", partial(convexity, negative=stretched(3, 1 / 6)), False),
    (DECAY_OBSERVED, True, "exp(-n^(1/2))", partial(convexity, negative=stretched(1, 1 / 2))),
    (DECAY_OBSERVED, False, "r^-0.2", partial(convexity, negative=lambda n: n**-0.1)),
    (DECAY_OBSERVED, False, "r^-1", partial(convexity, negative=lambda n: n**-0.5)),
    (DECAY_OBSERVED, False, "plateau of 2 %", partial(convexity, negative=lambda n: 0.02 + 0.3 / n)),
    (CONVEX, True, "exp(-2 n^(1/3))", partial(convexity, negative=stretched(2, 1 / 3))),
    (CONVEX, True, "exp(-0.3 n), 10,000 segments", partial(convexity, negative=stretched(0.3, 1), trials=10_000)),
    (CONVEX, False, "n^-0.1", partial(convexity, negative=lambda n: n**-0.1)),
    (CONVEX, False, "plateau of 10 %", partial(convexity, negative=lambda n: 0.1 + 0.4 / n)),
    (CONVEX, False, "plateau of 5 %, 10,000 segments",
     partial(convexity, negative=lambda n: 0.05 + 0.4 / n, trials=10_000)),
    (CONCENTRATES, True, "sigma/mu falls as n^-0.5", partial(convexity, negative=stretched(2, 1 / 3))),
    (CONCENTRATES, True, "sigma/mu falls as n^-0.2",
     partial(convexity, negative=stretched(2, 1 / 3), relative=lambda n: n**-0.2)),
    (CONCENTRATES, False, "sigma/mu stays at 0.3",
     partial(convexity, negative=stretched(2, 1 / 3), relative=lambda n: 0.3)),
    (CONCENTRATES, False, "sigma/mu rises as n^0.1",
     partial(convexity, negative=stretched(2, 1 / 3), relative=lambda n: 0.2 * n**0.1)),
    (CONCENTRATES, False, "sigma/mu falls to 0.3 by n = 16 and stays there",
     partial(convexity, negative=stretched(2, 1 / 3), relative=lambda n: 0.3 + n**-2.0)),
    ("theory-mean-term-needed", True, "half of the segments without a mean, for every n",
     partial(convexity, negative=stretched(2, 1 / 3))),
    ("theory-mean-term-needed", True, "0.3, rising to 0.6 without a mean",
     partial(convexity, negative=stretched(2, 1 / 3), control=lambda n: 0.3 + 0.3 * np.log2(n) / 8, trials=10_000)),
    ("theory-mean-term-needed", False, "exp(-0.8 n^(1/3)) without a mean too",
     partial(convexity, negative=stretched(2, 1 / 3), control=stretched(0.8, 1 / 3))),
    ("theory-mean-term-needed", False, "exp(-2 n^(1/3)) without a mean too, 10,000 segments",
     partial(convexity, negative=stretched(2, 1 / 3), control=stretched(2, 1 / 3), trials=10_000)),
)  # fmt: skip

FACTS_JUDGED = (
    "theory-fact-4 theory-fact-5 theory-fact-6 theory-fact-8 theory-fact-9-first theory-fact-10 theory-masked"
)
EXPECTATIONS = [
    *worlds_of(
        theory.FACTS,
        (FACTS_JUDGED, True, "as the paper has it", facts),
        (FACTS_JUDGED, False, "5 % from what the paper has", partial(facts, factor=lambda *_: 1.05)),
        ("theory-fact-5 theory-fact-7", False, "twice what the paper has for one distribution",
         partial(facts, factor=lambda _, distribution: 1 + (distribution == "exponential"))),
        ("theory-exact-expectations", True, "estimates of the exact expectations", facts),
        ("theory-exact-expectations", False, "exact expectations 5 % too large", partial(facts, exact_factor=1.05)),
    ),
    *worlds_of(
        theory.COUNTING,
        (ROOM, True, "64 against 48", partial(counting, ratio=lambda _: 64 / 48)),
        (ROOM, True, "7 % of room", partial(counting, ratio=lambda _: 1.07)),
        (ROOM, False, "both sides the same", partial(counting, ratio=lambda _: 1.0)),
        (ROOM, False, "room for deviations of half a percent", partial(counting, ratio=lambda _: 1.02)),
        (ROOM, False, "40 against 48", partial(counting, ratio=lambda _: 40 / 48)),
        (ROOM, False, "no room for one distribution",
         partial(counting, ratio=lambda distribution: 64 / 48 if distribution != "uniform" else 0.95)),
    ),
    *worlds_of(
        theory.PROFILE,
        ("theory-profile-exact theory-profile-printed", True, "the mean is the expectation", profile),
        ("theory-profile-exact", False, "the exact expectation is 20 % off", partial(profile, exact=1.2)),
        ("theory-profile-printed", False, "the printed one is 30 % off towards the planted solution",
         partial(profile, printed=1.3, kinds=("random-planted",))),
    ),
    *worlds_of(
        theory.IDENTITIES,
        ("theory-square theory-equation-9 theory-equation-8 theory-counterexample", True, "no failure", identities),
        ("theory-square", False, "fails in most cases", partial(identities, square_printed=1900)),
        ("theory-equation-9", False, "fails in 2 of 2,000", partial(identities, eq_9=2)),
        ("theory-equation-8", False, "one derivative fails", partial(identities, eq_8_4=2000)),
    ),
]  # fmt: skip

LARGEST = "theory-lemma-1"
GROWTH = worlds_of(
    theory.CONCENTRATION,
    ("theory-equation-5", True, "n^-1", partial(concentration, spread=lambda n: n**-1.0)),
    ("theory-equation-5", True, "n^-0.7", partial(concentration, spread=lambda n: n**-0.7)),
    ("theory-equation-5", True, "n^-0.5 exactly", partial(concentration, spread=lambda n: n**-0.5), False),
    ("theory-equation-5", False, "n^-0.25", partial(concentration, spread=lambda n: n**-0.25)),
    ("theory-equation-5", False, "0.1 for every n", partial(concentration, spread=lambda n: 0.1)),
    ("theory-equation-5", False, "n^-1 down to 2 %", partial(concentration, spread=lambda n: 0.02 + 1 / n)),
    (LARGEST, True, "r^0.5", concentration),
    (LARGEST, True, "r^0.6", partial(concentration, largest=lambda r, _: r**0.6)),
    (LARGEST, True, "sums of r independent products, the largest of n^2",
     partial(concentration, largest=lambda r, n: (r * np.log(n)) ** 0.5), False),
    (LARGEST, False, "r^0.8", partial(concentration, largest=lambda r, _: r**0.8)),
    (LARGEST, False, "r^0.8 of the second derivative alone",
     partial(concentration, largest=lambda r, _: r**0.8, of="second")),
    (LARGEST, False, "r", partial(concentration, largest=lambda r, _: r)),
    ("theory-lemma-1-solution", True, "r^0.6", partial(concentration, largest=lambda r, _: r**0.6, of="solution")),
    ("theory-lemma-1-solution", False, "r", partial(concentration, largest=lambda r, _: r, of="solution")),
    ("theory-lemma-1-solution", False, "a mean of r and a deviation of r^0.5",
     partial(concentration, largest=lambda r, _: 0.6 * r + 2 * r**0.5, of="solution"), False),
)  # fmt: skip

SEGMENTS = worlds_of(
    theory.PLANTED_LINES,
    ("theory-figure-1-planted theory-figure-1-random theory-figure-1-general", True, "as drawn in Figure 1",
     planted_lines),
    ("theory-figure-1-planted", False, "concave on the first twentieth",
     partial(planted_lines, random_planted=concave_start)),
    ("theory-figure-1-random", False, "concave on the first twentieth",
     partial(planted_lines, random_random=lambda random: 3 + concave_start(random))),
    ("theory-figure-1-general", False, "a valley with a flat bottom between equal minimizers",
     partial(planted_lines, minimizer_minimizer=lambda random: 1e-30 * random.uniform(0, 1, 101))),
    ("theory-figure-1-general", False, "parabolas between equal minimizers",
     partial(planted_lines, minimizer_minimizer=lambda random: (np.linspace(0, 1, 101) - 0.5) ** 2)),
)  # fmt: skip

THEORY = [*CONVEXITY, *EXPECTATIONS, *GROWTH, *SEGMENTS]
