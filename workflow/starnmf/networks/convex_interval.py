"""The largest interval around 0 on which a function of one variable is convex, from its values on a grid."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from starnmf.arrays import Array, Booleans
from starnmf.errors import InputError

LEAST_POINTS = 7

HALF_LENGTH = 0.5
"""Lines have length one, centred at the weights (section 4.3)."""

Values = Callable[[float], tuple[float, float]]
"""A function of one variable: its value, and how far rounding may have moved a second difference of such values."""


@dataclass(frozen=True)
class ConvexInterval:
    """Where a function is convex: from `left` <= 0 to `right` >= 0; both 0 where it is not convex at 0 itself."""

    left: float
    right: float
    grid_left: float
    grid_right: float
    """The same read off the grid: the outermost points such that no second difference between them is negative."""
    value: float
    """The function at 0."""
    evaluations: int
    """Points at which it was evaluated."""

    @property
    def length(self) -> float:
        """Length of the interval, from 0 to 1."""
        return self.right - self.left


def convex_interval(function: Values, points: int) -> ConvexInterval:
    """The largest interval of [-1/2, 1/2] that holds 0 and on which `function` is convex.

    Second differences on `points` (odd) equidistant points stand for the second derivative. From 0 outwards, the
    function is evaluated no further than to the first negative one; the end of the interval is where the straight line
    through it and its neighbour crosses 0, so that it is as often too near as too far. A difference that may be
    rounding alone counts as 0. Raises `InputError` for an even or small number of points.
    """
    if points < LEAST_POINTS or points % 2 == 0:
        raise InputError(f"points: found {points}; expected an odd number from {LEAST_POINTS} on, so that one is at 0")
    middle = points // 2
    step = HALF_LENGTH / middle

    @cache
    def at(index: int) -> tuple[float, float]:
        return function(index * step)

    @cache
    def second_difference(index: int) -> float:
        (below, _), (here, rounding), (above, _) = at(index - 1), at(index), at(index + 1)
        difference = below - 2 * here + above
        return 0.0 if abs(difference) <= rounding else difference

    def reach(side: int) -> tuple[float, float]:
        """How far the function is convex on one side: interpolated, and on the grid."""
        for index in range(1, middle):
            inner, outer = second_difference(side * (index - 1)), second_difference(side * index)
            if outer < 0:
                return (index - 1 + _crossing(inner, outer)) * step, index * step
        # No second difference is centred on the end of the line: the last two tell whether one would be negative.
        before, last = second_difference(side * (middle - 2)), second_difference(side * (middle - 1))
        if 2 * last - before < 0:
            return (middle - 1 + _crossing(last, 2 * last - before)) * step, HALF_LENGTH
        return HALF_LENGTH, HALF_LENGTH

    if second_difference(0) < 0:
        right = grid_right = left = grid_left = 0.0
    else:
        (right, grid_right), (left, grid_left) = reach(1), reach(-1)
    return ConvexInterval(0.0 - left, right, 0.0 - grid_left, grid_right, at(0)[0], at.cache_info().currsize)


def _crossing(before: float, after: float) -> float:
    """Where the straight line from `before` >= 0 at 0 to `after` < 0 at 1 crosses 0."""
    return before / (before - after)


def convex_points(surface: Array, rounding: Array) -> Booleans:
    """Whether a function of two variables is convex at the inner points of a grid: (a, b) values to (a - 2, b - 2).

    Convex is where the discrete Hessian, of central differences with the same step both ways, is positive semidefinite
    up to `rounding` (a, b), which is as that of `Values`.
    """
    inner = surface[1:-1, 1:-1]
    xx = surface[2:, 1:-1] - 2 * inner + surface[:-2, 1:-1]
    yy = surface[1:-1, 2:] - 2 * inner + surface[1:-1, :-2]
    xy = (surface[2:, 2:] - surface[2:, :-2] - surface[:-2, 2:] + surface[:-2, :-2]) / 4
    smallest = (xx + yy) / 2 - np.hypot((xx - yy) / 2, xy)
    convex: Booleans = smallest >= -rounding[1:-1, 1:-1]
    return convex
