import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import Polynomial

from starnmf.curvature.quartic import Quartic, quartic_of_control_residuals, quartic_of_differences

GRID = np.linspace(0, 1, 20_001)

# Whole numbers over 16: ties, zero leading coefficients and double roots come up often.
coefficient = st.integers(-64, 64).map(lambda whole: whole / 16)
any_quartic = st.tuples(*[coefficient] * 5)
# A loss is a sum of squares of parabolas, so that its leading coefficient is never negative.
any_loss = st.lists(st.tuples(*[coefficient] * 3), min_size=1, max_size=4).map(
    lambda residuals: tuple(sum((Polynomial(w) ** 2 for w in residuals), Polynomial([0.0])).coef)
)


def one(coefficients):
    return Quartic(*(np.array(c, dtype=np.float64) for c in (*coefficients, *[0.0] * (5 - len(coefficients)))))


def chord_excess_on_grid(coefficients):
    loss = Polynomial(coefficients)
    return float((loss(GRID) - GRID * loss(1) - (1 - GRID) * loss(0)).max())


@settings(deadline=None)
@given(any_quartic, st.floats(-2, 2))
def test_loss_and_second_derivative_are_those_of_the_polynomial(coefficients, at):
    expected = Polynomial(coefficients)
    assert one(coefficients).loss(at) == pytest.approx(expected(at), rel=1e-12, abs=1e-11)
    assert one(coefficients).second_derivative(at) == pytest.approx(expected.deriv(2)(at), rel=1e-12, abs=1e-11)


@settings(deadline=None)
@given(st.one_of(any_quartic, any_loss))
def test_curvature_is_the_smallest_second_derivative_between_the_ends(coefficients):
    alpha, at = one(coefficients).curvature()
    second = Polynomial(coefficients).deriv(2)
    size = 1e-12 * (1 + np.abs(coefficients).sum())
    assert 0 <= at <= 1
    assert alpha == pytest.approx(second(at), abs=size)
    smallest = second(GRID).min()
    # Between neighbours of the grid a parabola sinks by at most a h^2 / 4.
    assert smallest - 12 * abs(one(coefficients).c4) * (GRID[1] / 2) ** 2 - size <= alpha <= smallest + size


@settings(max_examples=300, deadline=None)
@given(st.one_of(any_quartic, any_loss))
def test_chord_violation_is_the_largest_excess_over_the_chord(coefficients):
    quartic = one(coefficients)
    drop = abs(float(Polynomial(coefficients)(1) - Polynomial(coefficients)(0)))
    violation, excess = float(quartic.chord_violation()), chord_excess_on_grid(coefficients)
    if drop == 0:
        assert violation in (0, np.inf)
        assert (violation == np.inf) == (excess > 1e-12)
    else:
        # The grid misses the top by at most max|loss''| h^2 / 8.
        missed = (np.abs(Polynomial(coefficients).deriv(2)(GRID)).max() + 1) * GRID[1] ** 2 / 8
        assert excess / drop - 1e-11 <= violation <= (excess + missed) / drop + 1e-11


@settings(max_examples=300, deadline=None)
@given(st.one_of(any_quartic, any_loss))
def test_barriers_are_the_largest_rise_above_the_ends_and_excess_over_the_chord(coefficients):
    loss = Polynomial(coefficients)(GRID)
    missed = (np.abs(Polynomial(coefficients).deriv(2)(GRID)).max() + 1) * GRID[1] ** 2 / 8
    found = float(one(coefficients).rise_above_ends()), float(one(coefficients).excess_over_chord())
    expected = loss.max() - max(loss[0], loss[-1]), chord_excess_on_grid(coefficients)
    for barrier, on_grid in zip(found, expected, strict=True):
        assert on_grid - 1e-11 <= barrier <= on_grid + missed + 1e-11
    assert found[0] <= found[1] + 1e-12


@pytest.mark.parametrize(
    ("coefficients", "rise"),
    [
        ((1.0, -2.0), 0.0),  # a straight line
        ((0.0, 1.0, -1.0), 0.25),  # between two equally low ends
        ((0.0, 3.0, -2.0), 0.125),  # 9/8 at 3/4, above the end of height 1
        ((0.0, 1.0, 0.0, 0.0, -1.0), 3 / 4 ** (4 / 3)),  # l - l^4
    ],
)
def test_rise_above_the_ends_of_segments_by_hand(coefficients, rise):
    assert float(one(coefficients).rise_above_ends()) == pytest.approx(rise, rel=1e-14)


@pytest.mark.parametrize(
    ("coefficients", "violation"),
    [
        ((1.0, -2.0), 0.0),  # a straight line
        ((3.0,), 0.0),  # level
        ((1.0, -2.0, 1.0), 0.0),  # convex
        ((1.0, 0.0, -1.0), 0.25),  # 1 - l^2 stands l - l^2 above 1 - l
        ((0.0, 1.0, -1.0), np.inf),  # rises between two equally low ends
        ((1.0, 0.0, 0.0, -1.0), 2 / 3 / np.sqrt(3)),  # cubic: l - l^3 is largest at 1 / sqrt(3)
        ((1.0, 0.0, 0.0, 0.0, -1.0), 3 / 4 ** (4 / 3)),  # l - l^4 is largest at 4^(-1/3)
        ((1.0, 0.0, 0.0, -1.0, 1e-300), 2 / 3 / np.sqrt(3)),  # a leading coefficient that all but vanishes
    ],
)
def test_chord_violation_of_degenerate_lines(coefficients, violation):
    assert float(one(coefficients).chord_violation()) == pytest.approx(violation, rel=1e-14)


def test_chord_violation_finds_the_larger_of_two_bumps():
    # Negative leading coefficient: concave, convex, concave; the excess is -l (l - 1)(l - 0.4)(l - 0.5).
    bumps = Polynomial.fromroots([0, 1, 0.4, 0.5]) * -1
    tilted = bumps + Polynomial([0.0, 1.0])
    expected = max(float(bumps(root.real)) for root in bumps.deriv().roots())
    assert float(one(tuple(tilted.coef)).chord_violation()) == pytest.approx(expected, rel=1e-12)


@settings(deadline=None)
@given(any_loss)
def test_convex_everywhere_means_no_negative_second_derivative(coefficients):
    second = Polynomial(coefficients).deriv(2)
    vertex = second.deriv().roots() if second.trim().degree() == 2 else np.array([0.0])
    lowest = second(np.concatenate([vertex.real, [-1e4, 1e4]])).min()
    if abs(lowest) > 1e-9:
        assert bool(one(coefficients).is_convex_everywhere()) == (lowest > 0)


@settings(deadline=None)
@given(any_loss)
def test_no_chord_is_violated_where_curvature_is_positive(coefficients):
    quartic = one(coefficients)
    if quartic.curvature()[0] > 1e-6:
        assert quartic.chord_violation() == 0


def test_a_line_that_is_not_a_number_is_not_taken_for_star_convex():
    assert np.isnan(one((1.0, 1.0, np.nan)).chord_violation())
    assert np.isnan(one((1.0, 1.0, np.nan)).curvature()[0])


def test_any_shape_gives_what_single_lines_give():
    coefficients = np.random.default_rng(3).normal(size=(5, 3, 4))
    together = Quartic(*coefficients)
    for index in np.ndindex(3, 4):
        alone = Quartic(*coefficients[:, *index])
        assert together.curvature()[0][index] == alone.curvature()[0]
        assert together.curvature()[1][index] == alone.curvature()[1]
        assert together.chord_violation()[index] == alone.chord_violation()
        assert together.is_convex_everywhere()[index] == alone.is_convex_everywhere()


def residuals(seed):
    return np.random.default_rng(seed).normal(size=(3, 7))


def inner_products(vectors):
    return [float(vectors[i] @ vectors[j]) for i in range(3) for j in range(i, 3)]


@pytest.mark.parametrize("at", [0.0, 0.3, 1.0, -0.7])
def test_quartics_from_inner_products_are_half_the_mean_square_of_the_residual(at):
    W0, W1, W2 = W = residuals(1)
    residual = W0 + at * W1 + at**2 * W2
    assert quartic_of_differences(7, *inner_products(W)).loss(at) == pytest.approx((residual**2).mean() / 2)
    A, B, C = ABC = residuals(2)
    residual = at**2 * A + 2 * at * (1 - at) * B + (1 - at) ** 2 * C
    assert quartic_of_control_residuals(7, *inner_products(ABC)).loss(at) == pytest.approx((residual**2).mean() / 2)
