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
    around,
    at_least,
    at_most,
    below,
    exact,
    extreme,
    measured_on,
    within,
)
from starnmf.claims.statistics import LARGEST_Z, share, share_difference
from starnmf.companions.isometry import tables
from starnmf.companions.isometry.counterexample import INTERPRETATIONS
from starnmf.companions.isometry.tables import PRINTED_FAILURES, PRINTED_STARTS
from starnmf.results.table import rows_where

READING = next(iter(INTERPRETATIONS))
"""The reading of the damaged matrices that claims are measured on."""

ROUNDING = 1e-6
"""What semidefinite programs are accurate to."""

PRINTED_ERROR = (PRINTED_FAILURES / PRINTED_STARTS * (1 - PRINTED_FAILURES / PRINTED_STARTS) / PRINTED_STARTS) ** 0.5
"""Standard error of the printed share."""

SHARE = "share of starts that fail"

NAMES = {"steps": "steps", "learning_rate": "learning rate", "momentum": "momentum", "threshold": "error above"}
"""Settings of stochastic gradient descent that the slides do not print, by their column."""


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
        reason = "sqrt(1 - 1/5) = 0.894 and sqrt(1 + 1/5) = 1.095, which the slide rounds to 0.9 and 1.1"
        yield Finding(exact(row["value"], "(by arithmetic)"), row, reason=reason)


@measured_on(tables.DESCENT)
def _failures(table: pd.DataFrame) -> Iterable[Finding]:
    """The range of the shares of failures over all settings that were tried, since the slides print none."""
    rows = rows_where(table, gradient="stochastic")
    if rows.empty:
        return
    shares = [share(int(row["failures"]), int(row["starts"])) for _, row in rows.iterrows()]
    values = np.array([one.value for one in shares])
    settings = ", ".join(f"{NAMES[name]} {_range(rows[name])}" for name in NAMES)
    low, high = min(one.low for one in shares), max(one.high for one in shares)
    printed = PRINTED_FAILURES / PRINTED_STARTS
    nearest = rows.iloc[int(np.abs(values - printed).argmin())]
    reason = (
        "the slides print none of these settings, and a setting that was chosen by the printed rate could not support "
        f"it; nearest to it: {float(nearest['failures'] / nearest['starts']):.4g} with "
        + ", ".join(f"{NAMES[name]} {nearest[name]:g}" for name in NAMES)
    )
    how = f"(lowest and highest of {len(rows)} settings, each with its 95 % Wilson interval: {settings})"
    yield Finding(Measurement(float(np.median(values)), low, high, how), rows, reason=reason)


def _range(values: pd.Series) -> str:
    """A setting's values: `0.9`, or `0 to 0.9`."""
    return f"{values.min():g}" if values.nunique() == 1 else f"{values.min():g} to {values.max():g}"


def _at_last(table: pd.DataFrame) -> pd.DataFrame:
    """The rows after the most steps."""
    rows = rows_where(table, threshold=tables.FAILED)
    last: pd.DataFrame = rows[rows["steps"] == rows["steps"].max()]
    return last


@measured_on(tables.DESCENT)
def _left_at_last(table: pd.DataFrame) -> Iterable[Finding]:
    """The share of failures after the most steps, for each momentum and learning rate."""
    for _, row in rows_where(_at_last(table), gradient="stochastic").iterrows():
        setting = f"momentum {row['momentum']:g}, learning rate {row['learning_rate']:g}"
        yield Finding(share(int(row["failures"]), int(row["starts"])), row, case=setting)


@measured_on(tables.DESCENT)
def _fewer_with_noise(table: pd.DataFrame) -> Iterable[Finding]:
    """The failures of single measurements less those of their mean, after the most steps, from the same starts."""
    for (momentum, rate), rows in _at_last(table).groupby(["momentum", "learning_rate"]):
        counts = {row["gradient"]: (int(row["failures"]), int(row["starts"])) for _, row in rows.iterrows()}
        if {"stochastic", "mean"} <= counts.keys():
            measured = share_difference(*counts["stochastic"], *counts["mean"])
            yield Finding(measured, rows, case=f"momentum {momentum:g}, learning rate {rate:g}")


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
    """The share of failures from one gamma, for each kind of step.

    At gamma = 0 descent along the mean gradient, which is 0 there, is no trial.
    """
    rows = rows_where(table, instance=instance, gamma=gamma)
    for _, row in rows[(rows["gradient"] == "stochastic") | (rows["gamma"] > 0)].iterrows():
        yield Finding(
            share(int(row["failures"]), int(row["trials"])),
            row,
            case="single measurements" if row["gradient"] == "stochastic" else "mean gradient",
            reason=f"an instance of this project with delta = {row['delta']:.3g}: the slides do not print theirs",
        )


ROUNDED = 0.005
"""What 100 % and 0 % may be off by."""

WHOLE_PERCENT = "the slides have whole percents"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "isometry-distortion",
        "slide 11",
        "1/5-RIP preserves lengths with less than 10 % distortion",
        "largest relative change of a length, at the best scale",
        below(0.1),
        _distortion(),
        paper_value="10 %, from 0.9 to 1.1",
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
        f"{SHARE}, over all settings that were tried",
        within(0.115, 0.125),
        _failures(),
        paper_value="12 %",
    ),
    Claim(
        "isometry-successes",
        "slides 18, 19",
        "87,947 of 100,000 trials with SGD are successful",
        f"{SHARE}, over all settings that were tried",
        around(PRINTED_FAILURES / PRINTED_STARTS, LARGEST_Z * PRINTED_ERROR),
        _failures(),
        paper_value="87,947",
        limit_reason=f"{LARGEST_Z:g} standard errors of a share of 100,000 trials",
    ),
    Claim(
        "isometry-failures-last",
        PROJECT,
        "SGD stays at x, though it is no local minimum: many starts still fail after the most steps tried",
        f"{SHARE} after the most steps, for each momentum and learning rate",
        at_least(0.05),
        _left_at_last(),
        limit_reason="how many are many is a choice: one in twenty",
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
            PROJECT,
            f"As in Example {number} of the slides, but on another instance: starts at the spurious local minimum fail",
            SHARE,
            at_least(1 - ROUNDED),
            _failures_from(instance, 0.0),
            paper_value="100 %",
            limit_reason=WHOLE_PERCENT,
        )
        for number, instance in ((1, "oblique"), (2, "orthogonal"))
    ),
    Claim(
        "isometry-example-1-far",
        PROJECT,
        "As in Example 1 of the slides (30 to 32), but on another instance: Gaussian starts succeed in spite of the "
        "spurious local minimum",
        SHARE,
        at_most(ROUNDED),
        _failures_from("oblique", 1.0),
        paper_value="0 %",
        limit_reason=WHOLE_PERCENT,
    ),
    Claim(
        "isometry-example-2-far",
        PROJECT,
        "As in Example 2 of the slides (33), but on another instance: of Gaussian starts less than 95 % succeed",
        SHARE,
        above(0.05),
        _failures_from("orthogonal", 1.0),
        paper_value="above 5 %",
    ),
)
