"""Claims of sections 2 and 3 and of Appendices D and E, measured on the planted model."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from starnmf.claims import theory_expectations, theory_laws
from starnmf.claims.claim import PROJECT, Claim, Finding, Measurement, at_least, at_most, exact, measured_on
from starnmf.claims.statistics import decay, share, slope
from starnmf.results.table import rows_where
from starnmf.theory import tables

LEAST_SIZES = 3
"""Sizes that a trend is read from."""

LEAST_ENTRIES = 4
"""Entries observed on average from which on a share counts for its decay: those of the smallest full matrix."""

RARE = 0.001
"""Share of segments up to which the others are so "with high probability"."""

RARE_REASON = "the theorems give constants no value; 0.001 is what the default run can tell from 0"

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
def _misprint(table: pd.DataFrame, name: str, corrected: str) -> Iterable[Finding]:
    """A formula as printed; beside it, what becomes of it `corrected`."""
    right, printed = (rows_where(table, identity=f"{name}-{form}") for form in ("right", "printed"))
    if not (right.empty or printed.empty):
        failures = f"{right['failures'].iloc[0]:.0f} of {right['cases'].iloc[0]:.0f} fail"
        yield Finding(_failures(printed), printed, reason=f"{corrected}, {failures}; inequalities 3 and 9 are right")


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
def _decays(table: pd.DataFrame, kind: str, observed: float) -> Iterable[Finding]:
    rows = _half_normal(table, kind, observed)
    # With few entries observed the loss is trivially convex, and at first the share rises.
    rows = rows[rows["observed"] * rows["n"] * rows["m"] >= LEAST_ENTRIES]
    if len(rows) >= LEAST_SIZES:
        measured = decay(rows["n"], rows["alpha_negative"], rows["trials"], RARE, rows["r"] / rows["n"] ** 0.5)
        yield Finding(measured, rows, reason=f"n from {rows['n'].min()} to {rows['n'].max()}")


@measured_on(tables.CONVEXITY)
def _control(table: pd.DataFrame) -> Iterable[Finding]:
    rows = rows_where(table, distribution="normal", kind="random-planted", observed=1.0)
    if not rows.empty:
        last = rows.sort_values("n").iloc[-1]
        reason = f"at n = {last['n']}; entries without a mean, which Assumption 1 forbids"
        yield Finding(share(int(last["alpha_negative"]), int(last["trials"])), last, reason=reason)


@measured_on(tables.CONVEXITY)
def _relative_deviation(table: pd.DataFrame, kind: str) -> Iterable[Finding]:
    rows = _half_normal(table, kind, 1.0).query("n >= 32")
    if len(rows) < LEAST_SIZES:
        return
    not_positive = rows[rows["alpha_mean"] <= 0]
    if not_positive.empty:
        yield Finding(slope(np.log(rows["n"]), np.log(rows["alpha_sd"] / rows["alpha_mean"])), rows)
    else:
        # Then sigma / mu means nothing, and alpha is not positive in the end.
        yield Finding(exact(np.inf, f"(the mean is not positive at n = {not_positive['n'].iloc[-1]})"), rows)


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
        scale = float(table["loss"].abs().max())
        negative = [has_negative_curvature(segment, scale) for _, segment in rows.groupby("line")]
        yield Finding(exact(sum(negative), f"(of {len(negative)} segments)"), rows)


def has_negative_curvature(segment: pd.DataFrame, scale: float = 0.0) -> bool:
    """Whether a loss sampled at even distances on a segment has a second difference below zero, beyond rounding.

    Rounding is that of the largest loss on the segment, or of `scale`, a loss elsewhere, if that is larger: along a
    valley the loss is nothing but rounding.
    """
    losses = segment.sort_values("lambda")["loss"].to_numpy()
    return bool((np.diff(losses, 2) < -1e-9 * max(np.abs(losses).max(), scale)).any())


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
    base, least = ("n", 1 / 3) if observed == 1 else ("r", 1 / 6)
    yield Claim(
        f"theory-convex-{kind}-{observed:g}",
        where,
        f"The loss is convex on segments {points} with high probability{entries}",
        "share of segments with loss'' < 0 on [0, 1], at the largest n",
        at_most(RARE),
        _at_largest("alpha_negative", kind, observed),
        limit_reason=RARE_REASON,
    )
    yield Claim(
        f"theory-convex-{kind}-{observed:g}-decay",
        where,
        f"{points.capitalize()}, the probability of negative curvature falls at least as exp(-c {base}^(1/3)){entries}",
        "exponent s of exp(-c n^s) fitted to the share of segments with negative curvature; r is sqrt(n)",
        at_least(least),
        _decays(kind, observed),
        f"exp(-c {base}^(1/3))",
    )


def _theorem_claims(kind: str, points: str) -> Iterable[Claim]:
    for observed in (1.0, 0.3, 0.1):
        yield from _convexity_claims(kind, points, observed)
    yield Claim(
        f"theory-inequality-9-{kind}",
        "eq. 9",
        f"Inequality 9, convexity on the whole line, holds with high probability {points}",
        "share of segments for which inequality 9 fails, at the largest n",
        at_most(RARE),
        _at_largest("inequality_9_fails", kind, 1.0),
        limit_reason=RARE_REASON,
    )
    yield Claim(
        f"theory-concentration-{kind}",
        "section 4.2",
        f"The curvature alpha concentrates around its mean as matrices grow, {points}",
        "slope of log(sigma / mu) of alpha against log n, from n = 32 on",
        at_most(-0.1),
        _relative_deviation(kind),
        limit_reason="how fast is not said; a slower power is not told from a plateau",
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
        _misprint("square", "with halves, ((a x + b/2)^2 + (a c - b^2/4)) / a"),
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
    Claim(
        "theory-fact-9-factor",
        "Fact 9",
        "X''(lambda) = (U1 - U2)(V1 - V2)",
        FAILURES,
        at_most(0),
        _misprint("fact-9", "with the factor 2 that the derivative has"),
    ),
    *theory_expectations.MEANS,
    Claim(
        "theory-mean-term-needed",
        PROJECT,
        "Theorem 3 rests on the mean term that its proof drops: without a mean, planted segments do not become convex",
        "share of planted segments with loss'' < 0 on [0, 1], entries of both signs",
        at_least(0.05),
        _control(),
        limit_reason="a share that does not go to 0",
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
    *theory_laws.CLAIMS,
)
"""Every claim about the planted model, in the paper's order."""
