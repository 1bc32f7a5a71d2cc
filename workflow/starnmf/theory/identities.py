"""What the paper states of every single line, not on average: checked on random lines by another way of computing."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from numpy.polynomial import Polynomial

from starnmf.seeds import generator
from starnmf.theory.distributions import CENTRED
from starnmf.theory.planted import Differences, differences, draw_instances, quartics

Array = npt.NDArray[np.float64]

TRIALS = 2000
SHAPE = (3, 2, 1)
"""n, m and r so small that lines are convex about as often as not."""

NODES = np.cos(np.pi * np.arange(5) / 4)
"""A quartic is known from its values at five places."""

AT = 0.3


def measure_identities(seed: int) -> pd.DataFrame:
    """Equations 3, 8 and 9, the completed square of section 3.1, and the counterexample of section 3.

    Columns identity, where, statement, cases; failures, the cases in which it does not hold; largest_error, relative.
    """
    lines = differences(draw_instances(CENTRED, generator(seed, "identities"), TRIALS, *SHAPE))
    values = np.stack([_loss(lines, at) for at in NODES], axis=1)
    losses = [Polynomial.fit(NODES, of_line, 4).convert() for of_line in values]
    return pd.DataFrame(
        [*_derivatives(lines, losses), _inequality(lines, losses), *_squares(losses), _counterexample()]
    )


def _loss(lines: Differences, at: float) -> Array:
    """1/2 |X(lambda) - X|^2 of every line, by its definition."""
    return np.asarray(0.5 * np.square(lines.residual(at)).sum(axis=(1, 2)))


def _derivatives(lines: Differences, losses: list[Polynomial]) -> list[dict[str, object]]:
    """Equation 8 against the derivatives of the polynomial through five values of the loss."""
    residual, first, second = lines.residual(AT), lines.first_derivative(AT), lines.second_derivative
    printed = (
        ("loss' = sum (X - X*) X'", residual * first),
        ("loss'' = sum X'' (X - X*) + X'^2", second * residual + first**2),
        ("loss''' = 3 sum X'' X'", 3 * second * first),
        ("loss'''' = 3 sum X''^2", 3 * second**2),
    )
    rows = []
    for order, (statement, entries) in enumerate(printed, start=1):
        true = np.array([loss.deriv(order)(AT) for loss in losses])
        scale = np.array([np.abs(loss.coef).sum() for loss in losses])
        rows.append(_row(f"eq-8-{order}", "eq. 8", statement, np.abs(entries.sum(axis=(1, 2)) - true) / scale))
    return rows


def _inequality(lines: Differences, losses: list[Polynomial]) -> dict[str, object]:
    """Inequality 9 against the smallest value that loss'' takes at all, where its derivative vanishes."""
    smallest = np.array(
        [curvature(curvature.deriv().roots()[0].real) for curvature in (loss.deriv(2) for loss in losses)]
    )
    scale = np.array([np.abs(loss.coef).sum() for loss in losses])
    told = quartics(lines, "random-random").is_convex_everywhere()
    # Within rounding of 0 either answer is right.
    wrong = (told != (smallest >= 0)) & (np.abs(smallest) > 1e-9 * scale)
    row = _row("eq-9", "eq. 3, 9", "inequality 9 holds exactly where loss'' >= 0 everywhere", wrong.astype(np.float64))
    return row | {"convex": int(told.sum())}


def _squares(losses: list[Polynomial]) -> list[dict[str, object]]:
    """p(x) = a x^2 + b x + c written with a square: as printed in section 3.1, and as it should be."""
    rows = []
    for name, statement, half in (
        ("square-printed", "a x^2 + b x + c = ((a x + b)^2 + (a c - b^2)) / a", 1.0),
        ("square-right", "a x^2 + b x + c = ((a x + b/2)^2 + (a c - b^2/4)) / a", 0.5),
    ):
        errors = []
        for curvature in (loss.deriv(2) for loss in losses):
            c, b, a = map(float, curvature.coef)
            written = ((a * AT + half * b) ** 2 + (a * c - (half * b) ** 2)) / a
            errors.append(abs(written - curvature(AT)) / np.abs(curvature.coef).sum())
        rows.append(_row(name, "section 3.1", statement, np.array(errors)))
    return rows


def _counterexample() -> dict[str, object]:
    """u1 = 1, u* = 0 and v1 = 0, v* = 1: the loss is 0 at both ends and not between them."""
    one, nothing = np.ones((1, 1, 1)), np.zeros((1, 1, 1))
    # The line leads from (u1, v1) at lambda = 0 to (u*, v*) at 1, and X = u* v* = 0.
    W0, W1, W2 = one @ nothing - nothing @ one, (nothing - one) @ nothing + one @ (one - nothing), (nothing - one) @ one
    excess = quartics(Differences(W0, W1, W2), "random-random").chord_violation()
    holds = np.array([0.0 if violation > 0 else 1.0 for violation in excess])
    return _row("counterexample", "section 3", "NMF with u1 = 1, u* = 0, v1 = 0, v* = 1 is not star-convex", holds)


def _row(identity: str, where: str, statement: str, errors: Array) -> dict[str, object]:
    return {
        "identity": identity,
        "where": where,
        "statement": statement,
        "cases": len(errors),
        "failures": int((errors > 1e-9).sum()),
        "largest_error": float(errors.max()),
    }
