"""The length of local convexity on functions whose convex interval is known in closed form."""

import numpy as np
import pytest

from starnmf.networks.convex_interval import convex_interval, convex_points

POINTS = 51
STEP = 1 / (POINTS - 1)
RANDOM = np.random.default_rng(0)


def exact(function):
    """Values without rounding to speak of."""
    return lambda t: (function(t), 0.0)


def quartic(left, right):
    """Convex exactly on [left, right]: f'' = (t - left)(right - t)."""
    return lambda t: -(t**4) / 12 + (left + right) * t**3 / 6 - left * right * t**2 / 2


def cosine(left, right):
    """Convex exactly on [left, right] and its periods: f'' = cos of a wave that vanishes at both."""
    frequency, middle = np.pi / (right - left), (left + right) / 2
    return lambda t: -np.cos(frequency * (t - middle)) / frequency**2


@pytest.mark.parametrize("family", [quartic, cosine])
def test_the_length_is_unbiased_within_half_a_step(family):
    ends = RANDOM.uniform([-0.49, 0.02], [-0.02, 0.49], (400, 2))
    found = [convex_interval(exact(family(left, right)), POINTS) for left, right in ends]
    error = np.array([interval.length for interval in found]) - (ends[:, 1] - ends[:, 0])
    assert abs(error.mean()) < STEP / 20
    assert np.abs(error).max() < STEP / 2
    at_ends = np.array([[interval.left, interval.right] for interval in found]) - ends
    assert np.abs(at_ends).max() < STEP / 2


@pytest.mark.parametrize("family", [quartic, cosine])
def test_read_off_the_grid_the_length_is_one_step_too_long(family):
    ends = RANDOM.uniform([-0.45, 0.05], [-0.05, 0.45], (400, 2))
    found = [convex_interval(exact(family(left, right)), POINTS) for left, right in ends]
    grid = np.array([interval.grid_right - interval.grid_left for interval in found])
    assert (grid - (ends[:, 1] - ends[:, 0])).mean() == pytest.approx(STEP, abs=STEP / 10)


@pytest.mark.parametrize("function", [np.cosh, lambda t: t**2, lambda t: 3 * t, lambda t: 2.5, abs])
def test_a_convex_function_is_convex_along_the_whole_line(function):
    found = convex_interval(lambda t: (function(t), 1e-14), POINTS)
    assert (found.left, found.right, found.length) == (-0.5, 0.5, 1.0)
    assert found.evaluations == POINTS


def test_a_function_that_is_concave_at_the_middle_has_length_0():
    found = convex_interval(exact(np.cos), POINTS)
    assert found.length == found.grid_left == found.grid_right == 0
    assert found.evaluations == 3
    assert found.value == 1


def test_no_more_is_evaluated_than_is_needed():
    found = convex_interval(exact(quartic(-0.1, 0.2)), POINTS)
    # To the first negative second difference on each side, and one point beyond it.
    assert found.evaluations <= 0.3 / STEP + 5


def test_only_the_interval_that_holds_the_middle_counts():
    wave = exact(lambda t: -np.cos(20 * np.pi * t))
    found = convex_interval(wave, 1001)
    assert found.length == pytest.approx(0.05, abs=1e-3)


def test_differences_within_rounding_do_not_end_the_interval():
    noise = np.random.default_rng(1).uniform(-1e-7, 1e-7, POINTS)

    def flat(t):
        return 2.3 + noise[round((t + 0.5) / STEP)], 4e-7

    assert convex_interval(flat, POINTS).length == 1
    assert convex_interval(lambda t: (flat(t)[0], 0.0), POINTS).length < 0.5


def test_the_interval_is_the_mirror_image_of_the_mirrored_functions():
    one = convex_interval(exact(quartic(-0.13, 0.41)), POINTS)
    other = convex_interval(exact(quartic(-0.41, 0.13)), POINTS)
    assert (one.left, one.right) == pytest.approx((-other.right, -other.left), abs=1e-9)


def test_convex_points_are_where_the_hessian_is_positive_semidefinite():
    at = np.linspace(-1, 1, 41)
    x, y = np.meshgrid(at, at, indexing="ij")
    surface = np.cos(2 * x) * y + x**2 + 1.5 * x * y + y**4
    expected = np.zeros((39, 39), dtype=bool)
    margin = np.zeros((39, 39))
    for i, j in np.ndindex(39, 39):
        u, v = at[i + 1], at[j + 1]
        mixed = -2 * np.sin(2 * u) + 1.5
        smallest = np.linalg.eigvalsh([[-4 * np.cos(2 * u) * v + 2, mixed], [mixed, 12 * v**2]])[0]
        expected[i, j], margin[i, j] = smallest >= 0, abs(smallest)
    found = convex_points(surface, np.zeros_like(surface))
    clear = margin > 0.05
    assert clear.mean() > 0.8
    assert 0.05 < expected.mean() < 0.95
    np.testing.assert_array_equal(found[clear], expected[clear])


def test_a_plane_is_convex_up_to_rounding():
    x, y = np.meshgrid(np.linspace(-1, 1, 15), np.linspace(-1, 1, 15))
    plane = 1.1 * x + 2.3 * y + np.random.default_rng(0).uniform(-1e-9, 1e-9, x.shape)
    assert convex_points(plane, np.full_like(plane, 1e-8)).all()
    assert not convex_points(plane, np.zeros_like(plane)).all()
