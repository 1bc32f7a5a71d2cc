"""Whole descents: independence of stacking and threads, stopping, snapshots, regimes, and what the files say."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.decomposition import NMF

from starnmf.device import choose_device
from starnmf.errors import InputError
from starnmf.factorization.descent import factorize
from starnmf.factorization.initialization import draw_starts
from starnmf.factorization.regimes import OPTIMIZERS, Schedule, same_flow, schedule, start_curvature
from starnmf.factors import load_factors, load_snapshots, save_factors
from starnmf.matrix import Dense, Description, Observed, observed_from_entries, scaled_to_unit_variance

CPU = "cpu"


def planted(kind, n=60, m=50, r=3, reduction=1.0):
    random = np.random.default_rng(1)
    X = random.gamma(1.0, size=(n, r)) @ random.gamma(1.0, size=(r, m)) + 0.1 * random.random((n, m))
    description = Description("toy", r, "own", {}, reduction=reduction)
    if kind == "dense":
        return scaled_to_unit_variance(Dense(X.astype(np.float32), description))
    rows, columns = np.nonzero(random.random((n, m)) < 0.5)
    return scaled_to_unit_variance(observed_from_entries(rows, columns, X[rows, columns], (n, m), description))


def converged(matrix, **changes):
    return replace(schedule("converged", matrix, 1e-7, 10_000, 20_000, 1e-8), **changes)


KINDS = pytest.mark.parametrize("kind", ["dense", "observed"])


@KINDS
def test_same_bits_on_one_thread_and_two_and_more_restarts_keep_the_earlier_ones(kind):
    matrix = planted(kind)
    plan = converged(matrix, step_cap=300)
    one, two = (factorize(matrix, plan, 50, 2, CPU, threads) for threads in (1, 2))
    for name in ("U", "V", "loss", "steps", "projected_gradient", "history_loss"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    fewer = factorize(matrix, plan, 3, 0, CPU, 1)
    if kind == "observed":  # a lane's arithmetic is the same whatever is in the others
        np.testing.assert_array_equal(fewer.U, one.U[:3])
    np.testing.assert_allclose(fewer.U, one.U[:3], rtol=1e-2, atol=1e-3)
    np.testing.assert_allclose(fewer.loss, one.loss[:3], rtol=1e-4)


def test_stacked_float32_descent_follows_a_plain_float64_descent():
    matrix = planted("dense")
    plan = Schedule("published", "gradient-descent", 2e-4, 200, 50, None, "float32")
    factors = factorize(matrix, plan, 5, 0, CPU, 1)
    U, V = (start[4] for start in draw_starts(factors.attributes, "start", range(5)))
    for _ in range(200):
        residual = U @ V - matrix.X
        U, V = np.maximum(0, U - 2e-4 * residual @ V.T), np.maximum(0, V - 2e-4 * U.T @ residual)
    np.testing.assert_allclose(factors.U[4], U, rtol=1e-4, atol=1e-5)
    residual = factors.U[4].astype(float) @ factors.V[4].astype(float) - matrix.X
    assert factors.loss[4] == pytest.approx(0.5 * (residual**2).mean(), rel=1e-10)


@KINDS
def test_steps_near_the_resolution_of_float32_add_up(kind):
    # metabolic's subsamples descend with learning rate x curvature below 1e-4: rounding must not steer them
    matrix = planted(kind)
    plan = Schedule("published", "gradient-descent", 7e-5 / start_curvature(matrix), 3000, 3000, None, "float32")
    single, double = (factorize(matrix, replace(plan, dtype=dtype), 2, 0, CPU, 1) for dtype in ("float32", "float64"))
    start = draw_starts(single.attributes, "start", range(2))[0]
    moved = np.linalg.norm(double.U - start)
    assert np.linalg.norm(single.U - double.U) < 1e-3 * moved
    np.testing.assert_allclose(single.loss, double.loss, rtol=1e-5)


@KINDS
def test_converged_restarts_stop_by_themselves_near_a_stationary_point(kind):
    matrix = planted(kind)
    factors = factorize(matrix, converged(matrix), 6, 0, CPU, 1)
    start = factorize(matrix, converged(matrix, step_cap=1, check_every=1), 6, 0, CPU, 1)
    assert factors.converged.all()
    assert len(set(factors.steps)) > 1
    assert (factors.projected_gradient < 1e-3 * start.projected_gradient).all()
    falls = np.diff(factors.history_loss, axis=1)
    assert (falls[np.isfinite(falls)] <= 1e-9).all(), "the step 1 / (L_U + L_V) never climbs"
    assert (np.isnan(factors.history_loss).sum(axis=1) == (factors.history_step[:, None] > factors.steps).sum(0)).all()


def test_converged_loss_is_scikit_learns():
    matrix = planted("dense")
    factors = factorize(matrix, converged(matrix), 6, 0, CPU, 1)
    best = min(
        NMF(3, init="random", solver="cd", tol=1e-8, max_iter=5000, random_state=seed)
        .fit(matrix.X.astype(float))
        .reconstruction_err_
        for seed in range(3)
    )
    assert factors.loss.min() == pytest.approx(0.5 * best**2 / matrix.X.size, rel=2e-2)


@KINDS
def test_a_descent_that_meets_its_cap_says_so(kind):
    matrix = planted(kind)
    factors = factorize(matrix, converged(matrix, step_cap=60, tolerance=1e-12), 3, 0, CPU, 1)
    assert not factors.converged.any()
    assert (factors.steps == 60).all()


@KINDS
def test_snapshots_are_the_iterates_of_the_first_restarts(kind, tmp_path):
    matrix = planted(kind)
    plan = Schedule("published", "gradient-descent", 1e-4, 80, 20, None, "float32")
    factors = factorize(matrix, plan, 4, 2, CPU, 1)
    save_factors(factors, tmp_path / "factors.h5")
    for repetition in range(2):
        snapshots = load_snapshots(tmp_path / "factors.h5", repetition)
        assert snapshots.step[0] == 0
        assert snapshots.step[-1] == 80
        start = draw_starts(factors.attributes, "start", range(repetition, repetition + 1))
        np.testing.assert_allclose(snapshots.U[0, 0], start[0][0], rtol=1e-6)
        np.testing.assert_array_equal(snapshots.V[-1, 0], factors.V[repetition])
        at = int(np.flatnonzero(snapshots.step == 40)[0])
        shorter = factorize(matrix, replace(plan, step_cap=40), 4, 0, CPU, 1)
        np.testing.assert_array_equal(snapshots.U[at, 0], shorter.U[repetition])


def test_factors_file_reads_back(tmp_path):
    matrix = planted("dense")
    factors = factorize(matrix, converged(matrix, step_cap=50), 3, 0, CPU, 1)
    save_factors(factors, tmp_path / "factors.h5")
    back = load_factors(tmp_path / "factors.h5")
    assert back.attributes == factors.attributes
    assert back.U.dtype == np.float32
    for name in ("U", "V", "loss", "steps", "converged", "history_step", "history_loss"):
        np.testing.assert_array_equal(getattr(back, name), getattr(factors, name))


@KINDS
def test_start_has_the_mean_of_the_data(kind):
    matrix = planted(kind, n=400, m=300)
    attributes = factorize(matrix, converged(matrix, step_cap=1), 1, 0, CPU, 1).attributes
    U, V = draw_starts(attributes, "start", range(20))
    assert (U @ V).mean() == pytest.approx(float(matrix.values.mean(dtype=float)), rel=0.02)
    assert (U >= 0).all()
    other, _ = draw_starts(attributes, "point", range(20))
    assert not np.array_equal(U, other)


def test_literal_takes_the_texts_step_on_the_mean_loss():
    matrix = planted("dense")
    plan = schedule("literal", matrix, 1e-7, 10_000, 1, 1e-8)
    assert plan.learning_rate == pytest.approx(1e-7 / (60 * 50))
    assert plan.step_cap == 10_000
    factors = factorize(matrix, replace(plan, step_cap=50), 1, 0, CPU, 1)
    assert factors.U.dtype == np.float64
    start = draw_starts(factors.attributes, "start", range(1))[0][0]
    moved = np.abs(factors.U[0] - start).max()
    assert 0 < moved < 1e-6, "it moves, far below the resolution of float32"


def test_published_takes_the_papers_step_at_full_size_and_the_same_flow_at_reduced_size():
    assert same_flow(planted("dense"), 1e-7, 10_000) == (1e-7, 10_000)
    small = planted("dense", reduction=40.0)
    rate, steps = same_flow(small, 1e-7, 10_000)
    assert rate * steps == pytest.approx(1e-7 * 10_000 * 40)
    assert rate * start_curvature(small) <= 0.1
    assert steps < 10_000
    # the same flow in many small steps ends at the same place
    plan = Schedule("published", "gradient-descent", rate, steps, steps, None, "float64")
    few, many = (
        factorize(
            small, replace(plan, learning_rate=rate * steps / count, step_cap=count, check_every=count), 1, 0, CPU, 1
        )
        for count in (steps, 20 * steps)
    )
    assert few.loss[0] == pytest.approx(many.loss[0], rel=0.02)


@KINDS
def test_start_curvature_bounds_the_starts(kind):
    matrix = planted(kind, n=200, m=90)
    U, V = draw_starts(factorize(matrix, converged(matrix, step_cap=1), 1, 0, CPU, 1).attributes, "start", range(1))
    if isinstance(matrix, Observed):
        rows = matrix.row_of_entry
        of_row = np.zeros((200, 3, 3))
        np.add.at(of_row, rows, np.einsum("ar,br->rab", V[0][:, matrix.indices], V[0][:, matrix.indices]))
        largest = np.linalg.eigvalsh(of_row)[:, -1].max()
    else:
        largest = max(np.linalg.norm(U[0], 2), np.linalg.norm(V[0], 2)) ** 2
    assert 0.3 * start_curvature(matrix) < largest < 1.2 * start_curvature(matrix)


def test_unknown_regime_and_absent_gpu_are_clear_errors():
    with pytest.raises(InputError, match="literal, published, converged"):
        schedule("quick", planted("dense"), 1e-7, 10, 10, 1e-8)
    with pytest.raises(InputError, match="auto, cpu, cuda"):
        choose_device("tpu")
    if not torch.cuda.is_available():
        with pytest.raises(InputError, match="sees no GPU"):
            choose_device("cuda")
        assert choose_device("auto") == "cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@KINDS
def test_gpu_descends_as_the_cpu_does_and_to_the_same_bits_twice(kind, optimizer):
    matrix = planted(kind)
    plan = schedule("converged", matrix, 1e-7, 1, 60, 1e-12, optimizer)
    cpu, gpu, again = (factorize(matrix, plan, 5, 1, name, 1) for name in ("cpu", "cuda", "cuda"))
    np.testing.assert_allclose(gpu.loss, cpu.loss, rtol=1e-3)
    np.testing.assert_allclose(gpu.history_loss[:, 1], cpu.history_loss[:, 1], rtol=1e-4)
    np.testing.assert_array_equal(gpu.U, again.U)
    np.testing.assert_array_equal(gpu.V, again.V)


@pytest.mark.filterwarnings("ignore:.*encountered in matmul:RuntimeWarning")
@KINDS
def test_steps_that_are_too_long_are_an_error(kind):
    plan = Schedule("published", "gradient-descent", 10.0, 200, 50, None, "float32")
    with pytest.raises(InputError, match=r"the loss of a restart is .* after \d+ steps; expected a number"):
        factorize(planted(kind), plan, 2, 0, CPU, 1)
