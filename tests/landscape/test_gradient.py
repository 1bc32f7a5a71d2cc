import numpy as np
import pytest

from starnmf.landscape.gradient import downhill_cosines, gradient
from starnmf.matrix import Dense, Description, observed_from_entries

DESCRIPTION = Description(dataset="made-up", rank=3, source="own", raw_sha256={})
random = np.random.default_rng(5)
N, M, R = 11, 13, 3
X = random.random((N, M)).astype(np.float32) * 3
SEEN = random.random((N, M)) < 0.4
SEEN[2], SEEN[:, 4] = False, False
U, V = random.random((N, R)), random.random((R, M))

WHOLE = Dense(X, DESCRIPTION)
PART = observed_from_entries(*np.nonzero(SEEN), X[SEEN], (N, M), DESCRIPTION)


@pytest.mark.parametrize("matrix", [WHOLE, PART], ids=["dense", "observed"])
def test_gradient_agrees_with_finite_differences(matrix):
    seen = SEEN if matrix is PART else np.ones_like(SEEN)

    def loss(U, V):
        return float((((U @ V - X)[seen]) ** 2).mean() / 2)

    by_U, by_V = gradient(X.astype(np.float64) if isinstance(matrix, Dense) else matrix, (U, V))
    step = 1e-5
    for derivative, factor, at in [(by_U, U, (7, 1)), (by_U, U, (2, 0)), (by_V, V, (2, 5)), (by_V, V, (0, 4))]:
        up, down = factor.copy(), factor.copy()
        up[at], down[at] = factor[at] + step, factor[at] - step
        ends = (loss(up, V), loss(down, V)) if factor is U else (loss(U, up), loss(U, down))
        # The loss is quadratic in a single factor, so central differences err by rounding only.
        assert derivative[at] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-9)


def test_going_straight_downhill_has_cosine_one_and_uphill_minus_one():
    by_U, by_V = gradient(PART, (U, V))
    sideways_U = np.zeros_like(U)
    sideways_U[2] = 1  # a row without observed entries, where the loss is level
    cosines = [downhill_cosines(PART, [(U, V)], way)[0][0] for way in [(-by_U, -by_V), (3 * by_U, 3 * by_V)]]
    assert cosines == pytest.approx([1, -1], abs=1e-14)
    assert downhill_cosines(PART, [(U, V)], (sideways_U, 0 * V))[0][0] == 0


def test_cosine_of_a_zero_gradient_is_nan():
    exact = Dense(np.ones((4, 5), dtype=np.float32), DESCRIPTION)
    point = (np.ones((4, 1)), np.ones((1, 5)))
    assert np.isnan(downhill_cosines(exact, [point], point)).all()


def test_any_number_of_threads_gives_the_same_cosines():
    points = [(U + shift, V + shift) for shift in np.linspace(0, 1, 7)]
    for matrix in (WHOLE, PART):
        one, three = (downhill_cosines(matrix, points, (U, V), threads) for threads in (1, 3))
        np.testing.assert_array_equal(one, three)


def test_the_projected_gradient_leaves_out_what_the_bound_forbids():
    held, free = 5 * U, V.copy()
    held[:, 0] = 0
    by_U, by_V = gradient(WHOLE.X.astype(np.float64), (held, free))
    drawn = np.random.default_rng(1)
    direction = (drawn.standard_normal(U.shape), drawn.standard_normal(V.shape))
    allowed = np.concatenate([np.where((held == 0) & (by_U > 0), 0, by_U).ravel(), by_V.ravel()])
    assert ((held == 0) & (by_U > 0)).any()
    way = np.concatenate([part.ravel() for part in direction])
    expected = -(allowed @ way) / np.linalg.norm(allowed) / np.linalg.norm(way)
    raw, projected = downhill_cosines(WHOLE, [(held, free)], direction)
    assert projected[0] == pytest.approx(expected, rel=1e-12)
    assert raw[0] != pytest.approx(expected, rel=1e-3)
