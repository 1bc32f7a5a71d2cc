import numpy as np
import pytest

from starnmf.seeds import generator
from starnmf.theory import spurious
from starnmf.theory.certificate import Kind, Problem
from starnmf.theory.distributions import HALF_NORMAL
from starnmf.theory.tables import SPURIOUS


@pytest.fixture(scope="module")
def table():
    return spurious.measure_spurious(trials=4000, seed=0, threads=2)


def test_the_table_is_as_declared_and_counts_every_descent_once(table):
    assert list(table.columns) == SPURIOUS.names
    counted = table[["planted", "spurious", "saddles", "undecided"]].sum(axis=1)
    assert (counted == table["trials"]).all()
    assert (table["trials"] == 2).all()
    assert (table["spurious_low"] <= table["spurious_share"]).all()
    assert (table["spurious_share"] <= table["spurious_high"]).all()


def test_results_depend_neither_on_threads_nor_on_other_cases(table):
    again = spurious.measure_spurious(trials=4000, seed=0, threads=1)
    np.testing.assert_array_equal(again["spurious_loss"], table["spurious_loss"])
    assert again.drop(columns="spurious_loss").equals(table.drop(columns="spurious_loss"))


def test_problems_are_planted_at_random_and_scaled():
    problem, start = spurious.draw_problem(HALF_NORMAL, 2, 3, 0.6, generator(0, "test"))
    assert np.linalg.matrix_rank(problem.X) == 2
    assert problem.X[problem.observed].var() == pytest.approx(1)
    assert 0.4 < problem.observed.mean() < 0.8
    U, V = problem.factors(start)
    assert U.shape == (16, 3)
    assert V.shape == (3, 16)
    assert (start >= 0).all()


def test_an_end_above_the_planted_loss_is_counted_by_what_it_is(monkeypatch):
    """A world in which every descent ends in a saddle has no spurious minimum."""
    saddle = (Problem(np.diag([2.0, 1.0]), np.ones((2, 2), dtype=bool), 2), np.array([1.0, 1, 0, 0, 1, 0, 1, 0]))
    monkeypatch.setattr(spurious, "draw_problem", lambda *_: saddle)
    monkeypatch.setattr(spurious, "descend", lambda _, x: x)
    row = spurious.measure_spurious(trials=1000, seed=0, threads=1).iloc[0]
    assert (row["saddles"], row["spurious"], row["planted"]) == (1, 0, 0)
    assert spurious._end(*saddle)[0] == Kind.SADDLE
