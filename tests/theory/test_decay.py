"""The exponent of a decay: on simulated counts whose law is known, at the sizes and trials of the sweep."""

import numpy as np
import pytest
from scipy import optimize, stats

from starnmf.claims.claim import Verdict, at_least
from starnmf.claims.statistics import decay
from starnmf.theory.convexity import SIZES
from starnmf.theory.decay import EXPONENTS, _Counts, _profile, decay_exponent

n = np.array(SIZES, dtype=float)
ROUNDING = np.round(np.sqrt(n)) / np.sqrt(n)
"""Of the rank, which the sweep takes for sqrt(n)."""

ROOT = n ** (1 / 3) - n[0] ** (1 / 3)
ROUNDED = n * ROUNDING**0.4

HOLDS = {
    # A normal variable whose mean is n^(1/6) deviations above 0 is negative so often.
    "normal tail": stats.norm.sf(1.3 * n ** (1 / 6)),
    "saturated exp(-n^(1/3))": np.minimum(0.3, 4 * np.exp(-(n ** (1 / 3)))),
    **{f"exp(-{c} n^(1/3))": 0.3 * np.exp(-c * ROOT) for c in (0.1, 0.5, 2.0, 5.0, 8.0)},
    **{f"exp(-{c} n)": 0.3 * np.exp(-c * (n - 2)) for c in (0.02, 0.3, 0.8)},
    "exp(-n/2), the rank rounded": 0.3 * np.exp(-0.5 * (ROUNDED - ROUNDED[0])),
}
"""Probabilities by size in worlds in which the theorems' sentence is true."""

FAILS = {
    **{f"n^-{k}": 0.3 * (n / 2) ** -k for k in (0.1, 0.5, 2, 5)},
    **{f"saturated n^-{k}": 0.4 / (1 + (n / 6) ** k) for k in (2, 5)},
    "n^-2, the rank rounded": 0.3 * (ROUNDED / ROUNDED[0]) ** -2,
    "exp(-4 n^0.2)": 0.3 * np.exp(-4 * (n**0.2 - 2**0.2)),
    **{f"exp(-2 n^(1/3)) to {low}": 0.1 * np.exp(-2 * ROOT) + low for low in (0.2, 0.01, 0.001)},
    **{f"exp(-n/2) to {low}": 0.3 * np.exp(-0.5 * (n - 2)) + low for low in (0.2, 0.01, 0.001)},
    "rise": 0.05 * n**0.3,
    "constant": np.full(len(n), 0.2),
}
"""The same where it is false."""

ERROR = 0.01
"""Wrong verdicts that the level of the interval allows."""


def verdict(probability, trials, seed):
    hits = np.random.default_rng([seed, trials]).binomial(trials, probability)
    return at_least(1 / 3).judge(decay(n, hits, np.full(len(n), trials), plateau=0.001, rounding=ROUNDING))


def wrong_verdicts(seeds, trials):
    """Wrong verdicts in each world."""
    wrong = {world: (p, Verdict.CONTRADICTED) for world, p in HOLDS.items()}
    wrong |= {world: (p, Verdict.REPRODUCED) for world, p in FAILS.items()}
    return {
        world: sum(verdict(p, count, seed) == bad for count in trials for seed in range(seeds))
        for world, (p, bad) in wrong.items()
    }


def test_no_world_is_judged_wrongly():
    assert max(wrong_verdicts(2, (10_000,)).values()) == 0


@pytest.mark.extended
def test_wrong_verdicts_are_as_rare_as_the_level_says():
    seeds, trials = 15, (500, 10_000, 1_000_000)
    wrong = wrong_verdicts(seeds, trials)
    cases = seeds * len(trials)
    assert max(wrong.values()) <= stats.binom.ppf(0.999, cases, ERROR), wrong
    assert sum(wrong.values()) <= stats.binom.ppf(0.999, cases * len(wrong), ERROR), wrong


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        ("exp(-0.3 n)", Verdict.REPRODUCED),
        ("n^-2", Verdict.CONTRADICTED),
        ("exp(-2 n^(1/3)) to 0.2", Verdict.CONTRADICTED),
        ("exp(-n/2) to 0.01", Verdict.CONTRADICTED),
        ("rise", Verdict.CONTRADICTED),
        ("constant", Verdict.UNDECIDED),
        ("exp(-2.0 n^(1/3))", Verdict.UNDECIDED),
    ],
)
def test_worlds_that_the_default_run_can_tell_apart(world, expected):
    assert [verdict((HOLDS | FAILS)[world], 10_000, seed) for seed in range(3)] == [expected] * 3


def test_few_trials_do_not_decide():
    """After 500 trials without a hit a plateau at 0.001 is still likely."""
    assert verdict(HOLDS["exp(-0.3 n)"], 500, 0) == Verdict.UNDECIDED


def growth(size, exponent):
    size = size / size[0]
    return np.log(size) if exponent == 0 else (size**exponent - 1) / exponent


@pytest.mark.parametrize("trials", [20_000, 1_000_000])
@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.1])
def test_the_interval_holds_the_true_exponent(exponent, trials):
    seeds = 12
    inside = 0
    for seed in range(seeds):
        hits = np.random.default_rng(seed).binomial(trials, 0.4 * np.exp(-1.5 * growth(n, exponent)))
        found = decay_exponent(n, hits, np.full(len(n), trials))
        assert found.low <= found.value <= found.high
        inside += found.low <= exponent <= found.high
    assert inside >= seeds - 1


@pytest.mark.parametrize("exponent", [0.0, 0.6, 1.1])
def test_a_rounded_rank_is_no_lack_of_fit(exponent):
    trials = np.full(len(n), 1_000_000)
    hits = np.random.default_rng(2).binomial(trials, 0.4 * np.exp(-0.7 * growth(ROUNDED, exponent)))
    found, without = decay_exponent(n, hits, trials, ROUNDING), decay_exponent(n, hits, trials)
    assert found.low <= exponent <= found.high
    assert found.overdispersion < 3 < without.overdispersion
    assert found.high - found.low < 0.3


@pytest.mark.parametrize("rounding", [np.ones(len(n)), ROUNDING], ids=["exact", "rounded"])
@pytest.mark.parametrize("place", [0, 9, 12])
def test_the_profile_is_the_largest_likelihood(place, rounding):
    """Against scipy's optimizer on the likelihood written down again."""
    trials = np.full(len(n), 2000.0)
    hits = np.random.default_rng(5).binomial(2000, HOLDS["exp(-2.0 n^(1/3))"]).astype(float)
    s = EXPONENTS[place]

    def missing(theta, q):
        size = n / 2 * rounding ** theta[3]
        climb = np.log(size) if s == 0 else (size**s - 1) / s
        falling = np.exp(np.minimum(np.exp(theta[2]) * climb - theta[1], 80))
        p = np.clip((np.exp(q * theta[0]) + falling**q) ** (-1 / q), 0, 1 - 1e-9)
        return -stats.binom.logpmf(hits, trials, np.maximum(p, 1e-300)).sum()

    starts = ([0, 0, 0, 0], [-3, -1, 0, 0], [0.8, 2, 0.5, 0])
    options = {"maxiter": 8000, "maxfev": 8000, "xatol": 1e-6, "fatol": 1e-6}
    best = min(
        optimize.minimize(missing, start, args=(q,), method="Nelder-Mead", options=options).fun
        for start in starts
        for q in (1, 8)
    )
    saturated = -stats.binom.logpmf(hits, trials, hits / trials).sum()
    counts = _Counts(np.log(n / 2), np.log(rounding), hits, trials)
    assert _profile(EXPONENTS, counts).deviance[place] <= 2 * (best - saturated) + 1e-2
