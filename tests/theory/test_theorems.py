"""The sweeps of the theory stage: their counts, intervals and independence of how they are run."""

import numpy as np
import pandas as pd

from starnmf.theory import concentration, convexity
from starnmf.theory.planted_segments import measure_planted_segments
from starnmf.theory.segment_identities import measure_segment_identities


def test_share_of_lines_that_are_not_convex(monkeypatch):
    """Against lines drawn and looked at on a grid of lambda by plain numpy."""
    monkeypatch.setattr(convexity, "SIZES", (4,))
    table = convexity.measure_convexity(4000, 0, 1).set_index(["distribution", "kind", "observed"])
    random = np.random.default_rng(3)
    at = np.linspace(0, 1, 201)[:, np.newaxis, np.newaxis]
    hits = np.zeros((2, 2))
    trials = 2000
    for _ in range(trials):
        U, V = np.abs(random.standard_normal((3, 4, 2))), np.abs(random.standard_normal((3, 2, 4)))
        along = (at * U[0] + (1 - at) * U[1]) @ (at * V[0] + (1 - at) * V[1])
        seen = random.random((4, 4)) < 0.3
        for kind, X in enumerate((U[2] @ V[2], U[0] @ V[0])):
            for column, mask in enumerate((np.ones((4, 4)), seen)):
                loss = (mask * (along - X) ** 2).sum(axis=(1, 2))
                hits[kind, column] += (np.diff(loss, 2) < -1e-12).any()
    for kind, name in enumerate(("random-random", "random-planted")):
        for column, observed in enumerate((1.0, 0.3)):
            row = table.loc[("half-normal", name, observed)]
            share = hits[kind, column] / trials
            assert (
                abs(row["alpha_negative_share"] - share) < 4.5 * (share * (1 - share) * (1 / 4000 + 1 / trials)) ** 0.5
            )
            assert row["alpha_negative_low"] < row["alpha_negative_share"] < row["alpha_negative_high"]
            assert row["chord_fails"] <= row["alpha_negative"] <= row["inequality_9_fails"]


def test_same_sweep_on_one_thread_and_two(monkeypatch):
    monkeypatch.setattr(convexity, "SIZES", (2, 16))
    one, two = (convexity.measure_convexity(1500, 5, threads) for threads in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_concentration_of_the_smallest_sizes(monkeypatch):
    monkeypatch.setattr(concentration, "SIZES", (16, 64))
    table = concentration.measure_concentration(0, 2)
    mean = table[table["quantity"] == "W2W2"].groupby("n")["value"].mean()
    # E |W2|^2 = 4 n m r sigma^4, Fact 5, with the variance 1 - 2 / pi of half-normal entries.
    np.testing.assert_allclose(mean, 4 * (1 - 2 / np.pi) ** 2, rtol=0.2)
    largest = table.pivot_table(index=["n", "trial"], columns="quantity", values="value")
    assert (largest[["residual", "first", "second", "solution"]] > 0).all(axis=None)


def test_identities():
    table = measure_segment_identities(0).set_index("identity")
    right = ["eq-8-1", "eq-8-2", "eq-8-3", "eq-8-4", "eq-9", "square-right", "counterexample", "fact-9-right"]
    assert (table.loc[right, "failures"] == 0).all()
    for wrong in ("square-printed", "fact-9-printed"):
        assert table.loc[wrong, "failures"] == table.loc[wrong, "cases"]
    assert 0.1 < table.loc["eq-9", "convex"] / table.loc["eq-9", "cases"] < 0.9, "both answers must have been tried"


def test_lines_between_equal_minimizers_begin_and_end_at_zero():
    table = measure_planted_segments(0)
    between = table[table["kind"] == "minimizer-minimizer"].pivot(index="lambda", columns="line", values="loss")
    np.testing.assert_allclose(between.loc[[0.0, 1.0]], 0, atol=1e-12)
    assert (between.loc[0.5] > 0.01).all()
    to_planted = table[table["kind"] == "random-planted"].pivot(index="lambda", columns="line", values="loss")
    np.testing.assert_allclose(to_planted.loc[1.0], 0, atol=1e-12)
