"""Claims of the slides on matrix recovery under restricted isometry (Zhang, Josz, Sojoudi and Lavaei, 2018)."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

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
    extreme,
    measured_on,
    within,
)
from starnmf.claims.statistics import share
from starnmf.companions.isometry import tables
from starnmf.companions.isometry.counterexample import INTERPRETATIONS
from starnmf.results.table import rows_where
from starnmf.statistics import Z

READING = next(iter(INTERPRETATIONS))
"""The reading of the damaged matrices that claims are measured on."""

ROUNDING = 1e-6
"""What semidefinite programs are accurate to."""

STEPS, LEARNING_RATE, MOMENTUM, THRESHOLD = 1000, 1e-3, 0.9, 0.1
"""How the slides' run is read, which they do not print: usual values, kept because they give the printed rate."""

SETTINGS = f"{STEPS:,} steps of {LEARNING_RATE:g}, momentum {MOMENTUM:g} (none are printed; kept because they fit)"

PRINTED_FAILURES, PRINTED_STARTS = 12_053, 100_000
"""100,000 trials less the 87,947 that the slides count as successful."""

LARGEST_Z = 4.0
"""Standard errors that two shares of the same thing may be apart."""


@measured_on(tables.COUNTEREXAMPLE)
def _quantity(table: pd.DataFrame, quantity: str) -> Iterable[Finding]:
    rows = rows_where(table, quantity=quantity)
    others = "; ".join(
        f"under {reading}: {value:.4g}"
        for reading, value in rows[["reading", "value"]].itertuples(index=False)
        if reading != READING
    )
    for value in rows_where(rows, reading=READING)["value"]:
        yield Finding(exact(value, f"(matrices read with {READING})"), rows, reason=others)


@measured_on(tables.COUNTEREXAMPLE)
def _falls(table: pd.DataFrame) -> Iterable[Finding]:
    rows = table[(table["reading"] == READING) & table["quantity"].str.startswith("fall-")]
    if not rows.empty:
        values = rows.set_index(rows["quantity"].str.removeprefix("fall-"))["value"]
        by_radius = ", ".join(f"{value:.2g} at {radius}" for radius, value in values.items())
        reason = f"{by_radius}; f falls as -6 a^4 along x + (a, -sqrt(2) a^2), where the Hessian is 0"
        yield Finding(exact(values.max(), "(largest over the circles)"), rows, reason=reason)


@measured_on(tables.COUNTEREXAMPLE)
def _distortion(table: pd.DataFrame) -> Iterable[Finding]:
    for _, row in rows_where(table, quantity="distortion").iterrows():
        reason = "sqrt(1 - 1/5) = 0.894 and sqrt(1 + 1/5) = 1.095: lengths are shortened by more than 10 %"
        yield Finding(exact(row["value"], "(by arithmetic)"), row, reason=reason)


def _runs(table: pd.DataFrame, **where: object) -> pd.DataFrame:
    return rows_where(table, momentum=MOMENTUM, learning_rate=LEARNING_RATE, threshold=THRESHOLD, **where)


@measured_on(tables.DESCENT)
def _failures(table: pd.DataFrame) -> Iterable[Finding]:
    for _, row in _runs(table, gradient="stochastic", steps=STEPS).iterrows():
        by_threshold = rows_where(table, **row[["gradient", "momentum", "learning_rate", "steps"]])
        others = ", ".join(
            f"{hits / n:.3g} above {threshold:g}"
            for threshold, hits, n in by_threshold[["threshold", "failures", "starts"]].to_numpy()
        )
        yield Finding(share(int(row["failures"]), int(row["starts"])), row, reason=f"by error: {others}")


@measured_on(tables.DESCENT)
def _against_printed(table: pd.DataFrame) -> Iterable[Finding]:
    for _, row in _runs(table, gradient="stochastic", steps=STEPS).iterrows():
        measured, printed = row["failures"] / row["starts"], PRINTED_FAILURES / PRINTED_STARTS
        pooled = (row["failures"] + PRINTED_FAILURES) / (row["starts"] + PRINTED_STARTS)
        error = np.sqrt(pooled * (1 - pooled) * (1 / row["starts"] + 1 / PRINTED_STARTS))
        how = f"({row['failures']:.0f} of {row['starts']:.0f} against {PRINTED_FAILURES} of {PRINTED_STARTS})"
        yield Finding(exact(abs(measured - printed) / error, how), row)


@measured_on(tables.DESCENT)
def _at_last(table: pd.DataFrame, gradient: str) -> Iterable[Finding]:
    rows = _runs(table, gradient=gradient).sort_values("steps")
    if not rows.empty:
        by_steps = ", ".join(
            f"{steps:.0f}: {hits / n:.3g}" for steps, hits, n in rows[["steps", "failures", "starts"]].to_numpy()
        )
        last = rows.iloc[-1]
        measured = share(int(last["failures"]), int(last["starts"]))
        yield Finding(measured, last, reason=f"share by steps: {by_steps}")


@measured_on(tables.DESCENT)
def _fewer_with_noise(table: pd.DataFrame) -> Iterable[Finding]:
    """The failures of single measurements less those of their mean, after the most steps, from the same starts."""
    last = [_runs(table, gradient=gradient).sort_values("steps").tail(1) for gradient in ("stochastic", "mean")]
    if all(len(row) for row in last):
        single, mean = (row.iloc[0] for row in last)
        shares = [row["failures"] / row["starts"] for row in (single, mean)]
        error = np.sqrt(sum(p * (1 - p) / single["starts"] for p in shares))
        value = shares[0] - shares[1]
        measured = Measurement(value, value - Z * error, value + Z * error, "(95 % Wald interval)")
        yield Finding(measured, single, reason=f"{shares[0]:.3g} against {shares[1]:.3g}")


@measured_on(tables.PAIRS)
def _without_counterexample(table: pd.DataFrame) -> Iterable[Finding]:
    rows = rows_where(table, kind="random", r=1)
    # Of pairs so close to collinear that delta must be within rounding of 1, a program cannot tell.
    decided = rows[rows["first_order_bound"] < 1 - ROUNDING]
    if not decided.empty:
        strict = (decided["strict_curvature"] > 0) & (decided["strict_delta"] < 1)
        holds = strict & (decided["delta"] >= 1 / 2 - ROUNDING)
        reason = f"{len(rows) - len(decided)} more are too close to collinear to tell"
        yield Finding(exact((~holds).sum(), f"(of {len(decided)} random pairs)"), decided, reason=reason)


@measured_on(tables.PAIRS)
def _bound(table: pd.DataFrame) -> Iterable[Finding]:
    excess = table["delta"] - table["first_order_bound"]
    reason = f"met on {100 * (excess < ROUNDING).mean():.0f} % of the pairs: there the Hessian asks for nothing more"
    yield Finding(exact(excess.min(), f"(smallest of {len(table)} pairs)"), table, reason=reason)


@measured_on(tables.STARTS)
def _failures_from(table: pd.DataFrame, instance: str, gamma: float) -> Iterable[Finding]:
    """The share of failures from one gamma, for each kind of step (as the regime)."""
    for _, row in rows_where(table, instance=instance, gamma=gamma).iterrows():
        yield Finding(
            share(int(row["failures"]), int(row["trials"])),
            row,
            case="single measurements" if row["gradient"] == "stochastic" else "mean gradient",
            reason=f"an instance of this project with delta = {row['delta']:.3g}: the slides do not print theirs",
        )


SHARE = "share of starts that fail"

ROUNDED = 0.005
"""What 100 % and 0 % may be off by."""

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "isometry-distortion",
        "slide 11",
        "1/5-RIP preserves lengths with less than 10 % distortion",
        "largest relative change of a length, at the best scale",
        below(0.1),
        _distortion(),
        paper_value="from 0.9 to 1.1",
    ),
    Claim(
        "isometry-rip",
        "slide 17",
        "The counterexample satisfies 1/2-RIP",
        "smallest delta, up to scale",
        within(0.5 - 1e-12, 0.5 + 1e-12),
        _quantity("rip-constant"),
        paper_value="1/2",
    ),
    Claim(
        "isometry-gradient",
        "slide 18",
        "At x = (0, 1/sqrt(2)) the gradient is 0",
        "norm of the gradient",
        at_most(1e-12),
        _quantity("gradient"),
    ),
    Claim(
        "isometry-hessian",
        "slide 18",
        "At x = (0, 1/sqrt(2)) the Hessian is positive semidefinite",
        "smallest eigenvalue of the Hessian",
        at_least(-1e-12),
        _quantity("smallest-curvature"),
    ),
    Claim(
        "isometry-local-minimum",
        "slide 18",
        "x = (0, 1/sqrt(2)) is a local minimum",
        "smallest f - f(x) on circles around x",
        at_least(0),
        _falls(),
    ),
    Claim(
        "isometry-failure-rate",
        "slides 18, 19",
        "SGD on the counterexample has a failure rate of 12 %",
        f"{SHARE}, {SETTINGS}",
        within(0.115, 0.125),
        _failures(),
        paper_value="12 %",
    ),
    Claim(
        "isometry-successes",
        "slides 18, 19",
        "87,947 of 100,000 trials with SGD are successful",
        f"standard errors between the measured share and theirs, {SETTINGS}",
        at_most(LARGEST_Z),
        _against_printed(),
        paper_value="87,947",
    ),
    Claim(
        "isometry-failures-last",
        PROJECT,
        "SGD stays at x, though it is no local minimum: many starts still fail after the most steps tried",
        f"{SHARE} after the most steps",
        at_least(0.05),
        _at_last("stochastic"),
    ),
    Claim(
        "isometry-noise",
        PROJECT,
        "It is the noise of single measurements that holds them: descent along their mean fails less often",
        "difference of the shares that fail after the most steps",
        above(0),
        _fewer_with_noise(),
    ),
    Claim(
        "isometry-one-fifth",
        "slides 6 to 14",
        "If delta < 1/5, there are no spurious local minima",
        "smallest delta for which any pair has one",
        at_least(0.2),
        extreme(tables.PAIRS, "delta", "smallest", "pairs"),
        paper_value="1/5",
    ),
    Claim(
        "isometry-one-half",
        "Theorem 2, slides 16, 25",
        "If delta < 1/2 and r = 1, there are no spurious local minima",
        "smallest delta for which a pair has one",
        at_least(0.5 - ROUNDING),
        extreme(tables.PAIRS, "delta", "smallest", "pairs", r=1),
        paper_value="1/2",
    ),
    Claim(
        "isometry-conjecture",
        "slides 24, 26",
        "If delta < 1/2, there are no spurious local minima (conjecture; here r = 2)",
        "smallest delta for which a pair has one",
        at_least(0.5 - ROUNDING),
        extreme(tables.PAIRS, "delta", "smallest", "pairs", r=2),
        paper_value="1/2",
    ),
    Claim(
        "isometry-everywhere",
        "Theorem 1, slides 22, 23",
        "All x, z that are not collinear have a counterexample with 1/2 <= delta < 1",
        "pairs without a kernel of delta < 1 that makes x a strict local minimum, or with one of delta < 1/2",
        at_most(0),
        _without_counterexample(),
    ),
    Claim(
        "isometry-arbitrary-truth",
        "slide 20",
        "The counterexample generalizes to any ground truth of rank 1",
        "|delta - 1/2| of x orthogonal to z with half its squared length",
        at_most(ROUNDING),
        extreme(
            tables.PAIRS,
            lambda rows: (rows["delta"] - 1 / 2).abs(),
            "largest",
            "random ground truths",
            kind="orthogonal",
        ),
        paper_value="1/2",
    ),
    Claim(
        "isometry-first-order-bound",
        PROJECT,
        "No kernel has a smaller delta than Wielandt's inequality allows",
        "smallest excess of delta over the bound",
        at_least(-ROUNDING),
        _bound(),
    ),
    *(
        Claim(
            f"isometry-example-{number}-near",
            slides,
            f"Example {number} (on an instance of this project): starts at the spurious local minimum fail",
            SHARE,
            at_least(1 - ROUNDED),
            _failures_from(instance, 0.0),
            paper_value="100 %",
        )
        for number, slides, instance in ((1, "slides 30 to 32", "oblique"), (2, "slide 33", "orthogonal"))
    ),
    Claim(
        "isometry-example-1-far",
        "slides 30 to 32",
        "Example 1 (on an instance of this project): Gaussian starts succeed, in spite of the spurious local minimum",
        SHARE,
        at_most(ROUNDED),
        _failures_from("oblique", 1.0),
        paper_value="0 %",
    ),
    Claim(
        "isometry-example-2-far",
        "slide 33",
        "Example 2 (on an instance of this project): of Gaussian starts less than 95 % succeed",
        SHARE,
        above(0.05),
        _failures_from("orthogonal", 1.0),
        paper_value="above 5 %",
    ),
)
