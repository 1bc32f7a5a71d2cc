"""The loss along a segment between factors is a quartic, whose curvature has a closed form and needs no grid.

With X(l) = (l U_o + (1-l) U_p)(l V_o + (1-l) V_p) for a segment from p at l = 0 to o at l = 1, the residual X(l) - X is
W0 + l W1 + l^2 W2, so that the loss, half its squared norm, is a polynomial of degree four in l.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starnmf.arrays import Array, Booleans

# A maximum is flat: off by 2^-40 in l, the value is off by about 2^-80 of the curvature, far below rounding.
BISECTIONS = 40


@dataclass(frozen=True)
class Quartic:
    """The loss c0 + c1 l + c2 l^2 + c3 l^3 + c4 l^4 per observed entry along any number of segments.

    `c0` ... `c4` are float64 arrays of one shape, an entry for each segment.
    """

    c0: Array
    c1: Array
    c2: Array
    c3: Array
    c4: Array

    def loss(self, at: npt.ArrayLike) -> Array:
        """The loss at `at`, broadcast against the segments."""
        at = np.asarray(at, dtype=np.float64)
        return np.asarray(self.c0 + at * (self.c1 + at * (self.c2 + at * (self.c3 + at * self.c4))))

    def second_derivative(self, at: npt.ArrayLike) -> Array:
        """loss'' = c + b l + a l^2 at `at`, broadcast against the segments."""
        at = np.asarray(at, dtype=np.float64)
        a, b, c = self._second_derivative_coefficients()
        return np.asarray(c + at * (b + at * a))

    def curvature(self) -> tuple[Array, Array]:
        """The smallest loss'' on [0, 1] (alpha, equation 6) and its l, for each segment.

        A parabola is smallest at an end or at its vertex; a parabola without curvature has no vertex, only ends.
        """
        a, b, _ = self._second_derivative_coefficients()
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            vertex = np.clip(np.nan_to_num(-b / (2 * a), nan=0.0), 0, 1)
        candidates = np.stack([np.zeros_like(vertex), vertex, np.ones_like(vertex)])
        values = self.second_derivative(candidates)
        smallest = np.argmin(values, axis=0)[np.newaxis]
        return (
            np.take_along_axis(values, smallest, axis=0)[0],
            np.take_along_axis(candidates, smallest, axis=0)[0],
        )

    def is_convex_everywhere(self) -> Booleans:
        """Whether loss'' >= 0 for every real l: inequality 9, 2 |W2|^2 (|W1|^2 + 2 <W0, W2>) >= 3 <W1, W2>^2."""
        a, b, c = self._second_derivative_coefficients()
        return np.asarray((a >= 0) & (c >= 0) & (4 * a * c >= b * b))

    def chord_violation(self) -> Array:
        """The largest excess of the loss over its chord, relative to |loss(0) - loss(1)|, for each segment.

        Definition 1 (star-convexity) requires loss(l) <= l loss(1) + (1-l) loss(0) on [0, 1]; it holds where this is 0.
        Infinite where the loss is the same at both ends and rises above them.
        """
        excess = self.excess_over_chord()
        drop = np.abs(self._change())
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.asarray(np.where(excess == 0, 0.0, excess / drop))

    def excess_over_chord(self) -> Array:
        """The largest excess of the loss over its chord, at least 0, for each segment."""
        at = self._maxima(-(self.c2 + self.c3 + self.c4))
        return np.asarray(np.maximum(self._above_chord(at).max(axis=0), 0))

    def rise_above_ends(self) -> Array:
        """How far the loss rises above the higher one of its ends, at least 0, for each segment."""
        at = self._maxima(self.c1)
        change = self._change()
        # From the chord to the higher end, of which one term is 0.
        below = (1 - at) * np.maximum(change, 0) + at * np.maximum(-change, 0)
        return np.asarray(np.maximum((self._above_chord(at) - below).max(axis=0), 0))

    def _maxima(self, slope: Array) -> Array:
        """Three places in [0, 1] for each segment: with both ends, all maxima of the loss less a line are among them.

        `slope` is c1 less the slope of the line. A maximum is a root of a cubic. Cardano's formula divides by the
        leading coefficient, which vanishes as W2 does, and a companion matrix loses half the digits at double roots.
        But between the inflection points of the loss the cubic is monotone, and bisection finds the only maximum that
        each piece can have, whatever the degree. In a piece where the slope grows, bisection ends at some place, whose
        excess is not the largest.
        """
        zero = np.zeros_like(self.c0)
        edges = np.sort(np.stack([zero, *self._inflections(), zero + 1]), axis=0)
        low, high = edges[:-1], edges[1:]
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            rising = middle * (2 * self.c2 + middle * (3 * self.c3 + middle * 4 * self.c4)) + slope > 0
            low, high = np.where(rising, middle, low), np.where(rising, high, middle)
        return np.asarray((low + high) / 2)

    def _change(self) -> Array:
        """loss(1) - loss(0)."""
        return self.c1 + self.c2 + self.c3 + self.c4

    def _second_derivative_coefficients(self) -> tuple[Array, Array, Array]:
        return 12 * self.c4, 6 * self.c3, 2 * self.c2

    def _above_chord(self, at: Array) -> Array:
        """loss(l) - l loss(1) - (1-l) loss(0), with the roots 0 and 1 factored out: exact at and near the ends."""
        return -at * (1 - at) * (self.c2 + self.c3 * (1 + at) + self.c4 * (1 + at + at * at))

    def _inflections(self) -> tuple[Array, Array]:
        """The real roots of loss'' clipped to [0, 1]; 0, an end of a piece anyway, in place of each missing one."""
        a, b, c = self._second_derivative_coefficients()
        size = np.maximum(np.maximum(np.abs(a), np.abs(b)), np.abs(c))
        size = np.where(size > 0, size, 1.0)
        a, b, c = a / size, b / size, c / size
        # The root of larger size first, without cancellation; the other from the product of both, c / a.
        large = -(b + np.copysign(np.sqrt(np.maximum(b * b - 4 * a * c, 0)), b)) / 2
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            roots = np.nan_to_num(large / a, nan=0.0), np.nan_to_num(c / large, nan=0.0)
        return np.clip(roots[0], 0, 1), np.clip(roots[1], 0, 1)


def quartic_of_differences(
    observed: float, W0W0: Any, W0W1: Any, W0W2: Any, W1W1: Any, W1W2: Any, W2W2: Any
) -> Quartic:
    """The quartic 1/2 |W0 + l W1 + l^2 W2|^2 / observed from the inner products, arrays with one for each segment.

    W0 = U_p V_p - X, W1 = (U_o - U_p) V_p + U_p (V_o - V_p), W2 = (U_o - U_p)(V_o - V_p) (proof of Theorem 1).
    """
    return Quartic(
        c0=np.asarray(W0W0 / (2 * observed)),
        c1=np.asarray(W0W1 / observed),
        c2=np.asarray((W1W1 / 2 + W0W2) / observed),
        c3=np.asarray(W1W2 / observed),
        c4=np.asarray(W2W2 / (2 * observed)),
    )


def quartic_of_control_residuals(observed: float, AA: Any, AB: Any, AC: Any, BB: Any, BC: Any, CC: Any) -> Quartic:
    """The quartic 1/2 |l^2 A + 2 l (1-l) B + (1-l)^2 C|^2 / observed from the inner products, broadcast together.

    A = U_o V_o - X, B = (U_o V_p + U_p V_o) / 2 - X and C = U_p V_p - X are the control points of the residual as a
    Bezier curve: W0 = C, W1 = 2 (B - C), W2 = A - 2 B + C. A depends on the optimum and C on the point only, so that
    all pairs share their products.
    """
    AA, AB, AC, BB, BC, CC = np.broadcast_arrays(AA, AB, AC, BB, BC, CC)
    return quartic_of_differences(
        observed,
        W0W0=CC,
        W0W1=2 * (BC - CC),
        W0W2=AC - 2 * BC + CC,
        W1W1=4 * (BB - 2 * BC + CC),
        W1W2=2 * (AB - AC - 2 * BB + 3 * BC - CC),
        W2W2=AA + 2 * AC + CC - 4 * (AB - BB + BC),
    )
