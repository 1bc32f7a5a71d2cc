from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from starnmf.errors import InputError
from starnmf.factorization.initialization import draw_starts
from starnmf.factors import Factors, Snapshots
from starnmf.landscape.curvature import measure_curvature, measure_subsamples
from starnmf.landscape.lines import measure_lines
from starnmf.landscape.scales import measure_scales
from starnmf.landscape.spectrum import measure_spectrum
from starnmf.landscape.steps import measure_steps
from starnmf.landscape.times import measure_times
from starnmf.landscape.trajectory import measure_trajectory
from starnmf.matrix import Dense, Description, mean, observed_from_entries

N, M, R, K = 12, 9, 2, 4
random = np.random.default_rng(8)
X = random.random((N, M)).astype(np.float32) * 3
SEEN = random.random((N, M)) < 0.6
DESCRIPTION = Description(dataset="made-up", rank=R, source="own", raw_sha256={}, rate=0.4, subsample=3, seed=11)
WHOLE = Dense(X, DESCRIPTION)
PART = observed_from_entries(*np.nonzero(SEEN), X[SEEN], (N, M), DESCRIPTION)
either_kind = pytest.mark.parametrize("matrix", [WHOLE, PART], ids=["dense", "observed"])


def factors_of(matrix):
    attributes = {"dataset": "made-up", "regime": "converged", "rate": 0.4, "seed": 11}
    attributes |= {
        "subsample": matrix.description.subsample,
        "n": N,
        "m": M,
        "rank": R,
        "mean": mean(matrix),
        "step_size": 0.5,
        "paper_time": 20.0,
    }
    U, V = draw_starts(attributes, "start", range(K))
    per_restart, none = np.zeros(K), np.zeros((K, 0))
    return Factors(
        U=U.astype(np.float32),
        V=V.astype(np.float32),
        loss=per_restart,
        time=per_restart,
        gradients=per_restart.astype(np.int64),
        converged=per_restart.astype(np.bool_),
        loss_change=per_restart,
        alpha_change=per_restart,
        projected_gradient=per_restart,
        history_time=np.zeros(0),
        history_loss=none,
        attributes=attributes,
    )


def loss(matrix, U, V):
    squares = (U @ V - X.astype(np.float64)) ** 2
    return float((squares if isinstance(matrix, Dense) else squares[SEEN]).mean() / 2)


def line_losses(matrix, start, end, at):
    """The loss between two points, from whole residuals at each place."""
    (U, V), (dU, dV) = start, [b.astype(np.float64) - a for a, b in zip(start, end, strict=True)]
    return np.array([loss(matrix, U + share * dU, V + share * dV) for share in at])


def quartic_through(matrix, start, end):
    """The quartic along a line, interpolated through five places."""
    places = np.linspace(-1, 2, 5)
    return np.polynomial.Polynomial.fit(places, line_losses(matrix, start, end, places), 4).convert()


def descent_of(factors, repetition, count):
    """Iterates on a bent way to the optimum, the last of them the optimum itself."""
    U_end, V_end = factors.U[repetition], factors.V[repetition]
    left = np.linspace(1, 0, count)
    U = np.stack([U_end * (1 + share) + share**2 for share in left]).astype(np.float32)
    V = np.stack([V_end * (1 + share**2) for share in left]).astype(np.float32)
    return Snapshots(np.arange(count) * 5.0, U[:, np.newaxis], V[:, np.newaxis], np.array([count]))


@either_kind
def test_curvature_has_a_row_for_every_optimum_and_point(matrix):
    factors = factors_of(matrix)
    table = measure_curvature(matrix, factors, points=3, threads=1)
    assert list(table.columns) == [
        *("dataset", "regime", "rate", "subsample", "optimum", "point", "alpha", "at_lambda", "chord_violation")
    ]
    cases = zip(table.dataset, table.regime, table.rate, table.subsample, strict=True)
    assert set(cases) == {("made-up", "converged", 0.4, 3)}
    assert list(zip(table.optimum, table.point, strict=True)) == [(o, p) for o in range(K) for p in range(3)]
    points = list(zip(*draw_starts(factors.attributes, "point", range(3)), strict=True))
    at = np.linspace(0, 1, 1001)
    for row in table.itertuples():
        quartic = quartic_through(matrix, points[row.point], (factors.U[row.optimum], factors.V[row.optimum]))
        assert row.alpha == pytest.approx(quartic.deriv(2)(at).min(), rel=1e-4)
        assert row.alpha == pytest.approx(quartic.deriv(2)(row.at_lambda), rel=1e-8)
        excess = (quartic(at) - at * quartic(1) - (1 - at) * quartic(0)).max()
        assert row.chord_violation == pytest.approx(excess / abs(quartic(0) - quartic(1)), rel=1e-4, abs=1e-9)


def test_subsamples_are_measured_with_points_of_their_own_and_optima_numbered_through():
    matrices = [replace(WHOLE, description=replace(DESCRIPTION, subsample=number)) for number in range(3)]
    factors = [factors_of(matrix) for matrix in matrices]
    last = factors[2]
    factors[2] = replace(last, U=last.U[:3], V=last.V[:3])
    table = measure_subsamples(iter(matrices), iter(factors), points=2)
    optima = table.groupby("subsample")["optimum"].unique().map(list).to_dict()
    assert optima == {0: [0, 3, 6, 9], 1: [1, 4, 7, 10], 2: [2, 5, 8]}
    for number, (matrix, of_subsample) in enumerate(zip(matrices, factors, strict=True)):
        alone = measure_curvature(matrix, of_subsample, points=2)
        np.testing.assert_array_equal(table[table.subsample == number].alpha, alone.alpha)
    first = [draw_starts(one.attributes, "point", range(1))[0] for one in factors]
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[0], first[2])


def test_more_points_keep_the_earlier_ones():
    factors = factors_of(WHOLE)
    few, many = (measure_curvature(WHOLE, factors, points, threads=1) for points in (2, 5))
    kept = many[many.point < 2].reset_index(drop=True)
    np.testing.assert_allclose(kept[["alpha", "at_lambda"]], few[["alpha", "at_lambda"]], rtol=1e-12)


@either_kind
def test_lines_hold_the_loss_at_101_places(matrix):
    factors = factors_of(matrix)
    table = measure_lines(matrix, factors, lines=3)
    assert list(table.columns) == ["dataset", "regime", "kind", "line", "lambda", "loss"]
    assert set(table.kind) == {"random-random", "random-optimum"}
    starts, ends = (
        list(zip(*draw_starts(factors.attributes, purpose, range(3)), strict=True))
        for purpose in ("line-from", "line-to")
    )
    for (kind, line), rows in table.groupby(["kind", "line"]):
        end = ends[line] if kind == "random-random" else (factors.U[line], factors.V[line])
        np.testing.assert_allclose(rows["lambda"], np.linspace(0, 1, 101))
        np.testing.assert_allclose(
            rows.loss, line_losses(matrix, starts[line], end, np.linspace(0, 1, 101)), rtol=1e-10
        )


def test_fewer_optima_than_lines_shortens_only_the_lines_to_optima():
    table = measure_lines(WHOLE, factors_of(WHOLE), lines=K + 2)
    assert table.groupby("kind").line.nunique().to_dict() == {"random-random": K + 2, "random-optimum": K}


@either_kind
def test_trajectory_agrees_with_whole_residuals(matrix):
    factors = factors_of(matrix)
    descents = [descent_of(factors, repetition, count) for repetition, count in enumerate((6, 4))]
    table = measure_trajectory(matrix, factors, iter(descents), threads=2)
    assert list(table.columns) == [
        *("dataset", "regime", "repetition", "time", "step", "paper_time", "loss"),
        *("cosine", "projected_cosine", "alpha", "chord_violation", "share_of_bound"),
    ]
    assert list(table.repetition) == [0] * 6 + [1] * 4
    assert list(table.step) == [0, 10, 20, 30, 40, 50, 0, 10, 20, 30]
    assert list(table.time) == [0, 5, 10, 15, 20, 25, 0, 5, 10, 15]
    assert set(table.paper_time) == {20.0}
    at = np.linspace(0, 1, 1001)
    for repetition, descent in enumerate(descents):
        end, starts = (factors.U[repetition], factors.V[repetition]), (descent.U, descent.V)
        rows = table[table.repetition == repetition].reset_index(drop=True)
        for t, row in rows[:-1].iterrows():
            iterate = (descent.U[t, 0].astype(np.float64), descent.V[t, 0].astype(np.float64))
            quartic = quartic_through(matrix, iterate, end)
            assert row.loss == pytest.approx(loss(matrix, *iterate), rel=1e-12)
            assert row.alpha == pytest.approx(quartic.deriv(2)(at).min(), rel=1e-3)
            above_end = matrix.values.size * (loss(matrix, *iterate) - loss(matrix, *end))
            ways = [to - begin[0, 0].astype(np.float64) for to, begin in zip(end, starts, strict=True)]
            squares = sum((way**2).sum() for way in ways)
            assert row.share_of_bound == pytest.approx(row.time * above_end / (squares / 2), rel=1e-6, abs=1e-12)
            excess = (quartic(at) - at * quartic(1) - (1 - at) * quartic(0)).max()
            assert row.chord_violation == pytest.approx(excess / abs(quartic(0) - quartic(1)), rel=1e-3, abs=1e-9)
        assert rows.iloc[-1][["alpha", "chord_violation"]].isna().all()
        assert rows.iloc[-1].loss == pytest.approx(loss(matrix, *(part.astype(np.float64) for part in end)), rel=1e-12)


@either_kind
def test_cosine_is_that_of_the_slope_towards_where_the_descent_ends(matrix):
    factors = factors_of(matrix)
    descent = descent_of(factors, 0, 5)
    descent.U[:3, 0] *= [0, 5]
    table = measure_trajectory(matrix, factors, [descent], threads=1)
    way = np.concatenate([(factors.U[0] - descent.U[0, 0]).ravel(), (factors.V[0] - descent.V[0, 0]).ravel()])
    forbidden = 0
    for t, (cosine, projected_cosine) in enumerate(zip(table.cosine, table.projected_cosine, strict=True)):
        iterate = np.concatenate([descent.U[t, 0].ravel(), descent.V[t, 0].ravel()]).astype(np.float64)
        slope = np.empty_like(iterate)
        for index in range(len(iterate)):
            ends = []
            for step in (1e-5, -1e-5):
                moved = iterate.copy()
                moved[index] += step
                ends.append(loss(matrix, moved[: N * R].reshape(N, R), moved[N * R :].reshape(R, M)))
            slope[index] = (ends[0] - ends[1]) / 2e-5
        held = (iterate == 0) & (slope > 0)
        forbidden += held.sum()
        for found, downhill in ((cosine, slope), (projected_cosine, np.where(held, 0, slope))):
            expected = -(downhill @ way) / np.linalg.norm(downhill) / np.linalg.norm(way)
            assert found == pytest.approx(expected, abs=1e-6)
    assert forbidden, "the projected gradient is another one at some iterate"


def test_trajectory_asks_for_one_repetition_at_a_time():
    factors = factors_of(WHOLE)
    alive = 0

    class Counted(Snapshots):
        def __del__(self):
            nonlocal alive
            alive -= 1

    def descents():
        nonlocal alive
        for repetition in range(3):
            assert alive == 0, "the repetition before is still held"
            descent = descent_of(factors, repetition, 3)
            alive += 1
            yield Counted(descent.time, descent.U, descent.V, descent.count)
            del descent

    assert measure_trajectory(WHOLE, factors, descents(), threads=1).repetition.nunique() == 3


EMPTY = ("cosine", "alpha", "share_of_bound")


def test_a_descent_that_never_moved_has_no_direction():
    factors = factors_of(WHOLE)
    descent = descent_of(factors, 0, 3)
    still = Snapshots(descent.time[:1], descent.U[-1:], descent.V[-1:], np.array([1]))
    assert measure_trajectory(WHOLE, factors, [still], threads=1)[list(EMPTY)].isna().all(axis=None)


def test_spectrum_multiplies_up_to_norm_and_determinant():
    factors = factors_of(WHOLE)
    table = measure_spectrum(factors, repetitions=3)
    assert list(table.columns) == [*("dataset", "regime", "factor", "matrix", "repetition", "index", "singular_value")]
    for factor, optima in (("U", factors.U), ("V", factors.V)):
        for repetition in range(3):
            chosen = (table.factor == factor) & (table.matrix == "optimum") & (table.repetition == repetition)
            values = table[chosen].singular_value.to_numpy()
            optimum = optima[repetition].astype(np.float64)
            gram = optimum.T @ optimum if factor == "U" else optimum @ optimum.T
            assert list(table[chosen]["index"]) == list(range(R))
            assert (np.diff(values) <= 0).all()
            assert (values**2).sum() == pytest.approx((optimum**2).sum())
            assert (values**2).prod() == pytest.approx(np.linalg.det(gram))


def test_random_spectra_are_independent_half_normal_and_the_same_for_every_regime():
    ones = np.ones((2, 400, 30), dtype=np.float32)
    factors = replace(factors_of(WHOLE), U=ones, V=ones.transpose(0, 2, 1))
    table = measure_spectrum(factors)
    spectra = table[(table.factor == "U") & (table.matrix == "random")].pivot_table(
        index="repetition", columns="index", values="singular_value"
    )
    assert spectra.shape == (2, 30)
    assert not np.isclose(spectra.loc[0], spectra.loc[1], rtol=1e-9).any()
    of_V = table[(table.factor == "V") & (table.matrix == "random")]["singular_value"].to_numpy()
    assert not np.isclose((of_V[:30] ** 2).sum(), (spectra.loc[0] ** 2).sum(), rtol=1e-9)
    # sum s^2 = sum of squares, of mean 1 and variance 2 each; the largest value carries the mean sqrt(2 / pi).
    total = (spectra**2).sum(axis=1)
    assert (np.abs(total - 12_000) < 5 * np.sqrt(2 * 12_000)).all()
    assert (np.abs(spectra[0] ** 2 / (12_000 * 2 / np.pi) - 1) < 0.06).all()
    other = replace(factors, attributes={**factors.attributes, "regime": "literal"})
    pd.testing.assert_frame_equal(measure_spectrum(other).drop(columns="regime"), table.drop(columns="regime"))


@pytest.mark.parametrize(
    "matrix",
    [
        replace(WHOLE, description=replace(DESCRIPTION, dataset="another")),
        replace(WHOLE, description=replace(DESCRIPTION, rate=1.0)),
        replace(WHOLE, description=replace(DESCRIPTION, subsample=2)),
        replace(WHOLE, X=X[:-1]),
    ],
    ids=["dataset", "rate", "subsample", "shape"],
)
def test_factors_of_another_matrix_are_refused(matrix):
    factors = factors_of(WHOLE)
    for measure in (
        lambda: measure_curvature(matrix, factors, points=2, threads=1),
        lambda: measure_lines(matrix, factors),
        lambda: measure_trajectory(matrix, factors, [], threads=1),
    ):
        with pytest.raises(
            InputError, match=r"factors are those of made-up at rate 0.4, subsample 3 \(12 x 9\), the matrix is"
        ):
            measure()


def test_factors_of_other_raw_files_are_refused():
    matrix = replace(WHOLE, description=replace(DESCRIPTION, raw_sha256={"a.csv": "12"}))
    factors = factors_of(matrix)
    attributes = {**factors.attributes, "data_sha256": matrix.description.data_sha256}
    factors = replace(factors, attributes=attributes)
    measure_curvature(matrix, factors, points=1)
    other = replace(matrix, description=replace(DESCRIPTION, raw_sha256={"a.csv": "34"}))
    with pytest.raises(InputError, match=r"made-up: the factors are those of other raw files than the matrix"):
        measure_curvature(other, factors, points=1)


@either_kind
def test_curvature_in_time_is_that_towards_every_snapshot(matrix):
    factors = factors_of(matrix)
    descents = [descent_of(factors, repetition, count) for repetition, count in enumerate((5, 3))]
    scaled = replace(matrix, description=replace(DESCRIPTION, scale=2.5))
    table = measure_times(scaled, factors, iter(descents), points=3, threads=1)
    assert len(table) == (4 + 2) * 3, "the start is left out"
    # sqrt(s) (U, V) on s X is after t where (U, V) on X is after s t: the gradient has s^(3/2) of its size there.
    assert set(table.paper_time) == {20.0}
    assert set(table.raw_time) == {50.0}
    points = list(zip(*draw_starts(factors.attributes, "point", range(3)), strict=True))
    at = np.linspace(0, 1, 1001)
    for row in table.itertuples():
        place = round(row.time / 5)
        reached = descents[row.restart].U[place, 0], descents[row.restart].V[place, 0]
        quartic = quartic_through(matrix, points[row.point], reached)
        assert row.alpha == pytest.approx(quartic.deriv(2)(at).min(), rel=1e-4)
        assert row.loss == pytest.approx(loss(matrix, *(part.astype(np.float64) for part in reached)), rel=1e-9)


@either_kind
def test_the_end_of_published_is_held_against_the_discrete_steps(matrix):
    factors = factors_of(matrix)
    eta, steps = 2e-3, 40
    attributes = {**factors.attributes, "step_size": eta, "paper_time": eta * steps}
    seen = np.ones_like(SEEN) if isinstance(matrix, Dense) else SEEN
    U, V = (part[0] for part in draw_starts(attributes, "start", range(1)))
    for _ in range(steps):
        E = np.where(seen, U @ V - X, 0)
        U, V = np.maximum(0, U - eta * E @ V.T), np.maximum(0, V - eta * U.T @ E)
    reached = replace(factors, U=U[None], V=V[None], gradients=np.array([7]), attributes=attributes)
    row = measure_steps(matrix, reached, threads=1).iloc[0]
    assert (row["steps"], row["gradients"]) == (steps, 7)
    assert max(row["U_distance"], row["V_distance"], row["alpha_distance"]) < 1e-9
    assert row["loss"] == pytest.approx(loss(matrix, U, V), rel=1e-9)
    off = measure_steps(matrix, replace(reached, U=1.01 * U[None]), threads=1).iloc[0]
    assert off["U_distance"] == pytest.approx(0.01, rel=1e-6)
    assert off["V_distance"] == pytest.approx(0, abs=1e-9)
    assert (off["loss"], off["steps_loss"]) == pytest.approx((loss(matrix, 1.01 * U, V), row["loss"]), rel=1e-9)
    points = list(zip(*draw_starts(attributes, "point", range(20)), strict=True))
    at = np.linspace(0, 1, 1001)
    by_flow, by_steps = (
        np.array([quartic_through(matrix, point, end).deriv(2)(at).min() for point in points])
        for end in ((1.01 * U, V), (U, V))
    )
    assert (off["alpha"], off["steps_alpha"]) == pytest.approx((by_flow.mean(), by_steps.mean()), rel=1e-5)
    assert off["alpha_distance"] == pytest.approx(np.abs(by_flow - by_steps).max() / np.abs(by_steps).max(), rel=1e-3)


@either_kind
def test_curvature_at_other_scales_is_that_of_factors_with_the_same_product(matrix):
    factors = factors_of(matrix)
    table = measure_scales(matrix, factors, threads=1)
    assert len(table) == 5 * K * 10
    points = list(zip(*draw_starts(factors.attributes, "point", range(10)), strict=True))
    at = np.linspace(0, 1, 20_001)
    for row in table.itertuples():
        end = factors.U[row.optimum] * np.float64(row.scale), factors.V[row.optimum] / np.float64(row.scale)
        quartic = quartic_through(matrix, points[row.point], end)
        curvature = quartic.deriv(2)(at)
        assert row.alpha == pytest.approx(curvature.min(), abs=1e-7 * curvature.max())
    assert set(table.scale) == {0.25, 0.5, 1.0, 2.0, 4.0}
