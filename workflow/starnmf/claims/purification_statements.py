"""Claims of Li, Liang and Risteski (2016) that are checked by computing both sides of a statement exactly."""

from collections.abc import Callable, Iterable

import pandas as pd

from starnmf.claims.claim import PROJECT, Claim, Finding, above, at_least, at_most, exact, measured_on, within
from starnmf.companions.purification import tables
from starnmf.results.table import rows_where

ROUNDING = 1e-9


@measured_on(tables.STATEMENTS)
def _statement(table: pd.DataFrame, quantity: str, pick: Callable[[pd.Series], float]) -> Iterable[Finding]:
    """The largest or smallest value over the numbers of features."""
    rows = rows_where(table, quantity=quantity)
    if not rows.empty:
        by_size = ", ".join(f"{value:.3g} at n = {n:g}" for n, value in rows[["n", "value"]].to_numpy() if n)
        yield Finding(exact(pick(rows["value"]), "(exact)"), rows, reason=by_size)


@measured_on(tables.STATEMENTS)
def _multiple_of_features(table: pd.DataFrame) -> Iterable[Finding]:
    """How far E[(y - y')(x - x')'] is from c A*, over the numbers of features, with their c."""
    rows = rows_where(table, quantity=("identity", "factor"))
    values = rows.pivot_table(index="n", columns="quantity", values="value")
    if {"identity", "factor"} <= set(values):
        by_size = ", ".join(f"c = {c:.3g} at n = {n:g}" for n, c in values["factor"].items())
        reason = f"{by_size}: 2 (s/n)(1 - s/n), from 2 Cov(x*)"
        yield Finding(exact(values["identity"].max(), "(exact)"), rows, reason=reason)


@measured_on(tables.STATEMENTS)
def _difference(table: pd.DataFrame, quantity: str, other: str) -> Iterable[Finding]:
    values = dict(zip(table["quantity"], table["value"], strict=True))
    if {quantity, other} <= values.keys():
        high, low = values[quantity], values[other]
        yield Finding(exact(high - low, "(exact)"), table, reason=f"{low:.4g} and {high:.4g}")


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "purification-factor",
        "section 4",
        "With perfect decoding and no noise E[(y - y')(x - x')'] is A*, up to a factor that the scaling r makes up for",
        "largest deviation of E[(y - y')(x - x')'] from c A*, in units of c",
        at_most(ROUNDING),
        _multiple_of_features(),
        paper_value="c = 1",
    ),
    Claim(
        "purification-identity",
        "section 5.1",
        "E[(x* - x*')(x* - x*')'] is a scaling of the identity",
        "largest deviation from one",
        at_most(ROUNDING),
        _statement("identity", max),
    ),
    Claim(
        "purification-decoding",
        "eq. 7",
        "The decoding is phi_alpha(Z x* - A^+ N Z x* + A^+ nu), Z = (Sigma + E)^-1",
        "largest difference",
        at_most(ROUNDING),
        _statement("decoding", max),
    ),
    Claim(
        "purification-linear-update",
        "section 5.1",
        "Without the ReLU the update is approximately E <- E - eta E'",
        "difference from the exact update, in units of eta |E|",
        at_most(0.01),
        _statement("linear-printed", max),
        limit_reason="how close is not said; a hundredth of the step",
    ),
    Claim(
        "purification-linear-expansion",
        PROJECT,
        "Without the ReLU the update is approximately E <- (1 - eta) E - eta E'",
        "difference from the exact update, in units of eta |E|",
        at_most(0.01),
        _statement("linear-expansion", max),
        limit_reason="how close is not said; a hundredth of the step",
    ),
    Claim(
        "purification-matching-signs",
        "section 5.1",
        "Without the ReLU, E increases where the entries of E and E' match in signs",
        "growth of E in one step, E' = E",
        above(1),
        _statement("growth-matching", min),
    ),
    Claim(
        "purification-opposite-signs",
        PROJECT,
        "Without the ReLU it is where E and E' have opposite signs, a rotation, that E stays as it is",
        "growth of E in one step, E' = -E",
        within(1 - 1e-4, 1 + 1e-4),
        _statement("growth-opposite", max),
        limit_reason="the second order of E",
    ),
    Claim(
        "purification-polar",
        PROJECT,
        "Without the ReLU it is Newton's iteration for the orthogonal polar factor of the start",
        "largest difference from that factor in the end",
        at_most(ROUNDING),
        _statement("polar", max),
    ),
    Claim(
        "purification-beta",
        "section 5.2",
        "The two recurrences couple: some beta in (1, 8) gives the potential's",
        "length of the interval of such beta",
        above(0),
        _difference("beta-highest", "beta-lowest"),
    ),
    Claim(
        "purification-normalization",
        "Theorem 1, remark",
        "Normalized features are within epsilon + 2 c, which the theorem has for |E|_1 + |N|_1",
        "|A^ - A*|_1 in units of |E|_1 + |N|_1; up to 2 / (Sigma_ii + |E_i|_1)",
        at_most(1),
        _statement("normalization", max),
    ),
    Claim(
        "purification-inverse-unit",
        "Theorem 1, remark",
        "Canonical unit vectors have |(A*)^+|_inf = 1",
        "|(A*)^+|_inf",
        within(1 - ROUNDING, 1 + ROUNDING),
        _statement("inverse-unit", max),
        paper_value="1",
    ),
    Claim(
        "purification-inverse-alike",
        "Theorem 1, remark",
        "|(A*)^+|_inf is large when the columns are nearly the same",
        "|(A*)^+|_inf when 99 % of each feature is the same, less that of the distinct ones",
        above(0),
        _difference("inverse-alike-0.99", "inverse-alike-0"),
    ),
    Claim(
        "purification-lemma-3-negative",
        "Lemma 3 (1)",
        "Where Z_ij < 0, |E~_ji| = O(|Z_ij| / n^2) without noise",
        "largest n^2 |E~_ji| / |Z_ij|, s = 1; 2 s^2 in theory",
        at_most(2),
        _statement("lemma-3-negative", max),
        limit_reason="the order is stated, not its constant; 2 s^2 for small E",
    ),
    Claim(
        "purification-lemma-3-lower",
        "Lemma 3 (2)",
        "Where Z_ij >= 0, E~_ji >= -O(|Z_ij| / n^2) without noise",
        "smallest n^2 E~_ji / |Z_ij|, s = 1",
        at_least(-2),
        _statement("lemma-3-lower", min),
        limit_reason="the order is stated, not its constant; 2 s^2 for small E",
    ),
    Claim(
        "purification-lemma-3-upper",
        "Lemma 3 (2)",
        "Where Z_ij >= 0, E~_ji = O(|Z_ij| / n) without noise",
        "largest n E~_ji / |Z_ij|, s = 1",
        at_most(2),
        _statement("lemma-3-upper", max),
        limit_reason="the order is stated, not its constant; as in the other cases",
    ),
    Claim(
        "purification-lemma-4",
        "Lemma 4",
        "Sigma~_ii is at least of the order of (1 / Sigma_ii - alpha) / n",
        "smallest n Sigma~_ii / (1 / Sigma_ii - alpha), s = 1",
        at_least(1),
        _statement("lemma-4", min),
        limit_reason="the order is stated, not its constant; 1",
    ),
    Claim(
        "purification-lemma-5",
        "Lemma 5",
        "|N~_ij| is at most of the order of C_nu / n",
        "largest n |N~_ij| / C_nu under adversarial noise, s = 1",
        at_most(4),
        _statement("lemma-5", max),
        limit_reason="the order is stated, not its constant; 4",
    ),
)
"""Every claim about the tables' statements, in the paper's order."""
