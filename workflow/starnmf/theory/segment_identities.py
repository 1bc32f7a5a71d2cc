"""What the paper states of every segment, not on average: checked on random segments in another way of computing."""

import numpy as np
import pandas as pd
from numpy.polynomial.polynomial import polyder, polyfit, polyval

from starnmf.arrays import Array
from starnmf.seeds import generator
from starnmf.theory.distributions import CENTRED
from starnmf.theory.planted import Differences, Instances, differences, draw_instances, quartics

TRIALS = 2000
SHAPE = {"n": 3, "m": 2, "r": 1}
"""So small that segments are convex about as often as not."""

NODES = np.cos(np.pi * np.arange(5) / 4)
"""A quartic is known from its values at five places."""

AT = 0.3


def measure_segment_identities(seed: int) -> pd.DataFrame:
    """Equations 3, 8 and 9, section 3.1's completed square, section 3's counterexample and X'' of Fact 9.

    The columns of `tables.IDENTITIES`.
    """
    instances = draw_instances(CENTRED, generator(seed, "identities"), TRIALS, **SHAPE)
    segments = differences(instances)
    values = np.stack([0.5 * np.square(segments.residual(at)).sum(axis=(1, 2)) for at in NODES])
    loss = polyfit(NODES, values, 4)
    rows = [*_derivatives(segments, loss), _inequality(segments, loss), *_squares(loss), _counterexample()]
    return pd.DataFrame([*rows, *_second_derivatives(instances)])


def _derivatives(segments: Differences, loss: Array) -> list[dict[str, object]]:
    """Equation 8 against the derivatives of the polynomials (5, trials) through five values of the loss."""
    residual, first, second = segments.residual(AT), segments.first_derivative(AT), segments.second_derivative
    printed = (
        ("loss' = sum (X - X*) X'", residual * first),
        ("loss'' = sum X'' (X - X*) + X'^2", second * residual + first**2),
        ("loss''' = 3 sum X'' X'", 3 * second * first),
        ("loss'''' = 3 sum X''^2", 3 * second**2),
    )
    scale, rows = np.abs(loss).sum(axis=0), []
    for order, (statement, entries) in enumerate(printed, start=1):
        errors = np.abs(entries.sum(axis=(1, 2)) - polyval(AT, polyder(loss, order))) / scale
        rows.append(_row(f"eq-8-{order}", "eq. 8", statement, errors))
    return rows


def _inequality(segments: Differences, loss: Array) -> dict[str, object]:
    """Inequality 9 against the smallest value of loss'', where its derivative vanishes."""
    _, b, a = curvature = polyder(loss, 2)
    smallest = polyval(-b / (2 * a), curvature, tensor=False)
    convex = quartics(segments, "random-random").is_convex_everywhere()
    # Within rounding of 0 either answer is right.
    wrong = (convex != (smallest >= 0)) & (np.abs(smallest) > 1e-9 * np.abs(loss).sum(axis=0))
    row = _row("eq-9", "eq. 3, 9", "inequality 9 holds exactly where loss'' >= 0 everywhere", wrong.astype(np.float64))
    return row | {"convex": int(convex.sum())}


def _squares(loss: Array) -> list[dict[str, object]]:
    """p(x) = a x^2 + b x + c written with a square: as printed in section 3.1, and corrected."""
    c, b, a = curvature = polyder(loss, 2)
    true, scale = polyval(AT, curvature), np.abs(curvature).sum(axis=0)
    rows = []
    for name, statement, half in (
        ("square-printed", "a x^2 + b x + c = ((a x + b)^2 + (a c - b^2)) / a", 1.0),
        ("square-right", "a x^2 + b x + c = ((a x + b/2)^2 + (a c - b^2/4)) / a", 0.5),
    ):
        written = ((a * AT + half * b) ** 2 + (a * c - (half * b) ** 2)) / a
        rows.append(_row(name, "section 3.1", statement, np.abs(written - true) / scale))
    return rows


def _second_derivatives(instances: Instances) -> list[dict[str, object]]:
    """X'' as printed in Fact 9, and corrected, against the second difference of X(lambda), exact for its degree 2."""
    U1, V1, U2, V2 = instances.U1, instances.V1, instances.U2, instances.V2
    start, middle, end = ((at * U1 + (1 - at) * U2) @ (at * V1 + (1 - at) * V2) for at in (0.0, 0.5, 1.0))
    true = 4 * (start - 2 * middle + end)
    scale = np.abs(true).max(axis=(1, 2))
    return [
        _row(name, "Fact 9", statement, np.abs(factor * (U1 - U2) @ (V1 - V2) - true).max(axis=(1, 2)) / scale)
        for name, statement, factor in (
            ("fact-9-printed", "X''(lambda) = (U1 - U2)(V1 - V2)", 1),
            ("fact-9-right", "X''(lambda) = 2 (U1 - U2)(V1 - V2)", 2),
        )
    ]


def _counterexample() -> dict[str, object]:
    """u1 = 1, u* = 0 and v1 = 0, v* = 1: the loss is 0 at both ends and not between them."""
    one, nothing = np.ones((1, 1, 1)), np.zeros((1, 1, 1))
    # The segment leads from (u1, v1) at lambda = 0 to (u*, v*) at 1, and X = u* v* = 0.
    segment = differences(Instances(U1=nothing, V1=one, U2=one, V2=nothing, U_star=nothing, V_star=one))
    misses = (quartics(segment, "random-random").chord_violation() <= 0).astype(np.float64)
    return _row("counterexample", "section 3", "NMF with u1 = 1, u* = 0, v1 = 0, v* = 1 is not star-convex", misses)


def _row(identity: str, where: str, statement: str, errors: Array) -> dict[str, object]:
    return {
        "identity": identity,
        "where": where,
        "statement": statement,
        "cases": len(errors),
        "failures": int((errors > 1e-9).sum()),
        "largest_error": float(errors.max()),
    }
