"""Criteria on skewed laws and on tails: results that just meet and just miss them, and worlds where they are false."""

import numpy as np
import pandas as pd
import pytest

from starnmf.claims.claim import Verdict
from starnmf.claims.theory_laws import CLAIMS
from starnmf.theory.tails import SIZES, SWEPT_DEVIATIONS, SWEPT_SIZE

BY_ID = {claim.id: claim for claim in CLAIMS}


def verdicts(claim, table):
    """What every finding of a claim says on a table."""
    claim = BY_ID[claim]
    found = claim.measure.findings(table.assign(file="x.csv"))
    return [claim.criterion.judge(finding.measurement) for finding in found]


def skewed(kind, small, large, trials=100, mild=(0, 0), **columns):
    """Hits of a skewed law and of a mild one at the smallest size and at the largest."""
    return pd.DataFrame(
        {"law": law, "mean_term": q, "gamma": 0.5, "aspect": 1.0, "kind": kind, "n": n, "trials": trials,
         "alpha_negative": hits, "alpha_negative_share": hits / trials, "without_mean_term": 50,
         "without_mean_term_share": 0.5, **columns}
        for law, q, ends in (("Beta(0.01, 1)", 0.02, (small, large)), ("Beta(0.7, 1)", 2.0, mild))
        for n, hits in zip((16, 1024), ends, strict=True)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hits", "expected"),
    [((70, 30), Verdict.REPRODUCED), ((50, 48), Verdict.UNDECIDED), ((30, 70), Verdict.CONTRADICTED)],
)
def test_the_fall_of_skewed_laws(hits, expected):
    assert verdicts("theory-skewed-falls", skewed("random-planted", *hits)) == [expected]


def test_shares_that_stay_are_hardly_ever_a_fall():
    random = np.random.default_rng(0)
    found = [
        verdicts("theory-skewed-falls", skewed("random-planted", *random.binomial(100, 0.5, 2)))[0] for _ in range(200)
    ]
    assert found.count(Verdict.REPRODUCED) <= 13, "of 200, at a level of 2.5 %"
    assert found.count(Verdict.CONTRADICTED) <= 13


@pytest.mark.parametrize(
    ("hits", "expected"), [(0, Verdict.REPRODUCED), (5, Verdict.UNDECIDED), (15, Verdict.CONTRADICTED)]
)
def test_between_random_points_the_worst_law_counts(hits, expected):
    assert verdicts("theory-skewed-random", skewed("random-random", 60, hits)) == [expected]


@pytest.mark.parametrize(
    ("hits", "expected"), [(50, Verdict.REPRODUCED), (5, Verdict.UNDECIDED), (0, Verdict.CONTRADICTED)]
)
def test_without_the_mean_term(hits, expected):
    table = skewed("random-planted", 60, 10, without_mean_term=hits, without_mean_term_share=hits / 100)
    assert verdicts("theory-skewed-mean-term", table) == [expected]


@pytest.mark.parametrize(
    ("mild", "expected"), [(0, Verdict.REPRODUCED), (30, Verdict.UNDECIDED), (80, Verdict.CONTRADICTED)]
)
def test_the_law_makes_a_difference(mild, expected):
    table = skewed("random-planted", 60, 30, mild=(60, mild))
    assert verdicts("theory-skewed-constants", table) == [expected]


def tails(probability, sweep, trials=100_000, seed=0):
    """Counts of the three quantities with one law of their probabilities, by n or by t."""

    def of_quantity(quantity):
        at = np.array(SIZES if sweep == "n" else SWEPT_DEVIATIONS[quantity], dtype=float)
        hits = np.random.default_rng(seed).binomial(trials, np.minimum(probability(at), 1))
        n, t = (at.astype(int), 1.0) if sweep == "n" else (SWEPT_SIZE, at)
        return pd.DataFrame({"quantity": quantity, "sweep": sweep, "n": n, "t": t, "exceeds": hits, "trials": trials})

    return pd.concat(of_quantity(quantity) for quantity in SWEPT_DEVIATIONS)


@pytest.mark.parametrize(
    ("claim", "probability", "expected"),
    [
        ("theory-equation-5-tail", lambda n: 0.6 * np.exp(-0.02 * (n**1.5 - 8)), Verdict.REPRODUCED),
        ("theory-equation-5-tail", lambda n: 0.6 * np.exp(-1.1 * (n**0.5 - 2)), Verdict.CONTRADICTED),
        ("theory-equation-5-tail", lambda n: 0.6 * (n / 4) ** -2.5, Verdict.CONTRADICTED),
        ("theory-fact-1-tail", lambda n: 0.6 * np.exp(-0.3 * (n - 4)) + 0.01, Verdict.CONTRADICTED),
        ("theory-fact-2-tail", lambda n: 0.6 * np.exp(-0.15 * (n - 4)), Verdict.REPRODUCED),
        ("theory-fact-2-tail", lambda n: 0.6 * (n / 4) ** -2.5, Verdict.CONTRADICTED),
        ("theory-fact-2-tail", lambda n: 0.1 * n**0.3, Verdict.CONTRADICTED),
        ("theory-equation-5-tail-deviation", lambda t: 0.1 * np.exp(-0.2 * (t - 4)), Verdict.REPRODUCED),
        ("theory-equation-5-tail-deviation", lambda t: np.exp(-t) + 0.1 * (t / 4) ** -3, Verdict.CONTRADICTED),
        ("theory-fact-1-tail-deviation", lambda t: np.exp(-(t**2) / 2), Verdict.REPRODUCED),
        ("theory-fact-2-tail-deviation", lambda t: 1 / (1 + (t / 0.3) ** 2.5), Verdict.CONTRADICTED),
        ("theory-fact-1-tail-deviation", lambda t: 0.9 * np.exp(-4 * t) + 0.05, Verdict.CONTRADICTED),
    ],
)
def test_tails(claim, probability, expected):
    sweep = "t" if claim.endswith("deviation") else "n"
    assert verdicts(claim, tails(probability, sweep)) == [expected]


def test_a_tail_that_just_meets_the_bound_is_not_contradicted():
    for seed in range(8):
        table = tails(lambda t: 0.1 * np.exp(-1.6 * (t**0.5 - 2)), "t", seed=seed)
        assert verdicts("theory-equation-5-tail-deviation", table) != [Verdict.CONTRADICTED]
        table = tails(lambda n: 0.6 * np.exp(-0.12 * (n - 4)), "n", seed=seed)
        assert verdicts("theory-equation-5-tail", table) != [Verdict.CONTRADICTED]
        table = tails(lambda n: 0.6 * np.exp(-2 * (n ** (1 / 3) - 4 ** (1 / 3))), "n", seed=seed)
        assert verdicts("theory-fact-2-tail", table) != [Verdict.CONTRADICTED]


def test_a_tail_that_just_misses_the_bound_is_not_reproduced():
    for seed in range(8):
        table = tails(lambda t: 0.1 * np.exp(-6 * (t**0.25 - 2**0.5)), "t", trials=1_000_000, seed=seed)
        assert verdicts("theory-equation-5-tail-deviation", table) != [Verdict.REPRODUCED]
