"""HALS and accelerated descent against plain ones, and what they promise: the same optima, sooner."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from plain_optimizers import accelerate, sweep
from sklearn.decomposition import NMF

from starnmf.errors import InputError
from starnmf.factorization.balance import balance, rebalanced
from starnmf.factorization.dense import accelerated, hals
from starnmf.factorization.dense import data as dense_data
from starnmf.factorization.dense.coordinate_sweeps import sweep_blocks
from starnmf.factorization.descent import factorize
from starnmf.factorization.engines import engine
from starnmf.factorization.initialization import draw_starts
from starnmf.factorization.observed import hals as observed_hals
from starnmf.factorization.regimes import OPTIMIZERS, schedule
from starnmf.landscape.pairs import quartics_of_pairs
from starnmf.matrix import Dense, Description, observed_from_entries, scaled_to_unit_variance

CPU = "cpu"
R, K, STEPS = 3, 4, 60
KINDS = pytest.mark.parametrize("kind", ["dense", "observed"])
NEW = pytest.mark.parametrize("optimizer", ["hals", "accelerated"])


@pytest.fixture(params=["tall", "wide", "in chunks"])
def problem(request, monkeypatch):
    """X, mask, U and V with lines nobody observed, a coordinate on the boundary and one that is never used."""
    n, m = (17, 23) if request.param == "wide" else (23, 17)
    if request.param == "in chunks":
        monkeypatch.setattr(dense_data, "CHUNK", 1)
        monkeypatch.setattr(dense_data, "NARROWEST", 5)
    random = np.random.default_rng(5)
    X = random.gamma(2.0, size=(n, m)).astype(np.float32)
    mask = random.random((n, m)) < 0.4
    mask[0], mask[:, 2] = False, False
    U, V = np.abs(random.standard_normal((K, n, R))), np.abs(random.standard_normal((K, R, m)))
    U[0, 3, 1] = 0.0
    U[1, :, 2], V[1, 2] = 0.0, 0.0
    return X, mask, U, V


def started(kind, X, mask, U, V, optimizer, dtype="float64"):
    description = Description("toy", R, "own", {})
    if kind == "dense":
        return engine(Dense(X, description), optimizer, K, dtype, CPU).start(U, V), np.ones_like(mask)
    rows, columns = np.nonzero(mask)
    matrix = observed_from_entries(rows, columns, X[mask], X.shape, description)
    return engine(matrix, optimizer, K, dtype, CPU).start(U, V), mask


def assert_stack_is(stack, expected):
    for restart, factors in enumerate(expected):
        for found, factor in zip(stack.factors(restart), factors, strict=True):
            np.testing.assert_allclose(found, factor, rtol=1e-8, atol=1e-11)


@KINDS
def test_hals_is_least_squares_in_one_coordinate_after_another(kind, problem):
    X, mask, U, V = problem
    stack, mask = started(kind, X, mask, U, V, "hals")
    stack.descend(np.zeros(K), 3)
    # the dense engine begins with its short side, the other one with U
    sweeps = hals.SWEEPS if kind == "dense" else observed_hals.SWEEPS
    if kind == "dense" and len(X) > len(X.T):
        turned = (sweep(X.T, mask.T, V[k].T, U[k].T, 3, sweeps) for k in range(K))
        expected = [(UT.T, VT.T) for VT, UT in turned]
    else:
        expected = [sweep(X, mask, U[k], V[k], 3, sweeps) for k in range(K)]
    assert_stack_is(stack, expected)
    assert any((factor == 0).any() for factor in expected[0]), "the sweeps should meet the boundary"


@KINDS
def test_accelerated_steps_extrapolate_and_start_anew(kind, problem):
    X, mask, U, V = problem
    stack, mask = started(kind, X, mask, U, V, "accelerated")
    stack.descend(np.zeros(K), STEPS)

    def inverse_bound(_, V):
        return 1 / accelerated.largest_eigenvalue_bound(torch.from_numpy(V @ V.T)[None]).item()

    steps = {"step": inverse_bound} if kind == "dense" else {}
    if kind == "dense" and len(X) > len(X.T):
        turned = [accelerate(X.T, mask.T, V[k].T, U[k].T, STEPS, **steps) for k in range(K)]
        expected = [(UT.T, VT.T, resets) for VT, UT, resets in turned]
    else:
        expected = [accelerate(X, mask, U[k], V[k], STEPS, **steps) for k in range(K)]
    assert_stack_is(stack, [factors for *factors, _ in expected])
    assert any(resets for *_, resets in expected), "some restart should start anew"


def test_sweeps_of_a_gpu_are_those_of_a_cpu():
    random = np.random.default_rng(8)
    F, P = (torch.from_numpy(random.random((K, R, 150))) for _ in range(2))
    G = F @ F.mT
    G[1, 2], G[1, :, 2] = 0, 0  # a rank that the other factor does not use
    on_gpu, on_cpu = F.clone(), F.clone()
    hals._sweep(on_gpu, 20 * P, G)
    sweep_blocks(on_cpu.numpy(), 20 * P.numpy(), G.numpy(), hals.SWEEPS)
    torch.testing.assert_close(on_gpu, on_cpu, rtol=1e-10, atol=1e-12)
    assert torch.equal(on_cpu[1, 2], F[1, 2])
    assert (on_cpu == 0).any()


def test_bound_of_the_largest_eigenvalue_is_near_it_and_never_below():
    random = np.random.default_rng(3)
    factors = np.abs(random.standard_normal((50, 6, 40))) * random.gamma(0.3, size=(50, 6, 1))
    factors[0] = 0
    factors[1, 2:] = 0
    grams = factors @ factors.transpose(0, 2, 1)
    bound = accelerated.largest_eigenvalue_bound(torch.from_numpy(grams))[:, 0, 0].numpy()
    largest = np.linalg.eigvalsh(grams)[:, -1]
    assert (bound >= largest * (1 - 1e-12)).all()
    assert np.median(bound[1:] / largest[1:]) < 1.1
    assert np.isfinite(1 / bound).all()


@KINDS
@NEW
def test_a_restarts_path_does_not_depend_on_those_that_leave(kind, optimizer, problem):
    X, mask, U, V = problem
    together, leaving = (started(kind, X, mask, U, V, optimizer)[0] for _ in range(2))
    together.descend(np.zeros(K), 9)
    leaving.descend(np.zeros(K), 4)
    left = leaving.keep([0, 3])
    left.descend(np.zeros(2), 5)
    for place, restart in enumerate((0, 3)):
        for found, expected in zip(left.factors(place), together.factors(restart), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def planted(kind, n=60, m=50, r=3):
    random = np.random.default_rng(1)
    X = random.gamma(1.0, size=(n, r)) @ random.gamma(1.0, size=(r, m)) + 0.1 * random.random((n, m))
    description = Description("toy", r, "own", {})
    if kind == "dense":
        return scaled_to_unit_variance(Dense(X.astype(np.float32), description))
    rows, columns = np.nonzero(random.random((n, m)) < 0.5)
    return scaled_to_unit_variance(observed_from_entries(rows, columns, X[rows, columns], (n, m), description))


@KINDS
@NEW
def test_optimizers_end_in_the_optimum_of_gradient_descent_in_fewer_steps(kind, optimizer):
    matrix = planted(kind)
    plain, quick = (
        factorize(matrix, schedule("converged", matrix, 1e-7, 1, 30_000, 1e-9, name), 6, 2, CPU, 1)
        for name in ("gradient-descent", optimizer)
    )
    assert quick.converged.all()
    assert quick.attributes["optimizer"] == optimizer
    assert quick.loss.min() == pytest.approx(plain.loss.min(), rel=1e-3)
    assert np.median(quick.steps) < 0.2 * np.median(plain.steps)
    start = factorize(matrix, schedule("converged", matrix, 1e-7, 1, 1, 1e-9), 6, 0, CPU, 1)
    assert (quick.projected_gradient < 1e-3 * start.projected_gradient).all()
    assert len(set(quick.steps)) > 1, "every restart stops by itself"


@NEW
def test_optimizers_reach_the_loss_of_scikit_learns_coordinate_descent_from_the_same_start(optimizer):
    matrix = planted("dense", 80, 120, 5)
    factors = factorize(matrix, schedule("converged", matrix, 1e-7, 1, 30_000, 1e-9, optimizer), 3, 0, CPU, 1)
    U, V = draw_starts(factors.attributes, "start", range(3))
    for restart in range(3):
        theirs = NMF(5, init="custom", solver="cd", tol=1e-10, max_iter=20_000)
        theirs.fit_transform(
            matrix.X.astype(float), W=U[restart].astype(float, order="C"), H=V[restart].astype(float, order="C")
        )
        assert factors.loss[restart] == pytest.approx(0.5 * theirs.reconstruction_err_**2 / matrix.X.size, rel=1e-2)


@KINDS
@NEW
def test_float32_follows_float64(kind, optimizer):
    matrix = planted(kind)
    plan = schedule("converged", matrix, 1e-7, 1, 20, 1e-12, optimizer)
    single, double = (factorize(matrix, replace(plan, dtype=dtype), 3, 0, CPU, 1) for dtype in ("float32", "float64"))
    np.testing.assert_allclose(single.loss, double.loss, rtol=1e-4)


def test_unknown_optimizer_is_a_clear_error():
    with pytest.raises(InputError, match=", ".join(OPTIMIZERS)):
        schedule("converged", planted("dense"), 1e-7, 10, 10, 1e-8, "newton")


@KINDS
def test_a_rank_that_goes_through_every_entry_is_at_rest_there(kind):
    matrix = planted(kind, n=12, m=9, r=9)
    factors = factorize(matrix, schedule("converged", matrix, 1e-7, 1, 100_000, 1e-12, "accelerated"), 3, 0, CPU, 1)
    assert factors.converged.all()
    assert (factors.loss <= 1e-5).all()


def test_rebalancing_keeps_the_product_and_reaches_the_target():
    random = np.random.default_rng(4)
    U, V = random.random((30, 4)), random.random((4, 7)) * random.gamma(0.2, size=(4, 1))
    V[3] = 0
    target = np.array([-50.0, 3.0, 1000.0, 5.0])
    U_new, V_new = rebalanced(U, V, target)
    np.testing.assert_allclose(U_new @ V_new, U @ V, rtol=1e-12)
    np.testing.assert_allclose(balance(U_new, V_new)[:3], target[:3], rtol=1e-9)
    np.testing.assert_array_equal(U_new[:, 3], U[:, 3])


@KINDS
def test_gradient_descent_keeps_the_balance_of_its_start(kind):
    matrix = planted(kind)
    plan = replace(schedule("published", matrix, 1e-4, 2000, 1, 1e-9), dtype="float64")
    factors = factorize(matrix, plan, 2, 0, CPU, 1)
    start = draw_starts(factors.attributes, "start", range(2))
    moved = np.abs((factors.U**2).sum(1) - (start[0] ** 2).sum(1)).max()
    assert np.abs(balance(factors.U, factors.V) - balance(*start)).max() < 0.01 * moved


@KINDS
@NEW
def test_optima_have_the_balance_and_the_curvature_of_gradient_descents(kind, optimizer):
    matrix = planted(kind, n=200, m=20)
    plain, quick = (
        factorize(matrix, schedule("converged", matrix, 1e-7, 1, 30_000, 1e-8, name), 8, 1, CPU, 1)
        for name in ("gradient-descent", optimizer)
    )
    start = draw_starts(quick.attributes, "start", range(8))
    np.testing.assert_allclose(balance(quick.U, quick.V), balance(*start), rtol=1e-4, atol=1e-2)
    np.testing.assert_allclose(
        balance(quick.snapshots.U[-1, 0], quick.snapshots.V[-1, 0]), balance(*start)[0], rtol=1e-4
    )
    points = draw_starts(quick.attributes, "point", range(4))
    alpha = [quartics_of_pairs(matrix, (one.U, one.V), points, 1).curvature()[0].mean() for one in (plain, quick)]
    assert alpha[1] == pytest.approx(alpha[0], abs=0.05)
    again = engine(matrix, optimizer, 8, "float32", CPU).start(quick.U, quick.V)
    np.testing.assert_allclose(quick.loss, again.losses(), rtol=1e-6)
    np.testing.assert_allclose(quick.projected_gradient, again.projected_gradients(), rtol=1e-3)


def test_hals_stays_finite_where_entries_are_few():
    """Lines of one or two entries would send their factors beyond all numbers, one exact minimum after another."""
    random = np.random.default_rng(4)
    rows, columns = np.nonzero(random.random((300, 200)) < 0.02)
    values = random.gamma(1.0, size=len(rows))
    matrix = observed_from_entries(rows, columns, values, (300, 200), Description("sparse", 6, "own", {}))
    U, V = np.abs(random.standard_normal((2, 300, 6))) / 3, np.abs(random.standard_normal((2, 6, 200))) / 3
    stack = engine(matrix, "hals", 2, "float32", "cpu").start(U.astype(np.float32), V.astype(np.float32))
    before = stack.losses()
    stack.descend(np.zeros(2), 2000)
    assert (stack.losses() < before / 10).all()
    for restart in range(2):
        assert all(factor.max() < 1e6 for factor in stack.factors(restart))
