"""Whole factorizations: independence of batches and threads, regimes, stopping, snapshots, and what the files say."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.decomposition import NMF

from starnmf.device import choose_device
from starnmf.errors import InputError
from starnmf.factorization import regimes
from starnmf.factorization.descent import factorize
from starnmf.factorization.initialization import draw_starts
from starnmf.factorization.restart import PathPoint, Restart
from starnmf.factorization.settings import Settings
from starnmf.factorization.summary import summary_of
from starnmf.factors import load_factors, load_snapshots
from starnmf.matrix import matrix_from
from starnmf.subsamples import save_factors_of_subsamples
from tests.factorization.plain_descent import filled, loss, planted

CPU = "cpu"
KINDS = pytest.mark.parametrize("kind", ["dense", "observed"])
BOTH = ("published", "converged")
QUICK = Settings(learning_rate=1e-5, steps=200, rest=1e-3)


@KINDS
def test_same_bits_on_one_thread_and_two_and_more_restarts_keep_the_earlier_ones(kind):
    matrix = planted(kind)
    one, two = (factorize(matrix, ("converged",), QUICK, 30, 2, CPU, threads)["converged"] for threads in (1, 2))
    for name in ("U", "V", "loss", "time", "gradients", "projected_gradient", "history_loss", "alpha_change"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    fewer = factorize(matrix, ("converged",), QUICK, 3, 0, CPU, 1)["converged"]
    if kind == "observed":  # a lane's arithmetic is the same whatever is in the others
        np.testing.assert_array_equal(fewer.U, one.U[:3])
    np.testing.assert_allclose(fewer.loss, one.loss[:3], rtol=1e-4)
    np.testing.assert_allclose(fewer.U, one.U[:3], rtol=1e-2, atol=1e-2)


def test_progress_in_a_log_says_how_fast_the_loss_falls_and_no_time_that_is_not_known(capsys):
    """The last line is of the restart that converged last."""
    factors = factorize(planted("dense"), ("converged",), QUICK, 3, 0, CPU, 1)["converged"]
    *_, last = capsys.readouterr().err.split("\r")
    said = re.search(
        r"2 of 3 restarts done, loss (\S+) falls by (\S+) per doubling of time "
        r"\(converged below 0.10% with a small gradient\): ",
        last,
    )
    assert said, last
    assert said.groups() in {
        (f"{loss:.4g}", f"{change:.2%}") for loss, change in zip(factors.loss, factors.loss_change, strict=True)
    }
    assert " left" not in last


@KINDS
def test_batches_change_a_path_by_rounding_alone(kind):
    matrix = planted(kind)
    settings = Settings(learning_rate=2e-5, steps=2000)
    alone, together = (
        factorize(matrix, ("published",), settings, restarts, 0, CPU, 1)["published"] for restarts in (1, 40)
    )
    assert np.linalg.norm(alone.U[0] - together.U[0]) < 3e-6 * np.linalg.norm(alone.U[0])


@KINDS
def test_regimes_are_times_on_one_path(kind):
    matrix = planted(kind)
    found = factorize(matrix, ("literal", *BOTH), QUICK, 3, 1, CPU, 1)
    alone = factorize(matrix, ("published",), QUICK, 3, 1, CPU, 1)["published"]
    np.testing.assert_array_equal(found["published"].U, alone.U)
    assert (found["published"].time == 1e-5 * 200).all()
    np.testing.assert_allclose(found["literal"].time, 1e-5 * 200 / matrix.values.size, rtol=1e-12)
    assert (found["converged"].time > found["published"].time).all()
    for factors in found.values():
        assert factors.history_time[-1] == factors.time.max()
        last = int(factors.time.argmax())
        assert factors.history_loss[last, -1] == factors.loss[last]
    assert found["literal"].U.dtype == np.float64
    start = draw_starts(alone.attributes, "start", range(3))[0]
    moved = [np.abs(found[regime].U - start).max() for regime in ("literal", "published", "converged")]
    assert 0 < moved[0] < 1e-4 < moved[1] < moved[2]
    for regime, factors in found.items():
        assert factors.attributes["regime"] == regime
        X, mask = filled(matrix)
        for restart in range(3):
            expected = loss(X, mask, factors.U[restart].astype(float), factors.V[restart].astype(float))
            assert factors.loss[restart] == pytest.approx(expected, rel=1e-9)


def test_a_reduced_matrix_is_driven_as_far_as_the_published_one():
    full, small = planted("dense"), planted("dense", step_factor=40.0)
    ends = [factorize(matrix, ("published",), QUICK, 1, 0, CPU, 1)["published"] for matrix in (full, small)]
    assert ends[1].time[0] == pytest.approx(40 * ends[0].time[0])
    same = factorize(full, ("published",), replace(QUICK, learning_rate=4e-4), 1, 0, CPU, 1)["published"]
    np.testing.assert_array_equal(ends[1].U, same.U)
    literal = [factorize(matrix, ("literal",), QUICK, 1, 0, CPU, 1)["literal"].U for matrix in (full, small)]
    np.testing.assert_array_equal(literal[0], literal[1], "the text word for word knows no longer steps")


@KINDS
def test_converged_restarts_stop_by_themselves_near_a_stationary_point(kind):
    matrix = planted(kind)
    factors = factorize(matrix, ("converged",), replace(QUICK, rest=1e-5), 6, 0, CPU, 1)["converged"]
    assert factors.converged.all()
    assert len(set(factors.time)) > 1
    assert (factors.projected_gradient < 1e-3).all()
    assert (factors.loss_change < 1e-5).all()
    for times, losses, end in zip(
        np.broadcast_to(factors.history_time, factors.history_loss.shape),
        factors.history_loss,
        factors.time,
        strict=True,
    ):
        known = np.isfinite(losses)
        assert times[known][-1] == end
        path = losses[known]
        assert (np.diff(path) < 1e-7).all(), "the loss falls along the flow"
        small = (path[:-2] / path[2:] - 1 < 1e-5) & (np.diff(path)[1:] <= 1e-7)
        small &= (np.diff(path)[:-1] <= 1e-7) & (times[known][2:] > 2e-3)
        assert np.flatnonzero(small).tolist() == [len(small) - 1], "it stops at the first doubling with so small a fall"


@pytest.mark.parametrize(
    ("losses", "projected_gradient", "converged"),
    [
        ([0.5, 0.1, 0.1, 0.1], 1e-4, True),
        ([0.5, 0.1, 0.1, 0.1], 1e-3, False),  # the plateau of a saddle
        ([0.5, 0.1006, 0.1004, 0.1], 1e-4, False),  # still falling
        ([0.5, 0.1, 0.0999, 0.10005], 1e-4, False),  # a rise is the error of a step, not rest
        ([0.5, 0.1, 0.1, 0.1 + 1e-9], 1e-4, True),  # rounding
        ([0.5, 0.1, 0.1, 0.1 + 2e-7], 1e-4, False),  # more than that
        ([0.5, 0.1, 0.01, 5e-6], 1.0, True),  # nothing is left
    ],
)
def test_converged_is_a_small_fall_and_no_rise_over_a_doubling_of_time_where_stationary(
    losses, projected_gradient, converged
):
    restart = Restart(0, start_gradient=20.0)
    for half_doublings, value in enumerate(losses):
        restart.record(PathPoint(2 ** (half_doublings / 2), 0, value, np.empty(0), np.empty(0)))
    assert restart.has_converged(20.0 * projected_gradient, 5e-3 if converged else 4e-3) == converged


@pytest.mark.parametrize("steps", [100, 10_000])
@pytest.mark.parametrize("data", ["sparse counts", "heavy tails", "gamma"])
def test_restarts_that_start_near_a_saddle_or_are_judged_early_do_not_converge_there(data, steps):
    random = np.random.default_rng(0)
    X = {
        "sparse counts": lambda: random.poisson(0.02, (200, 50)).astype(float),
        "heavy tails": lambda: random.lognormal(0, 3, (30, 20)),
        "gamma": lambda: random.gamma(2.0, size=(30, 20)),
    }[data]()
    factors = factorize(matrix_from(X, rank=3), ("converged",), Settings(steps=steps), restarts=8)["converged"]
    assert factors.converged.all()
    losses = [
        NMF(3, init="random", solver="cd", tol=1e-8, max_iter=5000, random_state=seed).fit(X).reconstruction_err_ ** 2
        for seed in range(8)
    ]
    best = 0.5 * min(losses) / X.size / X.var()
    assert (factors.loss < 1.02 * best).all()


def test_converged_loss_is_scikit_learns():
    matrix = planted("dense")
    factors = factorize(matrix, ("converged",), replace(QUICK, rest=1e-5), 6, 0, CPU, 1)["converged"]
    best = min(
        NMF(3, init="random", solver="cd", tol=1e-8, max_iter=5000, random_state=seed)
        .fit(matrix.X.astype(float))
        .reconstruction_err_
        for seed in range(3)
    )
    assert factors.loss.min() == pytest.approx(0.5 * best**2 / matrix.X.size, rel=2e-2)


@KINDS
def test_a_restart_that_uses_up_its_gradients_says_so(kind):
    matrix = planted(kind)
    found = factorize(matrix, BOTH, replace(QUICK, gradient_cap=20, rest=1e-9), 3, 0, CPU, 1)
    assert not found["converged"].converged.any()
    assert (found["converged"].gradients >= found["published"].gradients).all()
    later = factorize(matrix, ("converged",), replace(QUICK, gradient_cap=400, rest=1e-9), 3, 0, CPU, 1)["converged"]
    assert not later.converged.any()
    assert (later.gradients < 600).all()
    assert (later.time > found["converged"].time).all()


@KINDS
def test_a_restart_that_comes_to_the_last_mark_stops_there_and_says_so(kind, monkeypatch):
    monkeypatch.setattr(regimes, "LATEST", 4)
    found = factorize(planted(kind), BOTH, replace(QUICK, rest=1e-9), 3, 0, CPU, 1)
    assert not found["converged"].converged.any()
    np.testing.assert_allclose(found["converged"].time, 4 * found["published"].time)


@KINDS
def test_a_rank_that_goes_through_every_entry_is_at_rest_there(kind):
    matrix = planted(kind, n=12, m=9, r=9)
    factors = factorize(matrix, ("converged",), replace(QUICK, rest=1e-9), 3, 0, CPU, 1)["converged"]
    assert factors.converged.all()
    assert (factors.loss <= 1e-5).all()


@KINDS
def test_changes_over_the_last_doubling_of_time(kind):
    """Against a second factorization that ends at half the time."""
    from starnmf.curvature.all_pairs import quartics_of_pairs

    matrix = planted(kind)
    end = factorize(matrix, ("published",), QUICK, 3, 0, CPU, 1)["published"]
    half = factorize(matrix, ("published",), replace(QUICK, steps=100), 3, 0, CPU, 1)["published"]
    np.testing.assert_allclose(end.loss_change, half.loss / end.loss - 1, rtol=1e-2)
    points = draw_starts(end.attributes, "point", range(10))
    alpha = [quartics_of_pairs(matrix, (one.U, one.V), points, 1).curvature()[0].mean(1) for one in (half, end)]
    np.testing.assert_allclose(end.alpha_change, alpha[1] - alpha[0], rtol=1e-2, atol=1e-5)


def test_factors_without_snapshots_say_so_when_these_are_asked_for(tmp_path):
    factors = factorize(planted("dense"), ("published",), QUICK, 2, 0, CPU, 1)["published"]
    save_factors_of_subsamples([factors], tmp_path / "factors.h5")
    with pytest.raises(InputError, match=r"factors\.h5: factors without the points .* Factorize with repetitions=1"):
        next(load_snapshots(tmp_path / "factors.h5"))


@KINDS
def test_snapshots_are_points_of_the_path_of_the_first_restarts(kind, tmp_path):
    matrix = planted(kind)
    found = factorize(matrix, BOTH, QUICK, 4, 2, CPU, 1)
    for regime, factors in found.items():
        save_factors_of_subsamples([factors], tmp_path / f"{regime}.h5")
        for repetition, snapshots in zip(range(2), load_snapshots(tmp_path / f"{regime}.h5"), strict=True):
            assert snapshots.time[0] == 0
            assert snapshots.time[-1] == pytest.approx(factors.time[repetition])
            start = draw_starts(factors.attributes, "start", range(repetition, repetition + 1))
            np.testing.assert_allclose(snapshots.U[0, 0], start[0][0], rtol=1e-6)
            np.testing.assert_array_equal(snapshots.V[-1, 0], factors.V[repetition])
    published, converged = (next(load_snapshots(tmp_path / f"{regime}.h5")) for regime in BOTH)
    assert len(published.time) == 41
    np.testing.assert_allclose(np.diff(published.time), 5e-5, rtol=1e-9)
    late = converged.time[converged.time >= 2e-3]
    np.testing.assert_allclose(late[1:] / late[:-1], np.sqrt(2), rtol=1e-9)
    both = np.isin(published.time, converged.time)
    assert both.sum() >= 3
    for at in np.flatnonzero(both):
        other = int(np.flatnonzero(converged.time == published.time[at])[0])
        np.testing.assert_array_equal(published.U[at], converged.U[other])


def test_factors_file_reads_back(tmp_path):
    factors = factorize(planted("dense"), ("published",), QUICK, 3, 0, CPU, 1)["published"]
    save_factors_of_subsamples([factors], tmp_path / "factors.h5")
    back = load_factors(tmp_path / "factors.h5")
    assert back.attributes == factors.attributes
    assert back.U.dtype == np.float32
    for name in ("U", "V", "loss", "time", "gradients", "converged", "loss_change", "history_time", "history_loss"):
        np.testing.assert_array_equal(getattr(back, name), getattr(factors, name))


@KINDS
def test_start_has_the_mean_of_the_data(kind):
    matrix = planted(kind, n=400, m=300)
    attributes = factorize(matrix, ("published",), replace(QUICK, steps=5), 1, 0, CPU, 1)["published"].attributes
    U, V = draw_starts(attributes, "start", range(20))
    assert (U @ V).mean() == pytest.approx(float(matrix.values.mean(dtype=float)), rel=0.02)
    assert (U >= 0).all()
    other, _ = draw_starts(attributes, "point", range(20))
    assert not np.array_equal(U, other)


@KINDS
def test_the_mean_of_every_start_is_in_the_summary(kind):
    factors = factorize(planted(kind), ("published",), replace(QUICK, steps=5), 3, 0, CPU, 1)["published"]
    U, V = (factor.astype(np.float64) for factor in draw_starts(factors.attributes, "start", range(3)))
    summary = summary_of(factors, ("restart", "start_mean"))
    np.testing.assert_allclose(summary["start_mean"], (U @ V).mean(axis=(1, 2)), rtol=1e-6)


def test_unknown_names_and_an_absent_gpu_are_clear_errors():
    with pytest.raises(InputError, match="literal, published, converged"):
        factorize(planted("dense"), ("quick",), QUICK, 1, 0, CPU, 1)
    with pytest.raises(InputError, match="flow, steps, hals"):
        Settings("newton")
    if not torch.cuda.is_available():
        with pytest.raises(InputError, match="sees no GPU"):
            choose_device("cuda")
        assert choose_device("auto") == "cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")
@KINDS
def test_gpu_descends_as_the_cpu_does_and_to_the_same_bits_twice(kind):
    matrix = planted(kind)
    cpu, gpu, again = (factorize(matrix, BOTH, QUICK, 5, 1, name, 1) for name in ("cpu", "cuda", "cuda"))
    for regime in BOTH:
        np.testing.assert_allclose(gpu[regime].loss, cpu[regime].loss, rtol=1e-3)
        np.testing.assert_array_equal(gpu[regime].U, again[regime].U)


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
@KINDS
@pytest.mark.parametrize("descent", ["steps", "flow"])
def test_steps_that_are_too_long_are_an_error(kind, descent):
    settings = Settings(descent, learning_rate=10.0, steps=20)
    with pytest.raises(InputError, match=r"the loss of restart 0 is .* after \d+ gradients; expected a number"):
        factorize(planted(kind), ("published",), settings, 2, 0, CPU, 1)
