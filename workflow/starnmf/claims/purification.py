"""Claims of Li, Liang and Risteski (2016) that are measured on runs of its algorithm."""

from collections.abc import Callable, Iterable

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
    exact,
    measured_on,
    within,
)
from starnmf.claims.statistics import mean, slope
from starnmf.companions.purification import tables
from starnmf.companions.purification.algorithm import THRESHOLD
from starnmf.companions.purification.conditions import REQUIRED_IMBALANCE
from starnmf.companions.purification.floors import EXAMPLES, MIDDLE
from starnmf.companions.purification.model import WARM_START
from starnmf.companions.purification.potential import BETA, coupled_contraction
from starnmf.companions.purification.potential import STEP_SIZE as PROOF_STEP_SIZE
from starnmf.results.table import rows_where

RECOVERED = 1e-3
"""The error |A^ - A*|_1 up to which features count as recovered."""

ABSOLUTE_CONSTANT = 0.3
"""A value of the theorems' constant G, which they do not give."""


CONVERGENT: dict[str, object] = {"decoding": "relu", "threshold": THRESHOLD}


@measured_on(tables.CONVERGENCE)
def _along(table: pd.DataFrame, column: str, pick: Callable[[pd.Series], float]) -> Iterable[Finding]:
    """The extreme of a column along all iterations with the ReLU, for each number of features."""
    for (n, s), rows in rows_where(table, **CONVERGENT).dropna(subset=[column]).groupby(["n", "s"]):
        how = f"(all iterations of {rows[['start', 'trial']].drop_duplicates().shape[0]} runs)"
        yield Finding(exact(pick(rows[column]), how), rows, case=f"n = {n}, s = {s:g}")


@measured_on(tables.CONVERGENCE)
def _at_end(table: pd.DataFrame, /, pick: Callable[[pd.Series], float], **where: object) -> Iterable[Finding]:
    rows = rows_where(table, **where)
    last = rows[rows["iteration"] == rows["iteration"].max()]
    if not last.empty:
        how = f"({len(last)} runs of {last['iteration'].iloc[0]:,} iterations)"
        yield Finding(exact(pick(last["error"]), how), last)


@measured_on(tables.CONVERGENCE)
def _rate(table: pd.DataFrame) -> Iterable[Finding]:
    """By how much the slowest start's contraction differs from 1 - eta (1 - q / (1 - alpha))."""
    rows = rows_where(table, start="rotating", **CONVERGENT)
    rows = rows[rows["n"] == rows_where(table, **CONVERGENT)["n"].min()].dropna(subset=["contraction"])
    if not rows.empty:
        row = rows.sort_values("iteration").iloc[-1]
        predicted = 1 - PROOF_STEP_SIZE * (1 - row["s"] / row["n"] / (1 - THRESHOLD))
        measured = row["contraction"]
        reason = f"{measured:.6f} against {predicted:.6f} per iteration"
        yield Finding(exact(abs(measured - predicted) / PROOF_STEP_SIZE, "(exact)"), rows, reason=reason)


@measured_on(tables.CONDITIONS)
def _recovered_up_to(table: pd.DataFrame, /, **where: object) -> Iterable[Finding]:
    """The largest value of a condition up to which every trial recovers the features."""
    rows = rows_where(table, **where)
    if not rows.empty:
        largest = rows.groupby("value")["error"].max()
        lost = largest.index[largest > RECOVERED]
        found = largest.index[largest.index < lost.min()] if len(lost) else largest.index
        reason = f"the next value tried, {lost.min():g}, is too large" if len(lost) else "no larger value was tried"
        yield Finding(exact(found.max() if len(found) else 0.0, f"({len(rows)} runs)"), rows, reason=reason)


@measured_on(tables.CONDITIONS)
def _imbalance(table: pd.DataFrame) -> Iterable[Finding]:
    rows = rows_where(table, preprocessing="balancing")
    if not rows.empty:
        before = f"up to {rows['value'].max():g} before"
        yield Finding(exact(rows["imbalance"].max(), f"({len(rows)} runs)"), rows, reason=before)


@measured_on(tables.CONDITIONS)
def _balanced_error(table: pd.DataFrame) -> Iterable[Finding]:
    """After balancing, for starts as section 6 asks for them, E >= 0, and for others."""
    for start, rows in rows_where(table, preprocessing="balancing").groupby("start"):
        regime = "E >= 0" if start == "positive" else "E of drawn signs"
        yield Finding(exact(rows["error"].max(), f"({len(rows)} runs)"), rows, case=regime)


def _all_sizes(table: pd.DataFrame, noise: str) -> pd.DataFrame:
    """Runs with the number of examples that every size was tried with."""
    return rows_where(table, samples=EXAMPLES, pseudo_inverse="least-infinity", noise=noise)


@measured_on(tables.FLOORS)
def _within_bound(table: pd.DataFrame, noise: str) -> Iterable[Finding]:
    """max(|E|_1, |N|_1) in units of c = strength / G, over all strengths for which c <= 1."""
    rows = _all_sizes(table, noise).query("strength <= @ABSOLUTE_CONSTANT")
    if not rows.empty:
        ratio = rows[["off_diagonal", "outside"]].max(axis=1) / (rows["strength"] / ABSOLUTE_CONSTANT)
        by_size = ", ".join(f"{value:.2g} at n = {n}" for n, value in ratio.groupby(rows["n"]).max().items())
        reason = f"with G = {ABSOLUTE_CONSTANT}, sampling error included; {by_size}"
        yield Finding(exact(ratio.max(), f"(largest of {len(rows)} runs)"), rows, reason=reason)


@measured_on(tables.FLOORS)
def _diagonal_under_noise(table: pd.DataFrame) -> Iterable[Finding]:
    for noise in ("adversarial", "unbiased"):
        rows = _all_sizes(table, noise).query("strength <= @ABSOLUTE_CONSTANT")
        if not rows.empty:
            smallest = exact(rows["smallest_diagonal"].min(), f"(smallest of {len(rows)} runs)")
            yield Finding(smallest, rows, case=f"{noise} noise")


@measured_on(tables.FLOORS)
def _error_by_noise(table: pd.DataFrame, noise: str, power: float) -> Iterable[Finding]:
    """The normalized error in units of |nu|_1 / n^power, signal |A* x*|_1 = 1, at strength 1."""
    rows = _all_sizes(table, noise).query("strength == 1")
    if not rows.empty:
        ratio = rows["error"] * rows["n"] ** power / rows["relative_noise"]
        noises = f"|nu|_1 is {rows['relative_noise'].min():.2g} to {rows['relative_noise'].max():.2g} of the signal"
        yield Finding(exact(ratio.max(), f"(largest of {len(rows)} runs)"), rows, reason=noises)


@measured_on(tables.FLOORS)
def _samples(table: pd.DataFrame) -> Iterable[Finding]:
    """The slope of log error against log samples without noise."""
    rows = rows_where(table, n=MIDDLE, pseudo_inverse="least-infinity", noise="none")
    if rows["samples"].nunique() > 2:
        yield Finding(slope(np.log(rows["samples"]), np.log(rows["error"])), rows)


@measured_on(tables.FLOORS)
def _left_inverses(table: pd.DataFrame) -> Iterable[Finding]:
    """The error with the inverse of least infinity norm in units of that with the Moore-Penrose inverse."""
    with_noise = rows_where(table, n=MIDDLE, samples=EXAMPLES).query("strength > 0")
    for (noise, _), rows in with_noise.groupby(["noise", "strength"]):
        strength = float(rows["strength"].iloc[0])
        errors = rows.pivot_table(index="trial", columns="pseudo_inverse", values="error")
        if {"least-infinity", "moore-penrose"} <= set(errors):
            logarithm = mean(np.log(errors["least-infinity"] / errors["moore-penrose"]), "paired run")
            ratio, low, high = (float(np.exp(part)) for part in (logarithm.value, logarithm.low, logarithm.high))
            allowed = "as the theorems allow" if strength <= ABSOLUTE_CONSTANT else "more than the theorems allow"
            yield Finding(
                Measurement(ratio, low, high, f"(geometric mean, {logarithm.how.strip('()')})"),
                rows,
                case=f"{noise} noise of strength {strength:g}",
                reason=f"{allowed} with G = {ABSOLUTE_CONSTANT}",
            )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "purification-potential",
        "Theorem 1, section 5.2",
        "The coupled potential falls by at least 1 - eta / 25 in every iteration",
        f"largest ratio of consecutive potentials, {BETA:g} for beta",
        at_most(coupled_contraction(PROOF_STEP_SIZE)),
        _along("contraction", max),
        paper_value="1 - eta / 25",
    ),
    Claim(
        "purification-recurrence-positive",
        "section 5.2",
        "a' <= (1 - 3 eta / 25) a + 7 eta b",
        "largest excess, in units of eta and the potential",
        at_most(0),
        _along("excess_positive", max),
    ),
    Claim(
        "purification-recurrence-negative",
        "section 5.2",
        "b' <= (1 - 24 eta / 25) b + eta a / 100; by its closed form it needs s / n <= (1 - alpha) / 100",
        "largest excess, in units of eta and the potential",
        at_most(0),
        _along("excess_negative", max),
    ),
    Claim(
        "purification-diagonal",
        "section 5.2, claim (1)",
        "Sigma stays at or above (1 - l) I",
        "smallest Sigma_ii",
        at_least(1 - WARM_START),
        _along("smallest_diagonal", min),
        paper_value="1 - l",
    ),
    Claim(
        "purification-rate",
        PROJECT,
        "Once the threshold removes all errors, the slowest ones fall by 1 - eta (1 - (s/n) / (1 - alpha))",
        "difference of the measured contraction, in units of eta",
        at_most(1e-3),
        _rate(),
        limit_reason="a thousandth of the step",
    ),
    Claim(
        "purification-recovery",
        "Theorems 1 and 6",
        "Without noise the features are recovered up to any error, at a geometric rate",
        "|A^ - A*|_1 in the end",
        at_most(1e-6),
        _at_end(max, **CONVERGENT),
        limit_reason="any error is meant; one in a million, after the iterations that were run",
    ),
    Claim(
        "purification-relu",
        "section 5.1",
        "Without the ReLU the algorithm fails",
        "smallest |A^ - A*|_1 in the end",
        above(RECOVERED),
        _at_end(min, decoding="linear"),
        limit_reason="an error that does not vanish; features count as recovered up to it",
    ),
    Claim(
        "purification-warm-start",
        "Theorem 1, remark",
        "A constant warm start, l = 1/10, is sufficient",
        "largest |E|_s of a start from which the features are recovered",
        at_least(WARM_START),
        _recovered_up_to(condition="warm-start", decoding="relu", threshold=THRESHOLD),
        paper_value="1/10",
    ),
    Claim(
        "purification-sparsity",
        "section 6",
        "Sparsity may be linear: s <= G n",
        "largest s / n at which the features are recovered; by the closed rate it is below 1 - alpha",
        at_least(0.1),
        _recovered_up_to(condition="sparsity", law="bernoulli"),
        limit_reason="the constant G is not given; one active feature of ten",
    ),
    Claim(
        "purification-laws",
        "Theorem 6",
        "The weights need not be 0 or 1",
        "largest probability of weights 1/2 or 1 at which the features are recovered",
        at_least(0.1),
        _recovered_up_to(condition="sparsity", law="graded"),
        limit_reason="the constant G is not given; one active feature of ten",
    ),
    Claim(
        "purification-imbalance",
        "Theorem 6",
        "Second moments of the weights may differ by a factor of 2",
        "largest such factor at which the features are recovered, without pre-processing",
        at_least(REQUIRED_IMBALANCE),
        _recovered_up_to(condition="imbalance", preprocessing="none"),
        paper_value="2",
    ),
    Claim(
        "purification-balancing",
        "section 6",
        "The pre-processing brings the weights' second moments within a factor of 2 (by the method of this project)",
        "largest over smallest second moment after it",
        at_most(REQUIRED_IMBALANCE),
        _imbalance(),
        paper_value="2",
    ),
    Claim(
        "purification-balanced",
        "section 6",
        "After balancing the features are recovered",
        "|A^ - A*|_1 in the end",
        at_most(RECOVERED),
        _balanced_error(),
        limit_reason="features count as recovered up to it",
    ),
    *(
        Claim(
            f"purification-floor-{noise}",
            where,
            f"Under {noise} noise of C_nu = {level} for c <= 1, |E|_1 and |N|_1 end at most at c",
            "largest max(|E|_1, |N|_1) / c",
            at_most(1),
            _within_bound(noise),
        )
        for noise, where, level in (
            ("adversarial", "Theorems 1 and 6", "G c / max(m, n |(A*)^+|_inf)"),
            ("unbiased", "Theorems 2 and 7", "G c sqrt(n) / max(m, n |(A*)^+|_inf)"),
        )
    ),
    Claim(
        "purification-floor-diagonal",
        "Theorems 1 and 2",
        "Under such noise Sigma ends at or above (1 - l) I",
        "smallest Sigma_ii",
        at_least(1 - WARM_START),
        _diagonal_under_noise(),
        paper_value="1 - l",
    ),
    Claim(
        "purification-adversarial-error",
        "Theorem 1, remark",
        "The final error is of the order of the adversarial noise in one data point",
        "|A^ - A*|_1 in units of |nu|_1 / E|A* x*|_1",
        at_most(2),
        _error_by_noise("adversarial", 0.0),
        limit_reason="the order is meant; a factor of 2",
    ),
    Claim(
        "purification-unbiased-error",
        "Theorem 2, remark",
        "The final error is of the order of 1 / sqrt(n) of the unbiased noise in one data point",
        "|A^ - A*|_1 in units of |nu|_1 / E|A* x*|_1 / sqrt(n)",
        at_most(2),
        _error_by_noise("unbiased", 0.5),
        limit_reason="the order is meant; a factor of 2",
    ),
    Claim(
        "purification-samples",
        PROJECT,
        "With finite samples the error falls as one over the square root of their number",
        "slope of log error against log samples",
        within(-0.65, -0.35),
        _samples(),
        paper_value="poly",
        limit_reason="an exponent of -1/2; a third and a fourth root are outside",
    ),
    Claim(
        "purification-left-inverse",
        "section 4",
        "The pseudo-inverse of least infinity norm is the more robust one against noise",
        "error with it in units of that with the Moore-Penrose inverse",
        at_most(1.02),
        _left_inverses(),
        limit_reason="as robust, but for 2 %",
    ),
)
