"""Claims of sections 2 and 3 and of Appendices D and E, measured on the planted model."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from starnmf.claims import theory_expectations
from starnmf.claims.claim import (
    PROJECT,
    Claim,
    Finding,
    Measurement,
    above,
    at_least,
    at_most,
    below,
    exact,
    measured_on,
)
from starnmf.claims.statistics import decay, share, slope
from starnmf.results.table import rows_where
from starnmf.theory import tables

LEAST_SIZES = 3
"""Sizes that a trend is read from."""

ASYMPTOTIC = 256
"""Smallest n at which Lemma 1's bound is tried: below it, constants dominate."""


def _failures(rows: pd.DataFrame) -> Measurement:
    how = f"(of {int(rows['cases'].sum())}; largest relative error {rows['largest_error'].max():.1g})"
    return exact(rows["failures"].sum(), how)


@measured_on(tables.IDENTITIES)
def _identity(table: pd.DataFrame, *identities: str) -> Iterable[Finding]:
    rows = rows_where(table, identity=identities)
    if len(rows) == len(identities):
        yield Finding(_failures(rows), rows)


@measured_on(tables.IDENTITIES)
def _completed_square(table: pd.DataFrame) -> Iterable[Finding]:
    right, printed = (rows_where(table, identity=f"square-{name}") for name in ("right", "printed"))
    if not (right.empty or printed.empty):
        failures = f"{right['failures'].iloc[0]:.0f} of {right['cases'].iloc[0]:.0f} fail"
        reason = (
            f"with halves, ((a x + b/2)^2 + (a c - b^2/4)) / a, {failures}; inequalities 3 and 9 use the right form"
        )
        yield Finding(_failures(printed), printed, reason=reason)


def _half_normal(table: pd.DataFrame, kind: str, observed: float) -> pd.DataFrame:
    rows = rows_where(table, distribution="half-normal", kind=kind)
    return rows[np.isclose(rows["observed"], observed)].sort_values("n")


@measured_on(tables.CONVEXITY)
def _at_largest(table: pd.DataFrame, column: str, kind: str, observed: float) -> Iterable[Finding]:
    rows = _half_normal(table, kind, observed)
    if not rows.empty:
        last = rows.iloc[-1]
        by_size = ", ".join(
            f"{n:.0f}: {hits / trials:.2g}" for n, hits, trials in rows[["n", column, "trials"]].to_numpy()
        )
        yield Finding(share(int(last[column]), int(last["trials"])), last, reason=f"share by n: {by_size}")


@measured_on(tables.CONVEXITY)
def _decays(table: pd.DataFrame, kind: str, observed: float, base: str) -> Iterable[Finding]:
    rows = _half_normal(table, kind, observed)
    if len(rows) < LEAST_SIZES:
        return
    # At first the share may rise: few entries observed are trivially convex. What counts is how it falls from then on.
    falling = rows.iloc[int(np.argmax(rows["alpha_negative"] / rows["trials"])) :]
    rows = falling if len(falling) >= LEAST_SIZES else rows
    measured = decay(rows[base] ** (1 / 3), rows["alpha_negative"], rows["trials"])
    yield Finding(measured, rows, reason=f"from n = {rows['n'].iloc[0]} on")


@measured_on(tables.CONVEXITY)
def _control(table: pd.DataFrame) -> Iterable[Finding]:
    rows = rows_where(table, distribution="normal", kind="random-planted", observed=1.0)
    if not rows.empty:
        last = rows.sort_values("n").iloc[-1]
        reason = f"at n = {last['n']}; entries without a mean, which Assumption 1 forbids"
        yield Finding(share(int(last["alpha_negative"]), int(last["trials"])), last, reason=reason)


@measured_on(tables.CONVEXITY)
def _relative_deviation(table: pd.DataFrame, kind: str) -> Iterable[Finding]:
    rows = _half_normal(table, kind, 1.0).query("n >= 16")
    ratio = rows["alpha_sd"] / rows["alpha_mean"]
    if len(rows) >= LEAST_SIZES and (ratio > 0).all():
        yield Finding(slope(np.log(rows["n"]), np.log(ratio)), rows)


@measured_on(tables.CONCENTRATION)
def _spread(table: pd.DataFrame) -> Iterable[Finding]:
    rows = rows_where(table, quantity="W2W2")
    spread = rows.groupby("n")["value"].std()
    if len(spread) >= LEAST_SIZES:
        yield Finding(slope(np.log(spread.index), np.log(spread)), rows, reason="equation 5 needs -1/2 at most")


@measured_on(tables.CONCENTRATION)
def _largest_entry(table: pd.DataFrame, *quantities: str) -> Iterable[Finding]:
    """The power of r that the largest entry grows with, for each quantity."""
    for quantity in quantities:
        rows = rows_where(table, quantity=quantity).query("n >= @ASYMPTOTIC")
        if rows["n"].nunique() >= LEAST_SIZES:
            yield Finding(slope(np.log(rows["r"]), np.log(rows["value"])), rows, case=quantity)


@measured_on(tables.PLANTED_LINES)
def _planted_segments(table: pd.DataFrame, kind: str) -> Iterable[Finding]:
    rows = rows_where(table, kind=kind)
    if not rows.empty:
        negative = [has_negative_curvature(segment) for _, segment in rows.groupby("line")]
        yield Finding(exact(sum(negative), f"(of {len(negative)} segments)"), rows)


def has_negative_curvature(segment: pd.DataFrame) -> bool:
    """Whether a loss sampled at even distances on a segment has a second difference below zero, beyond rounding."""
    losses = segment.sort_values("lambda")["loss"].to_numpy()
    return bool((np.diff(losses, 2) < -1e-9 * np.abs(losses).max()).any())


@measured_on(tables.SURFACE)
def _star_convex(table: pd.DataFrame) -> Iterable[Finding]:
    value = _surface(table)
    halves = [(x, y) for x, y in value if (x / 2, y / 2) in value]
    above_chord = [value[x / 2, y / 2] > 0.5 * (value[x, y] + value[0, 0]) * (1 + 1e-12) for x, y in halves]
    yield Finding(exact(sum(above_chord), f"(of {len(halves)} chords to (0, 0), at their middles)"), table)


@measured_on(tables.SURFACE)
def _convex(table: pd.DataFrame) -> Iterable[Finding]:
    value = _surface(table)
    ends = [(x, y) for x, y in value if ((x + y) / 2, (x + y) / 2) in value and x != y]
    # The chord from (x, y) to (y, x), which the surface holds both.
    higher = [value[(x + y) / 2, (x + y) / 2] > value[x, y] * (1 + 1e-12) for x, y in ends]
    yield Finding(exact(sum(higher), f"(of {len(ends)} chords between mirrored points, at their middles)"), table)


def _surface(table: pd.DataFrame) -> dict[tuple[float, float], float]:
    # Coordinates as whole numbers of 1/10000, so that halves are found again.
    return {
        (round(x * 1e4), round(y * 1e4)): float(value)
        for x, y, value in table[["x", "y", "value"]].itertuples(index=False)
    }


THEOREMS = {
    ("random-random", "full"): "Theorems 1, 2",
    ("random-random", "partial"): "Theorems 1, 4",
    ("random-planted", "full"): "Theorems 1, 3",
    ("random-planted", "partial"): "Theorem 1",
}
"""Which theorems are about a kind of segment, with all entries observed or some."""


def _convexity_claims(kind: str, points: str, observed: float) -> Iterable[Claim]:
    where = THEOREMS[kind, "full" if observed == 1 else "partial"]
    entries = "" if observed == 1 else f", each entry observed with probability {observed:g}"
    base = "n" if observed == 1 else "r"
    yield Claim(
        f"theory-convex-{kind}-{observed:g}",
        where,
        f"The loss is convex on segments {points} with high probability{entries}",
        "share of segments with loss'' < 0 on [0, 1], at the largest n",
        at_most(0.001),
        _at_largest("alpha_negative", kind, observed),
    )
    yield Claim(
        f"theory-convex-{kind}-{observed:g}-decay",
        where,
        f"{points.capitalize()}, the probability of negative curvature falls at least as exp(-c {base}^(1/3)){entries}",
        f"c of exp(a - c {base}^(1/3)) fitted to the share of segments with negative curvature",
        above(0),
        _decays(kind, observed, base),
    )


def _theorem_claims(kind: str, points: str) -> Iterable[Claim]:
    for observed in (1.0, 0.3, 0.1):
        yield from _convexity_claims(kind, points, observed)
    yield Claim(
        f"theory-inequality-9-{kind}",
        "eq. 9",
        f"Inequality 9, convexity on the whole line, holds with high probability {points}",
        "share of segments for which inequality 9 fails, at the largest n",
        at_most(0.001),
        _at_largest("inequality_9_fails", kind, 1.0),
    )
    yield Claim(
        f"theory-concentration-{kind}",
        "section 4.2",
        f"The curvature alpha concentrates around its mean as matrices grow, {points}",
        "slope of log(sigma / mu) of alpha against log n",
        below(0),
        _relative_deviation(kind),
    )


NEGATIVE = "segments with a negative second difference"
FAILURES = "cases in which it fails"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "theory-figure-2-star-convex",
        "Figure 2",
        "(|x|^p + |y|^p)^(1/p) is convex towards (0, 0)",
        "chords to (0, 0) below the surface",
        at_most(0),
        _star_convex(),
    ),
    Claim(
        "theory-figure-2-not-convex",
        "Figure 2",
        "(|x|^p + |y|^p)^(1/p) is not convex for 0 < p < 1",
        "chords below the surface",
        at_least(1),
        _convex(),
    ),
    Claim(
        "theory-counterexample",
        "section 3",
        "NMF with u1 = 1, u* = 0 and v1 = 0, v* = 1 is not star-convex",
        FAILURES,
        at_most(0),
        _identity("counterexample"),
    ),
    Claim(
        "theory-figure-1-general",
        "Figure 1 a",
        "In general the loss is not convex on segments (here between equal minimizers)",
        NEGATIVE,
        at_least(1),
        _planted_segments("minimizer-minimizer"),
    ),
    Claim(
        "theory-figure-1-planted",
        "Figure 1 b",
        "The loss is convex on segments towards the planted solution, (100, 100), r = 10",
        NEGATIVE,
        at_most(0),
        _planted_segments("random-planted"),
    ),
    Claim(
        "theory-figure-1-random",
        "Figure 1 c",
        "The loss is convex on segments between random points, (100, 100), r = 10",
        NEGATIVE,
        at_most(0),
        _planted_segments("random-random"),
    ),
    *_theorem_claims("random-random", "between random points"),
    *_theorem_claims("random-planted", "towards the planted solution"),
    Claim(
        "theory-square",
        "section 3.1",
        "a x^2 + b x + c = ((a x + b)^2 + (a c - b^2)) / a",
        FAILURES,
        at_most(0),
        _completed_square(),
    ),
    Claim(
        "theory-equation-9",
        "eq. 3, 9",
        "Inequality 9 holds exactly where loss'' >= 0 everywhere",
        FAILURES,
        at_most(0),
        _identity("eq-9"),
    ),
    Claim(
        "theory-equation-8",
        "eq. 8",
        "The four derivatives of the loss along a segment",
        FAILURES,
        at_most(0),
        _identity(*(f"eq-8-{order}" for order in range(1, 5))),
    ),
    *theory_expectations.MEANS,
    Claim(
        "theory-mean-term-needed",
        PROJECT,
        "Theorem 3 rests on the mean term that its proof drops: without a mean, planted segments do not become convex",
        "share of planted segments with loss'' < 0 on [0, 1], entries of both signs",
        at_least(0.05),
        _control(),
    ),
    Claim(
        "theory-equation-5",
        "eq. 5",
        "|W2|^2 / (r n^2) concentrates at least as fast as n^(-1/2)",
        "slope of the log standard deviation against log n",
        at_most(-0.5),
        _spread(),
        "-1/2 or below",
    ),
    Claim(
        "theory-lemma-1",
        "Lemma 1",
        "The largest entry of X(lambda) - X, X' and X'' grows no faster than r^(2/3)",
        "slope of the log largest entry against log r",
        at_most(2 / 3),
        _largest_entry("residual", "first", "second"),
        "2/3 or below",
    ),
    Claim(
        "theory-lemma-1-solution",
        "Lemma 1",
        "The largest entry of X itself grows no faster than r^(2/3)",
        "slope of the log largest entry against log r",
        at_most(2 / 3),
        _largest_entry("solution"),
        "2/3 or below",
    ),
    *theory_expectations.PROFILES,
)
"""Every claim about the planted model, in the paper's order."""
