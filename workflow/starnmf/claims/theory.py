"""Claims of sections 2 and 3 and of Appendices D and E, measured on the planted model."""

from collections.abc import Iterable
from functools import partial

import numpy as np
import pandas as pd

from starnmf.claims.claim import Claim, Finding, Measurement, above, at_least, at_most, below, counted
from starnmf.claims.results import Results, files_of
from starnmf.claims.statistics import decay, share, slope
from starnmf.statistics import Z
from starnmf.theory import tables
from starnmf.theory.facts import FACTS

LARGEST_Z = 4.0
"""Standard errors that a true expectation may be off by."""

MARGIN = (1.01 / 0.99) ** 2
"""What the left side of equation 4 must have over the right so that deviations of 1 % do no harm, as the proof asks."""

LEAST_SIZES = 3
"""Sizes that a trend is read from."""

ASYMPTOTIC = 256
"""Smallest n at which Lemma 1's bound is tried: below it, constants rule."""


def _fact_claims() -> list[Claim]:
    return [
        Claim(
            id=f"theory-{fact.name}",
            where=fact.where,
            statement=fact.statement,
            metric="standard errors between the estimate and the paper's value",
            criterion=at_most(LARGEST_Z),
            table=tables.FACTS,
            measure=partial(_fact, fact.name),
            paper_value=fact.printed,
        )
        for fact in FACTS
    ]


def _fact(fact: str, results: Results) -> Iterable[Finding]:
    """One row for each entry distribution: the estimate, and how many standard errors it is off."""
    table = results[tables.FACTS]
    for _, row in table[table["fact"] == fact].iterrows():
        estimate = f"{row['estimate']:.4g} +- {row['standard_error']:.2g} against the paper's {row['paper']:.4g}"
        off = (row["estimate"] - row["exact"]) / row["standard_error"]
        yield Finding(
            counted(
                abs(row["estimate"] - row["paper"]) / row["standard_error"], f"({estimate}; {row['trials']:.0f} trials)"
            ),
            (row["file"],),
            dataset=row["distribution"],
            reason=f"the exact value is {row['exact']:.4g}, {off:+.1f} standard errors from the estimate",
        )


def _exact_expectations(results: Results) -> Iterable[Finding]:
    table = results[tables.FACTS]
    z = (table["estimate"] - table["exact"]) / table["standard_error"]
    yield Finding(counted(float(z.abs().max()), f"(largest of {len(table)} estimates)"), files_of(table))


def _counting(kind: str, mean_term: str, results: Results) -> Iterable[Finding]:
    """left / right of equation 4, with a delta-method interval, for each entry distribution."""
    table = results[tables.COUNTING]
    for _, row in table[(table["kind"] == kind) & (table["mean_term"] == mean_term)].iterrows():
        ratio = row["left"] / row["right"]
        error = ratio * np.hypot(row["left_error"] / row["left"], row["right_error"] / row["right"])
        yield Finding(
            Measurement(ratio, ratio - Z * error, ratio + Z * error, "(95 % delta-method interval)"),
            (row["file"],),
            dataset=row["distribution"],
            reason=f"exactly {row['left_exact']:.4g} against {row['right_exact']:.4g}; "
            f"by the paper's facts {row['left_paper']:.4g} against {row['right_paper']:.4g}",
        )


def _identity(identities: tuple[str, ...], results: Results) -> Iterable[Finding]:
    table = results[tables.IDENTITIES]
    rows = table[table["identity"].isin(identities)]
    if len(rows) == len(identities):
        how = f"(of {int(rows['cases'].sum())}; largest relative error {rows['largest_error'].max():.1g})"
        yield Finding(counted(float(rows["failures"].sum()), how), files_of(rows))


def _completed_square(results: Results) -> Iterable[Finding]:
    table = results[tables.IDENTITIES].set_index("identity")
    right = table.loc["square-right"]
    for finding in _identity(("square-printed",), results):
        reason = (
            f"with halves, ((a x + b/2)^2 + (a c - b^2/4)) / a, {right['failures']:.0f} of {right['cases']:.0f} fail; "
            "inequalities 3 and 9 use the right form"
        )
        yield Finding(finding.measurement, finding.evidence, reason=reason)


def _non_convex(kind: str, observed: float, results: Results) -> pd.DataFrame:
    table = results[tables.CONVEXITY]
    rows = table[
        (table["distribution"] == "half-normal") & (table["kind"] == kind) & np.isclose(table["observed"], observed)
    ]
    return rows.sort_values("n")


def _at_largest(column: str, kind: str, observed: float, results: Results) -> Iterable[Finding]:
    rows = _non_convex(kind, observed, results)
    if not rows.empty:
        last = rows.iloc[-1]
        by_size = ", ".join(
            f"{n:.0f}: {hits / trials:.2g}" for n, hits, trials in rows[["n", column, "trials"]].to_numpy()
        )
        yield Finding(share(int(last[column]), int(last["trials"])), (last["file"],), reason=f"share by n: {by_size}")


def _decays(kind: str, observed: float, base: str, results: Results) -> Iterable[Finding]:
    rows = _non_convex(kind, observed, results)
    # At first the share may rise: few entries observed are trivially convex. What counts is how it falls from then on.
    falling = rows.iloc[int(np.argmax(rows["alpha_negative"] / rows["trials"])) :]
    rows = falling if len(falling) >= LEAST_SIZES else rows
    if len(rows) >= LEAST_SIZES:
        measured = decay(rows[base] ** (1 / 3), rows["alpha_negative"], rows["trials"])
        yield Finding(measured, files_of(rows), reason=f"from n = {rows['n'].iloc[0]} on")


def _control(results: Results) -> Iterable[Finding]:
    table = results[tables.CONVEXITY]
    rows = table[(table["distribution"] == "normal") & (table["kind"] == "random-planted") & (table["observed"] == 1)]
    if not rows.empty:
        last = rows.sort_values("n").iloc[-1]
        yield Finding(
            share(int(last["alpha_negative"]), int(last["trials"])),
            (last["file"],),
            reason=f"at n = {last['n']}; entries without a mean, which Assumption 1 forbids",
        )


def _relative_deviation(kind: str, results: Results) -> Iterable[Finding]:
    rows = _non_convex(kind, 1.0, results)
    rows = rows[rows["n"] >= 16]
    if len(rows) >= LEAST_SIZES:
        ratio = rows["alpha_sd"] / rows["alpha_mean"]
        if (ratio > 0).all():
            yield Finding(slope(np.log(rows["n"]), np.log(ratio)), files_of(rows))


def _spread(results: Results) -> Iterable[Finding]:
    table = results[tables.CONCENTRATION]
    rows = table[table["quantity"] == "W2W2"]
    spread = rows.groupby("n")["value"].std()
    if len(spread) >= LEAST_SIZES:
        yield Finding(
            slope(np.log(spread.index), np.log(spread)), files_of(rows), reason="equation 5 needs -1/2 at most"
        )


def _largest_entry(quantities: tuple[str, ...], results: Results) -> Iterable[Finding]:
    """The power of r that the largest entry grows with, for each quantity."""
    table = results[tables.CONCENTRATION]
    for quantity in quantities:
        rows = table[(table["quantity"] == quantity) & (table["n"] >= ASYMPTOTIC)]
        if rows["n"].nunique() >= LEAST_SIZES:
            yield Finding(slope(np.log(rows["r"]), np.log(rows["value"])), files_of(rows), dataset=quantity)


def _profile(column: str, results: Results) -> Iterable[Finding]:
    table = results[tables.PROFILE]
    for kind, rows in table.groupby("kind"):
        z = (rows["mean"] - rows[column]).abs() / rows["standard_error"]
        how = f"(largest of {len(rows)} values of lambda and distributions)"
        yield Finding(counted(float(z.max()), how), files_of(rows), dataset=str(kind))


def _planted_lines(kind: str, results: Results) -> Iterable[Finding]:
    table = results[tables.PLANTED_LINES]
    rows = table[table["kind"] == kind]
    if not rows.empty:
        bent = [is_bent(line) for _, line in rows.groupby("line")]
        yield Finding(counted(sum(bent), f"(of {len(bent)} lines)"), files_of(rows))


def is_bent(line: pd.DataFrame) -> bool:
    """Whether a loss sampled at even distances along a line has a second difference below zero, beyond rounding."""
    losses = line.sort_values("lambda")["loss"].to_numpy()
    return bool((np.diff(losses, 2) < -1e-9 * np.abs(losses).max()).any())


def _star_convex(results: Results) -> Iterable[Finding]:
    table = results[tables.SURFACE]
    value = _surface(table)
    halves = [(x, y) for x, y in value if (x / 2, y / 2) in value]
    above_chord = [value[x / 2, y / 2] > 0.5 * (value[x, y] + value[0, 0]) * (1 + 1e-12) for x, y in halves]
    yield Finding(counted(sum(above_chord), f"(of {len(halves)} chords to (0, 0), at their middles)"), files_of(table))


def _convex(results: Results) -> Iterable[Finding]:
    table = results[tables.SURFACE]
    value = _surface(table)
    ends = [(x, y) for x, y in value if ((x + y) / 2, (x + y) / 2) in value and x != y]
    # The chord from (x, y) to (y, x), which the surface holds both.
    bent = [value[(x + y) / 2, (x + y) / 2] > value[x, y] * (1 + 1e-12) for x, y in ends]
    yield Finding(
        counted(sum(bent), f"(of {len(ends)} chords between mirrored points, at their middles)"), files_of(table)
    )


def _surface(table: pd.DataFrame) -> dict[tuple[float, float], float]:
    # Coordinates as whole numbers of 1/10000, so that halves are found again.
    return {
        (round(x * 1e4), round(y * 1e4)): float(value)
        for x, y, value in table[["x", "y", "value"]].itertuples(index=False)
    }


def _theorem_claims() -> list[Claim]:
    claims = []
    for kind, points in (
        ("random-random", "between random points"),
        ("random-planted", "towards the planted solution"),
    ):
        for observed in (1.0, 0.3, 0.1):
            theorem = (
                ("Theorems 1, 4" if kind == "random-random" else "Theorem 1")
                if observed < 1
                else ("Theorems 1, 2" if kind == "random-random" else "Theorems 1, 3")
            )
            entries = "" if observed == 1 else f", each entry observed with probability {observed:g}"
            base = "n" if observed == 1 else "r"
            name = f"theory-convex-{kind}-{observed:g}"
            claims += [
                Claim(
                    id=name,
                    where=theorem,
                    statement=f"Lines {points} are convex with high probability{entries}",
                    metric="share of lines with loss'' < 0 on [0, 1], at the largest n",
                    criterion=at_most(0.001),
                    table=tables.CONVEXITY,
                    measure=partial(_at_largest, "alpha_negative", kind, observed),
                ),
                Claim(
                    id=f"{name}-decay",
                    where=theorem,
                    statement=f"{points.capitalize()}, the probability of a line that is not convex falls at least as "
                    f"exp(-c {base}^(1/3)){entries}",
                    metric=f"c of exp(a - c {base}^(1/3)) fitted to the share of lines that are not convex",
                    criterion=above(0),
                    table=tables.CONVEXITY,
                    measure=partial(_decays, kind, observed, base),
                ),
            ]
        claims.append(
            Claim(
                id=f"theory-inequality-9-{kind}",
                where="eq. 9",
                statement=f"Inequality 9, convexity on the whole line, holds with high probability {points}",
                metric="share of lines on which inequality 9 fails, at the largest n",
                criterion=at_most(0.001),
                table=tables.CONVEXITY,
                measure=partial(_at_largest, "inequality_9_fails", kind, 1.0),
            )
        )
        claims.append(
            Claim(
                id=f"theory-concentration-{kind}",
                where="section 4.2",
                statement=f"The curvature alpha concentrates around its mean as matrices grow, {points}",
                metric="slope of log(sigma / mu) of alpha against log n",
                criterion=below(0),
                table=tables.CONVEXITY,
                measure=partial(_relative_deviation, kind),
            )
        )
    return claims


def _counting_claims() -> list[Claim]:
    cases = (
        (
            "random-random",
            "dropped",
            "eq. 4, 10",
            "64 / 48 = 1.333",
            "Between random points, terms of order r m n sigma^4",
        ),
        ("random-planted", "dropped", "App. D.4", "80 / 48 = 1.667", "Towards the planted solution, the same terms"),
        ("random-random", "kept", "eq. 4, 10", "", "Between random points, with the mean term, all terms"),
        (
            "random-planted",
            "kept",
            "App. D.4",
            "",
            "Theorem 3 survives without Fact 10: with the mean term that its proof drops, all terms",
        ),
    )
    return [
        Claim(
            id=f"theory-counting-{kind}-mean-{mean_term}",
            where=where,
            statement=f"{what} leave inequality 9 the room that deviations of 1 % need",
            metric="left / right of equation 4 at the measured means",
            criterion=at_least(MARGIN),
            table=tables.COUNTING,
            measure=partial(_counting, kind, mean_term),
            paper_value=paper_value,
        )
        for kind, mean_term, where, paper_value, what in cases
    ]


BENT = "lines with a negative second difference"
FAILURES = "cases in which it fails"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "theory-figure-2-star-convex",
        "Figure 2",
        "(|x|^p + |y|^p)^(1/p) is convex towards (0, 0)",
        "chords to (0, 0) below the surface",
        at_most(0),
        tables.SURFACE,
        _star_convex,
    ),
    Claim(
        "theory-figure-2-not-convex",
        "Figure 2",
        "(|x|^p + |y|^p)^(1/p) is not convex for 0 < p < 1",
        "chords below the surface",
        at_least(1),
        tables.SURFACE,
        _convex,
    ),
    Claim(
        "theory-counterexample",
        "section 3",
        "NMF with u1 = 1, u* = 0 and v1 = 0, v* = 1 is not star-convex",
        FAILURES,
        at_most(0),
        tables.IDENTITIES,
        partial(_identity, ("counterexample",)),
    ),
    Claim(
        "theory-figure-1-general",
        "Figure 1 a",
        "In general the loss is not convex along lines (here between equal minimizers)",
        BENT,
        at_least(1),
        tables.PLANTED_LINES,
        partial(_planted_lines, "minimizer-minimizer"),
    ),
    Claim(
        "theory-figure-1-planted",
        "Figure 1 b",
        "Lines towards the planted solution are convex, (100, 100), r = 10",
        BENT,
        at_most(0),
        tables.PLANTED_LINES,
        partial(_planted_lines, "random-planted"),
    ),
    Claim(
        "theory-figure-1-random",
        "Figure 1 c",
        "Lines between random points are convex, (100, 100), r = 10",
        BENT,
        at_most(0),
        tables.PLANTED_LINES,
        partial(_planted_lines, "random-random"),
    ),
    *_theorem_claims(),
    Claim(
        "theory-square",
        "section 3.1",
        "a x^2 + b x + c = ((a x + b)^2 + (a c - b^2)) / a",
        FAILURES,
        at_most(0),
        tables.IDENTITIES,
        _completed_square,
    ),
    Claim(
        "theory-equation-9",
        "eq. 3, 9",
        "Inequality 9 holds exactly where loss'' >= 0 everywhere",
        FAILURES,
        at_most(0),
        tables.IDENTITIES,
        partial(_identity, ("eq-9",)),
    ),
    Claim(
        "theory-equation-8",
        "eq. 8",
        "The four derivatives of the loss along a line",
        FAILURES,
        at_most(0),
        tables.IDENTITIES,
        partial(_identity, tuple(f"eq-8-{order}" for order in range(1, 5))),
    ),
    *_fact_claims(),
    Claim(
        "theory-exact-expectations",
        "this project",
        "Our exact expectations agree with the estimates",
        "standard errors between estimate and exact value",
        at_most(LARGEST_Z),
        tables.FACTS,
        _exact_expectations,
    ),
    *_counting_claims(),
    Claim(
        "theory-mean-term-needed",
        "this project",
        "Theorem 3 rests on the mean term that its proof drops: without a mean, planted lines do not become convex",
        "share of planted lines with loss'' < 0 on [0, 1], entries of both signs",
        at_least(0.05),
        tables.CONVEXITY,
        _control,
    ),
    Claim(
        "theory-equation-5",
        "eq. 5",
        "|W2|^2 / (r n^2) concentrates at least as fast as n^(-1/2)",
        "slope of the log standard deviation against log n",
        at_most(-0.5),
        tables.CONCENTRATION,
        _spread,
        "-1/2 or below",
    ),
    Claim(
        "theory-lemma-1",
        "Lemma 1",
        "The largest entry of X(lambda) - X, X' and X'' grows no faster than r^(2/3)",
        "slope of the log largest entry against log r",
        at_most(2 / 3),
        tables.CONCENTRATION,
        partial(_largest_entry, ("residual", "first", "second")),
        "2/3 or below",
    ),
    Claim(
        "theory-lemma-1-solution",
        "Lemma 1",
        "The largest entry of X itself grows no faster than r^(2/3)",
        "slope of the log largest entry against log r",
        at_most(2 / 3),
        tables.CONCENTRATION,
        partial(_largest_entry, ("solution",)),
        "2/3 or below",
    ),
    Claim(
        "theory-profile-exact",
        "this project",
        "The mean of loss''(lambda) follows our exact expectation along both kinds of line",
        "standard errors between mean and expectation",
        at_most(LARGEST_Z),
        tables.PROFILE,
        partial(_profile, "exact"),
    ),
    Claim(
        "theory-profile-printed",
        "App. D",
        "The mean of loss''(lambda) follows from Facts 5 to 8 and 10",
        "standard errors between mean and expectation",
        at_most(LARGEST_Z),
        tables.PROFILE,
        partial(_profile, "printed"),
    ),
)
"""Every claim about the planted model, in the paper's order."""
