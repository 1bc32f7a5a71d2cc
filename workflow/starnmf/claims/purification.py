"""Claims of "Recovery Guarantee of NMF via Alternating Updates" (Li, Liang and Risteski, 2016)."""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import pandas as pd

from starnmf.claims.claim import Claim, Finding, above, at_least, at_most, counted, within
from starnmf.claims.results import Results, files_of
from starnmf.claims.statistics import slope
from starnmf.companions.purification import tables
from starnmf.companions.purification.algorithm import THRESHOLD
from starnmf.companions.purification.conditions import REQUIRED_IMBALANCE
from starnmf.companions.purification.floors import EXAMPLES, MIDDLE
from starnmf.companions.purification.model import WARM_START
from starnmf.companions.purification.potential import STEP_SIZE as PROOF_STEP_SIZE
from starnmf.companions.purification.recurrences import coupled_contraction

ROUNDING = 1e-9

RECOVERED = 1e-3
"""The error |A^ - A*|_1 up to which features count as found."""

ABSOLUTE_CONSTANT = 0.3
"""A value of the theorems' constant G, of which they say only that there is one."""


def _statement(quantity: str, pick: Callable[[pd.Series], float], results: Results) -> Iterable[Finding]:
    """The largest or smallest value over the numbers of features."""
    table = results[tables.STATEMENTS]
    rows = table[table["quantity"] == quantity]
    if not rows.empty:
        by_size = ", ".join(f"{value:.3g} at n = {n:g}" for n, value in rows[["n", "value"]].to_numpy() if n)
        yield Finding(counted(float(pick(rows["value"])), "(exact)"), files_of(rows), reason=by_size)


def _difference(quantity: str, other: str, results: Results) -> Iterable[Finding]:
    table = results[tables.STATEMENTS]
    values = dict(zip(table["quantity"], table["value"], strict=True))
    if {quantity, other} <= values.keys():
        high, low = values[quantity], values[other]
        yield Finding(counted(high - low, "(exact)"), files_of(table), reason=f"{low:.4g} and {high:.4g}")


def _thresholded(results: Results) -> pd.DataFrame:
    table = results[tables.CONVERGENCE]
    return table[(table["decoding"] == "relu") & (table["threshold"] == THRESHOLD)]


def _along(column: str, pick: Callable[[pd.Series], float], results: Results) -> Iterable[Finding]:
    """The extreme of a column along all iterations with the ReLU, for each number of features."""
    for (n, s), rows in _thresholded(results).dropna(subset=[column]).groupby(["n", "s"]):
        how = f"(all iterations of {rows[['start', 'trial']].drop_duplicates().shape[0]} runs)"
        yield Finding(counted(float(pick(rows[column])), how), files_of(rows), regime=f"n = {n}, s = {s:g}")


def _at_end(decoding: str, pick: Callable[[pd.Series], float], results: Results) -> Iterable[Finding]:
    table = results[tables.CONVERGENCE]
    rows = _thresholded(results) if decoding == "relu" else table[table["decoding"] == decoding]
    last = rows[rows["iteration"] == rows["iteration"].max()]
    if not last.empty:
        how = f"({len(last)} runs of {last['iteration'].iloc[0]:,} iterations)"
        yield Finding(counted(float(pick(last["error"])), how), files_of(last))


def _rate(results: Results) -> Iterable[Finding]:
    """By how much the slowest start's contraction differs from 1 - eta (1 - q / (1 - alpha))."""
    rows = _thresholded(results)
    rows = rows[(rows["start"] == "rotating") & (rows["n"] == rows["n"].min())].dropna(subset=["contraction"])
    if not rows.empty:
        row = rows.sort_values("iteration").iloc[-1]
        predicted = 1 - PROOF_STEP_SIZE * (1 - row["s"] / row["n"] / (1 - THRESHOLD))
        measured = float(row["contraction"])
        reason = f"{measured:.6f} against {predicted:.6f} per iteration"
        yield Finding(counted(abs(measured - predicted) / PROOF_STEP_SIZE, "(exact)"), files_of(rows), reason=reason)


def _recovered_up_to(results: Results, **where: object) -> Iterable[Finding]:
    """The largest value of a condition up to which every trial recovers the features."""
    table = results[tables.CONDITIONS]
    rows = table[np.logical_and.reduce([table[column] == value for column, value in where.items()])]
    if not rows.empty:
        largest = rows.groupby("value")["error"].max()
        lost = largest.index[largest > RECOVERED]
        found = largest.index[largest.index < lost.min()] if len(lost) else largest.index
        reason = f"the next value tried, {lost.min():g}, is too much" if len(lost) else "no larger value was tried"
        value = float(found.max()) if len(found) else 0.0
        yield Finding(counted(value, f"({len(rows)} runs)"), files_of(rows), reason=reason)


def _balanced(results: Results) -> pd.DataFrame:
    table = results[tables.CONDITIONS]
    return table[table["preprocessing"] == "balancing"]


def _imbalance(results: Results) -> Iterable[Finding]:
    rows = _balanced(results)
    if not rows.empty:
        before = f"up to {rows['value'].max():g} before"
        yield Finding(counted(float(rows["imbalance"].max()), f"({len(rows)} runs)"), files_of(rows), reason=before)


def _balanced_error(results: Results) -> Iterable[Finding]:
    """After balancing, for starts as section 6 asks for them, E >= 0, and for others."""
    for start, rows in _balanced(results).groupby("start"):
        regime = "E >= 0" if start == "positive" else "E of drawn signs"
        yield Finding(counted(float(rows["error"].max()), f"({len(rows)} runs)"), files_of(rows), regime=regime)


def _full(results: Results, noise: str) -> pd.DataFrame:
    """The runs of every size with as many examples as all of them have."""
    table = results[tables.FLOORS]
    chosen = (table["samples"] == EXAMPLES) & (table["pseudo_inverse"] == "least-infinity") & (table["noise"] == noise)
    return table[chosen].assign(left=table[["off_diagonal", "outside"]].max(axis=1))


def _within_bound(noise: str, results: Results) -> Iterable[Finding]:
    """max(|E|_1, |N|_1) in units of c = strength / G, over all strengths for which c <= 1."""
    rows = _full(results, noise)
    rows = rows[rows["strength"] <= ABSOLUTE_CONSTANT]
    if not rows.empty:
        ratio = rows["left"] / (rows["strength"] / ABSOLUTE_CONSTANT)
        by_size = ", ".join(f"{value:.2g} at n = {n}" for n, value in ratio.groupby(rows["n"]).max().items())
        reason = f"with G = {ABSOLUTE_CONSTANT}, sampling error included; {by_size}"
        yield Finding(counted(float(ratio.max()), f"(largest of {len(rows)} runs)"), files_of(rows), reason=reason)


def _diagonal_under_noise(results: Results) -> Iterable[Finding]:
    for noise in ("adversarial", "unbiased"):
        rows = _full(results, noise)
        rows = rows[rows["strength"] <= ABSOLUTE_CONSTANT]
        if not rows.empty:
            how = f"(smallest of {len(rows)} runs)"
            value = float(rows["smallest_diagonal"].min())
            yield Finding(counted(value, how), files_of(rows), regime=f"{noise} noise")


def _error_by_noise(noise: str, power: float, results: Results) -> Iterable[Finding]:
    """The normalized error in units of |nu|_1 / n^power, signal |A* x*|_1 = 1, at strength 1."""
    rows = _full(results, noise)
    rows = rows[rows["strength"] == 1]
    if not rows.empty:
        ratio = rows["error"] * rows["n"] ** power / rows["relative_noise"]
        noises = f"|nu|_1 is {rows['relative_noise'].min():.2g} to {rows['relative_noise'].max():.2g} of the signal"
        yield Finding(counted(float(ratio.max()), f"(largest of {len(rows)} runs)"), files_of(rows), reason=noises)


def _samples(results: Results) -> Iterable[Finding]:
    """The slope of log error against log samples without noise."""
    table = results[tables.FLOORS]
    chosen = (table["n"] == MIDDLE) & (table["pseudo_inverse"] == "least-infinity") & (table["noise"] == "none")
    rows = table[chosen]
    if rows["samples"].nunique() > 2:
        yield Finding(slope(np.log(rows["samples"]), np.log(rows["error"])), files_of(rows))


def _left_inverses(results: Results) -> Iterable[Finding]:
    """The error with the inverse of least infinity norm in units of that with Moore's and Penrose's."""
    table = results[tables.FLOORS]
    table = table[(table["n"] == MIDDLE) & (table["samples"] == EXAMPLES) & (table["strength"] >= 1)]
    for noise, rows in table.groupby("noise"):
        errors = rows.pivot_table(index=["strength", "trial"], columns="pseudo_inverse", values="error")
        if {"least-infinity", "moore-penrose"} <= set(errors):
            ratio = float(np.exp(np.log(errors["least-infinity"] / errors["moore-penrose"]).mean()))
            how = f"(geometric mean of {len(errors)} pairs of runs)"
            yield Finding(counted(ratio, how), files_of(rows), regime=f"{noise} noise")


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "purification-factor",
        "section 4",
        "With perfect decoding and no noise E[(y - y')(x - x')'] = A*",
        "c of E[(y - y')(x - x')'] = c A*; it is 2 (s/n)(1 - s/n), from 2 Cov(x*)",
        within(1 - ROUNDING, 1 + ROUNDING),
        tables.STATEMENTS,
        partial(_statement, "factor", max),
        paper_value="1",
    ),
    Claim(
        "purification-identity",
        "section 5.1",
        "E[(x* - x*')(x* - x*')'] is a scaling of the identity",
        "largest deviation from one",
        at_most(ROUNDING),
        tables.STATEMENTS,
        partial(_statement, "identity", max),
    ),
    Claim(
        "purification-decoding",
        "eq. 7",
        "The decoding is phi_alpha(Z x* - A^+ N Z x* + A^+ nu), Z = (Sigma + E)^-1",
        "largest difference",
        at_most(ROUNDING),
        tables.STATEMENTS,
        partial(_statement, "decoding", max),
    ),
    Claim(
        "purification-linear-update",
        "section 5.1",
        "Without the ReLU the update is approximately E <- E - eta E'",
        "difference from the exact update, in units of eta |E|",
        at_most(0.01),
        tables.STATEMENTS,
        partial(_statement, "linear-printed", max),
    ),
    Claim(
        "purification-linear-expansion",
        "this project",
        "Without the ReLU the update is approximately E <- (1 - eta) E - eta E'",
        "difference from the exact update, in units of eta |E|",
        at_most(0.01),
        tables.STATEMENTS,
        partial(_statement, "linear-expansion", max),
    ),
    Claim(
        "purification-matching-signs",
        "section 5.1",
        "Without the ReLU, E increases where the entries of E and E' match in signs",
        "growth of E in one step, E' = E",
        above(1),
        tables.STATEMENTS,
        partial(_statement, "growth-matching", min),
    ),
    Claim(
        "purification-opposite-signs",
        "this project",
        "Without the ReLU it is where E and E' have opposite signs, a rotation, that E stays as it is",
        "growth of E in one step, E' = -E",
        within(1 - 1e-4, 1 + 1e-4),
        tables.STATEMENTS,
        partial(_statement, "growth-opposite", max),
    ),
    Claim(
        "purification-polar",
        "this project",
        "Without the ReLU it is Newton's iteration for the orthogonal polar factor of the start",
        "largest difference from that factor in the end",
        at_most(ROUNDING),
        tables.STATEMENTS,
        partial(_statement, "polar", max),
    ),
    Claim(
        "purification-beta",
        "section 5.2",
        "The two recurrences couple: some beta in (1, 8) gives the potential's",
        "length of the interval of such beta",
        above(0),
        tables.STATEMENTS,
        partial(_difference, "beta-highest", "beta-lowest"),
    ),
    Claim(
        "purification-normalization",
        "Theorem 1, remark",
        "Normalized features are within epsilon + 2 c, which the theorem has for |E|_1 + |N|_1",
        "|A^ - A*|_1 in units of |E|_1 + |N|_1; up to 2 / (Sigma_ii + |E_i|_1)",
        at_most(1),
        tables.STATEMENTS,
        partial(_statement, "normalization", max),
    ),
    Claim(
        "purification-inverse-unit",
        "Theorem 1, remark",
        "Canonical unit vectors have |(A*)^+|_inf = 1",
        "|(A*)^+|_inf",
        within(1 - ROUNDING, 1 + ROUNDING),
        tables.STATEMENTS,
        partial(_statement, "inverse-unit", max),
        paper_value="1",
    ),
    Claim(
        "purification-inverse-alike",
        "Theorem 1, remark",
        "|(A*)^+|_inf is large when the columns are nearly the same",
        "|(A*)^+|_inf when 99 % of each feature is the same, less that of the distinct ones",
        above(0),
        tables.STATEMENTS,
        partial(_difference, "inverse-alike-0.99", "inverse-alike-0"),
    ),
    Claim(
        "purification-lemma-3-negative",
        "Lemma 3 (1)",
        "Where Z_ij < 0, |E~_ji| = O(|Z_ij| / n^2) without noise",
        "largest n^2 |E~_ji| / |Z_ij|, s = 1; 2 s^2 in theory",
        at_most(2),
        tables.STATEMENTS,
        partial(_statement, "lemma-3-negative", max),
    ),
    Claim(
        "purification-lemma-3-lower",
        "Lemma 3 (2)",
        "Where Z_ij >= 0, E~_ji >= -O(|Z_ij| / n^2) without noise",
        "smallest n^2 E~_ji / |Z_ij|, s = 1",
        at_least(-2),
        tables.STATEMENTS,
        partial(_statement, "lemma-3-lower", min),
    ),
    Claim(
        "purification-lemma-3-upper",
        "Lemma 3 (2)",
        "Where Z_ij >= 0, E~_ji = O(|Z_ij| / n) without noise",
        "largest n E~_ji / |Z_ij|, s = 1",
        at_most(2),
        tables.STATEMENTS,
        partial(_statement, "lemma-3-upper", max),
    ),
    Claim(
        "purification-lemma-4",
        "Lemma 4",
        "Sigma~_ii is at least of the order of (1 / Sigma_ii - alpha) / n",
        "smallest n Sigma~_ii / (1 / Sigma_ii - alpha), s = 1",
        at_least(1),
        tables.STATEMENTS,
        partial(_statement, "lemma-4", min),
    ),
    Claim(
        "purification-lemma-5",
        "Lemma 5",
        "|N~_ij| is at most of the order of C_nu / n",
        "largest n |N~_ij| / C_nu under adversarial noise, s = 1",
        at_most(4),
        tables.STATEMENTS,
        partial(_statement, "lemma-5", max),
    ),
    Claim(
        "purification-potential",
        "Theorem 1, section 5.2",
        "The coupled potential falls by at least 1 - eta / 25 in every iteration",
        "largest ratio of consecutive potentials, 7.8 for beta",
        at_most(coupled_contraction(PROOF_STEP_SIZE)),
        tables.CONVERGENCE,
        partial(_along, "contraction", max),
        paper_value="1 - eta / 25",
    ),
    Claim(
        "purification-recurrence-positive",
        "section 5.2",
        "a' <= (1 - 3 eta / 25) a + 7 eta b",
        "largest excess, in units of eta and the potential",
        at_most(0),
        tables.CONVERGENCE,
        partial(_along, "excess_positive", max),
    ),
    Claim(
        "purification-recurrence-negative",
        "section 5.2",
        "b' <= (1 - 24 eta / 25) b + eta a / 100; by its closed form it needs s / n <= (1 - alpha) / 100",
        "largest excess, in units of eta and the potential",
        at_most(0),
        tables.CONVERGENCE,
        partial(_along, "excess_negative", max),
    ),
    Claim(
        "purification-diagonal",
        "section 5.2, claim (1)",
        "Sigma stays at or above (1 - l) I",
        "smallest Sigma_ii",
        at_least(1 - WARM_START),
        tables.CONVERGENCE,
        partial(_along, "smallest_diagonal", min),
        paper_value="1 - l",
    ),
    Claim(
        "purification-rate",
        "this project",
        "Once the threshold removes all errors, the slowest ones fall by 1 - eta (1 - (s/n) / (1 - alpha))",
        "difference of the measured contraction, in units of eta",
        at_most(1e-3),
        tables.CONVERGENCE,
        _rate,
    ),
    Claim(
        "purification-recovery",
        "Theorems 1 and 6",
        "Without noise the features are recovered up to any error, at a geometric rate",
        "|A^ - A*|_1 in the end",
        at_most(1e-6),
        tables.CONVERGENCE,
        partial(_at_end, "relu", max),
    ),
    Claim(
        "purification-relu",
        "section 5.1",
        "Without the ReLU the algorithm fails",
        "smallest |A^ - A*|_1 in the end",
        above(RECOVERED),
        tables.CONVERGENCE,
        partial(_at_end, "linear", min),
    ),
    Claim(
        "purification-warm-start",
        "Theorem 1, remark",
        "A constant warm start, l = 1/10, is sufficient",
        "largest |E|_s of a start from which the features are found",
        at_least(WARM_START),
        tables.CONDITIONS,
        partial(_recovered_up_to, condition="warm-start", decoding="relu", threshold=THRESHOLD),
        paper_value="1/10",
    ),
    Claim(
        "purification-sparsity",
        "section 6",
        "Sparsity may be linear: s <= G n",
        "largest s / n at which the features are found; by the closed rate it is below 1 - alpha",
        at_least(0.1),
        tables.CONDITIONS,
        partial(_recovered_up_to, condition="sparsity", law="bernoulli"),
    ),
    Claim(
        "purification-laws",
        "Theorem 6",
        "The weights need not be 0 or 1",
        "largest probability of weights 1/2 or 1 at which the features are found",
        at_least(0.1),
        tables.CONDITIONS,
        partial(_recovered_up_to, condition="sparsity", law="graded"),
    ),
    Claim(
        "purification-imbalance",
        "Theorem 6",
        "Second moments of the weights may differ by a factor of 2",
        "largest such factor at which the features are found, without pre-processing",
        at_least(REQUIRED_IMBALANCE),
        tables.CONDITIONS,
        partial(_recovered_up_to, condition="imbalance", preprocessing="none"),
        paper_value="2",
    ),
    Claim(
        "purification-balancing",
        "section 6",
        "The pre-processing brings the weights' second moments within a factor of 2 (by a way of ours)",
        "largest over smallest second moment after it",
        at_most(REQUIRED_IMBALANCE),
        tables.CONDITIONS,
        _imbalance,
        paper_value="2",
    ),
    Claim(
        "purification-balanced",
        "section 6",
        "After balancing the features are recovered",
        "|A^ - A*|_1 in the end",
        at_most(RECOVERED),
        tables.CONDITIONS,
        _balanced_error,
    ),
    *(
        Claim(
            f"purification-floor-{noise}",
            where,
            f"Under {noise} noise of C_nu = {level} for c <= 1, |E|_1 and |N|_1 end at most at c",
            "largest max(|E|_1, |N|_1) / c",
            at_most(1),
            tables.FLOORS,
            partial(_within_bound, noise),
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
        tables.FLOORS,
        _diagonal_under_noise,
        paper_value="1 - l",
    ),
    Claim(
        "purification-adversarial-error",
        "Theorem 1, remark",
        "The final error is of the order of the adversarial noise in one data point",
        "|A^ - A*|_1 in units of |nu|_1 / E|A* x*|_1",
        at_most(2),
        tables.FLOORS,
        partial(_error_by_noise, "adversarial", 0.0),
    ),
    Claim(
        "purification-unbiased-error",
        "Theorem 2, remark",
        "The final error is of the order of 1 / sqrt(n) of the unbiased noise in one data point",
        "|A^ - A*|_1 in units of |nu|_1 / E|A* x*|_1 / sqrt(n)",
        at_most(2),
        tables.FLOORS,
        partial(_error_by_noise, "unbiased", 0.5),
    ),
    Claim(
        "purification-samples",
        "this project",
        "With finite samples the error falls as one over the square root of their number",
        "slope of log error against log samples",
        within(-0.8, -0.2),
        tables.FLOORS,
        _samples,
        paper_value="poly",
    ),
    Claim(
        "purification-left-inverse",
        "section 4",
        "The pseudo-inverse of least infinity norm is the more robust one against noise",
        "error with it in units of that with Moore's and Penrose's",
        at_most(1.02),
        tables.FLOORS,
        _left_inverses,
    ),
)
