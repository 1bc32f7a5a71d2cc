"""HALS: least squares in one coordinate after another, and the optima of gradient descent, sooner."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import NMF

from starnmf.curvature.all_pairs import quartics_of_pairs
from starnmf.errors import InputError
from starnmf.factorization.balance import balance, rebalanced
from starnmf.factorization.dense import data as dense_data
from starnmf.factorization.dense.hals import SWEEPS
from starnmf.factorization.descent import factorize
from starnmf.factorization.engines import hals_engine
from starnmf.factorization.initialization import draw_starts
from starnmf.factorization.settings import Settings
from starnmf.matrix import Dense, Description
from tests.factorization.plain_descent import planted, sweep

CPU = "cpu"
R, K = 3, 4
HALS = Settings("hals", learning_rate=1e-5, steps=100, rest=1e-6)


@pytest.fixture(params=["tall", "wide", "in chunks"])
def problem(request, monkeypatch):
    """X, U and V with a coordinate on the boundary and one that is never used."""
    n, m = (17, 23) if request.param == "wide" else (23, 17)
    if request.param == "in chunks":
        monkeypatch.setattr(dense_data, "CHUNK", 1)
        monkeypatch.setattr(dense_data, "NARROWEST", 5)
    random = np.random.default_rng(5)
    X = random.gamma(2.0, size=(n, m)).astype(np.float32)
    U, V = np.abs(random.standard_normal((K, n, R))), np.abs(random.standard_normal((K, R, m)))
    U[0, 3, 1] = 0.0
    U[1, :, 2], V[1, 2] = 0.0, 0.0
    return X, U, V


def test_iterations_are_least_squares_in_one_coordinate_after_another(problem):
    X, U, V = problem
    batch = hals_engine(Dense(X, Description("toy", R, "own", {})), K, "float64", CPU).start(U, V)
    for _ in range(3):
        batch.iterate()
    for restart in range(K):
        if len(X) > len(X.T):  # the short side is first
            VT, UT = sweep(X.T, V[restart].T, U[restart].T, 3, SWEEPS)
            expected = UT.T, VT.T
        else:
            expected = sweep(X, U[restart], V[restart], 3, SWEEPS)
        for found, factor in zip(batch.factors(restart), expected, strict=True):
            np.testing.assert_allclose(found, factor, rtol=1e-8, atol=1e-11)
    assert (batch.factors(0)[0] == 0).any() or (batch.factors(0)[1] == 0).any()


def test_optima_have_the_loss_the_balance_and_the_curvature_of_the_flows():
    matrix = planted("dense", n=200, m=20)
    quick = factorize(matrix, ("published", "converged"), HALS, 8, 1, CPU, 1)
    plain = factorize(matrix, ("converged",), Settings("flow", 1e-5, 100, 1e-6), 8, 1, CPU, 1)["converged"]
    assert quick["published"].attributes["descent"] == "flow"
    assert quick["converged"].attributes["descent"] == "hals"
    assert quick["converged"].snapshots is None
    optima = quick["converged"]
    assert optima.converged.all()
    assert optima.loss.min() == pytest.approx(plain.loss.min(), rel=1e-3)
    start = draw_starts(optima.attributes, "start", range(8))
    np.testing.assert_allclose(balance(optima.U, optima.V), balance(*start), rtol=1e-4, atol=1e-2)
    points = draw_starts(optima.attributes, "point", range(4))
    alpha = [quartics_of_pairs(matrix, (one.U, one.V), points, 1).curvature()[0].mean() for one in (plain, optima)]
    assert alpha[1] == pytest.approx(alpha[0], abs=0.05)


def test_the_loss_is_that_of_scikit_learns_coordinate_descent_from_the_same_start():
    matrix = planted("dense", 80, 120, 5)
    factors = factorize(matrix, ("converged",), HALS, 3, 0, CPU, 1)["converged"]
    U, V = draw_starts(factors.attributes, "start", range(3))
    for restart in range(3):
        theirs = NMF(5, init="custom", solver="cd", tol=1e-10, max_iter=20_000)
        theirs.fit_transform(
            matrix.X.astype(float), W=U[restart].astype(float, order="C"), H=V[restart].astype(float, order="C")
        )
        assert factors.loss[restart] == pytest.approx(0.5 * theirs.reconstruction_err_**2 / matrix.X.size, rel=1e-2)


def test_changes_are_those_since_half_of_the_iterations():
    """Against runs that stop there, and curvature from their factors, which all have the balance of the start."""
    matrix = planted("dense")
    ends = [
        factorize(matrix, ("converged",), replace(HALS, rest=1e-9, gradient_cap=cap), 3, 0, CPU, 1)["converged"]
        for cap in (10, 20)
    ]
    assert [end.gradients.tolist() for end in ends] == [[10] * 3, [20] * 3]
    points = draw_starts(ends[0].attributes, "point", range(10))
    alpha = [quartics_of_pairs(matrix, (end.U, end.V), points, 1).curvature()[0].mean(1) for end in ends]
    np.testing.assert_allclose(ends[1].alpha_change, alpha[1] - alpha[0], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(ends[1].loss_change, ends[0].loss / ends[1].loss - 1, rtol=1e-6, atol=1e-9)


def test_unobserved_entries_are_a_clear_error():
    with pytest.raises(InputError, match=r"descent is hals .*; expected a fully observed matrix"):
        factorize(planted("observed"), ("converged",), HALS, 2, 0, CPU, 1)


def test_rebalancing_keeps_the_product_and_reaches_the_target():
    random = np.random.default_rng(4)
    U, V = random.random((30, 4)), random.random((4, 7)) * random.gamma(0.2, size=(4, 1))
    V[3] = 0
    target = np.array([-50.0, 3.0, 1000.0, 5.0])
    U_new, V_new = rebalanced(U, V, target)
    np.testing.assert_allclose(U_new @ V_new, U @ V, rtol=1e-12)
    np.testing.assert_allclose(balance(U_new, V_new)[:3], target[:3], rtol=1e-9)
    np.testing.assert_array_equal(U_new[:, 3], U[:, 3])
