"""Claims about all of Assumption 1, skewed laws, oblong matrices and larger ranks, and about tails of polynomials.

A theorem about large matrices is not contradicted at any one size. What can be judged is that the share of non-convex
segments falls with the size, what that rests on, and that how large is large enough depends on the law.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from starnmf.claims.claim import PROJECT, Claim, Finding, above, at_least, at_most, below, measured_on
from starnmf.claims.statistics import decay, share, share_difference
from starnmf.results.table import rows_where
from starnmf.theory import tables

SKEWED = 0.1
"""mu^2 / sigma^2 below which a law counts as skewed."""

RARE = 0.001
"""Plateau of a tail that must be excluded."""

SHAPE = ["gamma", "aspect"]


def _in_words(shape: Any) -> str:
    """A rank and a shape in words, from gamma and m / n."""
    gamma, aspect = shape
    return f"r = n^{gamma:g}, m = {'n' if aspect == 1 else f'n / {1 / aspect:g}'}"


@measured_on(tables.SKEWED)
def _falls(table: pd.DataFrame) -> Iterable[Finding]:
    """The share at the largest size less that at the smallest, skewed laws together, for each family and shape."""
    rows = rows_where(table, kind="random-planted").query("mean_term < @SKEWED")
    family = rows["law"].str.extract(r"(\d+)\)$", expand=False)
    for (b, *shape), of_shape in rows.groupby([family, *SHAPE]):
        ends = [of_shape[of_shape["n"] == n] for n in (of_shape["n"].max(), of_shape["n"].min())]
        counts = [int(end[column].sum()) for end in ends for column in ("alpha_negative", "trials")]
        sizes = f"n from {of_shape['n'].min()} to {of_shape['n'].max()}"
        yield Finding(share_difference(*counts), of_shape, case=f"Beta(a, {b}), {_in_words(shape)}", reason=sizes)


@measured_on(tables.SKEWED)
def _over_laws(table: pd.DataFrame, kind: str, column: str, which: str) -> Iterable[Finding]:
    """The largest or smallest share over all laws at the largest size, for each shape."""
    for shape, rows in rows_where(table, kind=kind).groupby(SHAPE):
        last = rows[rows["n"] == rows.groupby("law")["n"].transform("max")]
        law = last.sort_values(f"{column}_share").iloc[-1 if which == "largest" else 0]
        reason = f"{which} of {len(last)} laws: {law['law']}, n = {law['n']}"
        measured = share(int(law[column]), int(law["trials"]))
        yield Finding(measured, last, case=_in_words(shape), reason=reason)


@measured_on(tables.SKEWED)
def _depends_on_the_law(table: pd.DataFrame) -> Iterable[Finding]:
    """The share of the most skewed law less that of the least skewed one of its family, at the same size."""
    rows = rows_where(table, kind="random-planted")
    rows = rows[rows["law"].str.endswith(", 1)")]
    for shape, of_shape in rows.groupby(SHAPE):
        n = of_shape["n"].unique()
        at = of_shape[of_shape["n"] == sorted(n)[len(n) // 2]].sort_values("mean_term")
        most, least = at.iloc[0], at.iloc[-1]
        counts = [int(row[column]) for row in (most, least) for column in ("alpha_negative", "trials")]
        reason = f"{most['law']} against {least['law']}, n = {most['n']}"
        yield Finding(share_difference(*counts), at, case=_in_words(shape), reason=reason)


@measured_on(tables.TAILS)
def _decays(table: pd.DataFrame, quantity: str, along: str, at: str) -> Iterable[Finding]:
    """The exponent of the decay along n for each deviation t, or along t at one n."""
    for value, rows in rows_where(table, quantity=quantity, sweep=along).sort_values(along).groupby(at):
        measured = decay(rows[along], rows["exceeds"], rows["trials"], RARE)
        shares = zip(rows[along], rows["exceeds"] / rows["trials"], strict=True)
        reason = f"share by {along}: {', '.join(f'{place:g}: {one:.2g}' for place, one in shares)}"
        yield Finding(measured, rows, case=f"{at} = {value:g}", reason=reason)


def _tail_claims(quantity: str, where: str, what: str, power: float, by_size: str) -> Iterable[Claim]:
    yield Claim(
        f"theory-{quantity}-tail",
        where,
        f"{what} deviates from its mean by more than t r n^2 with a probability that falls at least as {by_size}",
        "exponent s of exp(-c n^s) fitted to the share of instances, at a fixed t",
        at_least(power),
        _decays(quantity, "n", at="t"),
        by_size,
    )
    yield Claim(
        f"theory-{quantity}-tail-deviation",
        where,
        f"{what} deviates from its mean by more than t r n^2, t >= 1, with a probability that falls in t at least as "
        "exp(-c sqrt(t))",
        "exponent s of exp(-c t^s) fitted to the share of instances, at a fixed n",
        at_least(0.5),
        _decays(quantity, "t", at="n"),
        "exp(-c sqrt(t))",
    )


CLAIMS: tuple[Claim, ...] = (
    *_tail_claims("equation-5", "eq. 5", "|W2|^2", 1.0, "exp(-c n)"),
    *_tail_claims("fact-1", "Fact 1", "Tr X X X X of centred matrices X (here V1' U1' U2 V2)", 1.0, "exp(-c n)"),
    *_tail_claims("fact-2", "Fact 2", "Tr 1 X X X of centred matrices X (here U1' U1 V1)", 1 / 3, "exp(-c n^(1/3))"),
    Claim(
        "theory-skewed-falls",
        "Theorems 1, 3",
        "For skewed bounded laws too, non-convex segments towards the planted solution become rarer as matrices grow",
        "share of segments with loss'' < 0 on [0, 1] at the largest n less that at the smallest",
        below(0),
        _falls(),
    ),
    Claim(
        "theory-skewed-random",
        "Theorems 1, 2",
        "For bounded laws however skewed, the loss is convex on segments between random points with high probability",
        "largest share of segments with loss'' < 0 on [0, 1] over all laws, at the largest n",
        at_most(0.05),
        _over_laws("random-random", "alpha_negative", "largest"),
        limit_reason="the theorem gives its constants no value; 100 instances of each law can tell 0.05 from 0",
    ),
    Claim(
        "theory-skewed-mean-term",
        PROJECT,
        "Under Assumption 1, Theorem 3 rests on the mean term that its proof drops: without it, segments towards the "
        "planted solution do not become convex",
        "smallest share of segments with loss'' less the mean term < 0 on [0, 1] over all laws, at the largest n",
        at_least(0.05),
        _over_laws("random-planted", "without_mean_term", "smallest"),
        limit_reason="about half of the segments are expected; 0.05 is far from what the theorem allows",
    ),
    Claim(
        "theory-skewed-constants",
        PROJECT,
        "Theorem 3's constants depend on mu^2/sigma^2: at one size, skewed laws have more non-convex planted segments",
        "share of segments with loss'' < 0 on [0, 1], most skewed law less least skewed",
        above(0),
        _depends_on_the_law(),
    ),
)
"""Every claim about these laws."""
