"""Tails of the proof's polynomials: the polynomials against traces written down, counts against another sampling."""

import numpy as np
import pandas as pd
import pytest

from starnmf.theory import tails
from starnmf.theory.distributions import HALF_NORMAL
from starnmf.theory.planted import draw_instances

VARIANCE = 1 - 2 / np.pi


def test_polynomials_are_the_traces(monkeypatch):
    """W2 keeps its value without the means, and every factor of Facts 1 and 2 is centred."""
    drawn = draw_instances(HALF_NORMAL, np.random.default_rng(0), 5, 9, 9, 3)
    monkeypatch.setattr(tails, "draw_instances", lambda *_: drawn)
    found = tails._polynomials(np.random.default_rng(0), 5, 9, 3)
    mean = np.sqrt(2 / np.pi)
    for t in range(5):
        U1, U2, V1, V2 = (factor[t] - mean for factor in (drawn.U1, drawn.U2, drawn.V1, drawn.V2))
        W2 = (drawn.U1[t] - drawn.U2[t]) @ (drawn.V1[t] - drawn.V2[t])
        expected = {
            "equation-5": np.trace(W2 @ W2.T) / VARIANCE**2,
            "fact-1": np.trace(V1.T @ U1.T @ U2 @ V2) / VARIANCE**2,
            "fact-2": np.trace(np.ones((9, 3)) @ U1.T @ U1 @ V1) / VARIANCE**1.5,
        }
        for quantity, value in expected.items():
            assert found[quantity][t] * 3 * 81 == pytest.approx(value), quantity


def test_means_are_the_expected_ones():
    values = tails._polynomials(np.random.default_rng(3), 40_000, 9, 3)
    for quantity, value in values.items():
        assert abs(value.mean() - tails.EXPECTED[quantity]) < 5 * value.std() / 200, quantity


def test_counts_agree_with_another_sampling():
    table = tails.measure_tails(2000, 0, 1)
    random = np.random.default_rng(1)
    U, V = np.abs(random.standard_normal((2, 1000, 4, 2))), np.abs(random.standard_normal((2, 1000, 2, 4)))
    W2 = (U[0] - U[1]) @ (V[0] - V[1])
    deviations = np.abs((W2**2).sum(axis=(1, 2)) / (2 * 16 * VARIANCE**2) - 4)
    rows = table[(table["quantity"] == "equation-5") & (table["sweep"] == "t")]
    for _, row in rows.iterrows():
        share = float((deviations > row["t"]).mean())
        margin = 4.5 * (max(share, 0.001) * (1.001 - share) * (1 / 1000 + 1 / 2000)) ** 0.5
        assert abs(row["exceeds_share"] - share) < margin, row["t"]


def test_same_counts_on_one_thread_and_two():
    one, two = (tails.measure_tails(200, 5, threads) for threads in (1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert len(one) == 3 * (len(tails.SIZES) * 3 + len(tails.SWEPT_DEVIATIONS["fact-1"]))
