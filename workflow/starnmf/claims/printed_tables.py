"""The paper's sentences about Tables 2, 4 and 5, compared with what those tables print.

Each sentence is judged by the table that it is about. A printed length is a mean over 25 directions around one
training, and its error is estimated here (`_printed`); nothing printed tells how trainings differ. The epochs of one
training are not independent, so that a network counts once where networks are compared. A sentence about a trend holds
for a case where the 95 % interval of the fitted change is on the side that the sentence says. Against it counts a
fitted change, or a step from one length to the next, that goes the other way by more than chance alone would make one
of all compared changes, or steps, go.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from starnmf.claims.claim import PROJECT, Claim, Criterion, Finding, Measurement, above, below, measured_on
from starnmf.results.table import rows_where
from starnmf.statistics import Z
from starnmf.tables.result_tables import MEAN_LENGTHS

SHALLOWEST = 32
"""`all but the most shallow networks`: all but those with the fewest layers of Table 2, 20."""

TRAINED = 100
"""Epochs from which a network counts as trained; at 0 nearly every length is 1."""

DIRECTIONS = 25
"""Directions behind a printed length (caption of Table 2)."""

SPREAD_AT_START, SPREAD = 0.8, 0.43
"""Standard deviation of lengths over directions, in units of the largest one that numbers from 0 to 1 with the same
mean can have, sqrt(p (1 - p)). It is not printed. These are those of nine trainings of 8 layers on 3,000 images of
CIFAR-10 together, at the start and later (docs/findings/networks.md)."""

ROUNDING = 0.005
"""Printed lengths have two digits: 1.0 may be 0.995."""

LEVEL = 0.05
"""Probability that chance alone puts any of the compared changes or steps beyond its interval."""

Axis = Literal["layers", "width", "epoch"]

NAMES: dict[Axis, str] = {"layers": "{:g} layers", "width": "k = {:g}", "epoch": "epoch {:g}"}


@measured_on(MEAN_LENGTHS)
def _trends(
    rows: pd.DataFrame, along: Axis, cases: Sequence[Axis], rises: bool, tables: tuple[str, ...], layers: int = 0
) -> Iterable[Finding]:
    """The change of the printed length from the smallest to the largest value of a column, for each case.

    It is that of the straight line by weighted least squares. `rises` is the direction that the sentence states. Steps
    that go the other way by more than chance are findings of their own.
    """
    printed = _printed(rows, along, tables, layers)
    if printed.empty:
        return
    grouped, steps = printed.groupby(list(cases)), _steps(printed, along)
    toward, against = Z, float(stats.norm.isf(LEVEL / 2 / grouped.ngroups))
    below_it, above_it = (toward, against) if rises else (against, toward)
    sign = -1 if rises else 1
    for values, of_case in grouped:
        change, error = _fitted_change(of_case, along)
        what = "printed lengths" if along == "epoch" else "networks, each the mean of its epochs"
        how = (
            f"(weighted least squares, {len(of_case)} {what}; 95 % interval, its end against the sentence corrected "
            f"for {grouped.ngroups} cases)"
        )
        measured = Measurement(change, change - below_it * error, change + above_it * error, how)
        listed = ", ".join(f"{length:.3g}" for length in of_case.sort_values(along)["paper"])
        of_steps = steps[steps["from"].isin(of_case.index)]
        opposite = (sign * of_steps["change"] > 0).sum()
        numbers = "printed" if along == "epoch" else "means"
        reason = f"{numbers}: {listed}; {opposite} of {len(of_steps)} steps go the other way"
        yield Finding(measured, of_case, case=_case(cases, values), reason=reason)
    limit = float(stats.norm.isf(LEVEL / 2 / len(steps)))
    for _, step in steps[sign * steps["change"] > limit * steps["error"]].iterrows():
        how = f"(a step against the sentence; interval corrected for {len(steps)} steps)"
        half = limit * step["error"]
        measured = Measurement(step["change"], step["change"] - half, step["change"] + half, how)
        yield Finding(measured, printed.loc[[step["from"], step["to"]]], case=f"step: {step['case']}")


def _steps(printed: pd.DataFrame, along: Axis) -> pd.DataFrame:
    """Every step from one printed value of a column to the next: its rows, change, error and name."""
    fixed = [axis for axis in NAMES if axis != along and axis in printed]
    return pd.DataFrame(
        [
            {
                "from": one.name,
                "to": other.name,
                "change": other["paper"] - one["paper"],
                "error": np.hypot(one["error"], other["error"]),
                "case": f"{_case(fixed, values)}, {NAMES[along].format(one[along])} to {other[along]:g}",
            }
            for values, of_case in printed.groupby(fixed)
            for (_, one), (_, other) in pairwise(of_case.sort_values(along).iterrows())
        ]
    )


def _printed(rows: pd.DataFrame, along: Axis, tables: tuple[str, ...], layers: int) -> pd.DataFrame:
    """The printed lengths of a sentence about the training, or their means over the epochs of every trained network.

    `error` is the standard error of a mean of so many directions, and of two digits. Those of the epochs of a network
    may go the same way, as its directions may be the same: the error of their mean is no smaller than one of them.
    """
    printed = rows_where(rows, table=tables).dropna(subset="paper")
    printed = printed[printed["layers"] >= layers]
    p = printed["paper"].clip(ROUNDING, 1 - ROUNDING)
    spread = np.where(printed["epoch"] == 0, SPREAD_AT_START, SPREAD)
    printed = printed.assign(error=np.sqrt(spread**2 * p * (1 - p) / DIRECTIONS + ROUNDING**2 / 3))
    if along == "epoch":
        return printed
    trained = printed[printed["epoch"] >= TRAINED].groupby(["layers", "width"], as_index=False)
    return trained.agg({"paper": "mean", "error": "mean", "file": "first"})


def _fitted_change(rows: pd.DataFrame, along: Axis) -> tuple[float, float]:
    """Change along a column by weighted least squares, and its standard error; widths count by their logarithm."""
    x = np.log2(rows["width"]) if along == "width" else rows[along].astype(float)
    weight = 1 / rows["error"] ** 2
    centred = x - (weight * x).sum() / weight.sum()
    information = float((weight * centred**2).sum())
    slope = float((weight * centred * rows["paper"]).sum()) / information
    length = float(np.ptp(x))
    return slope * length, length / information**0.5


def _case(axes: Sequence[Axis], values: object) -> str:
    """A case by its values: `44 layers, k = 2`."""
    return ", ".join(
        NAMES[axis].format(value) for axis, value in zip(axes, np.atleast_1d(np.array(values)), strict=True)
    )


def _claim(
    name: str,
    where: str,
    statement: str,
    along: Axis,
    cases: tuple[Axis, ...],
    tables: tuple[str, ...],
    layers: int = 0,
) -> Claim:
    """The claim that printed lengths rise (with width) or fall (with the others) along a column."""
    rises = along == "width"
    ends = {
        "width": "narrowest to the widest",
        "layers": "shallowest to the deepest",
        "epoch": "first to the last epoch",
    }
    criterion: Criterion = above(0) if rises else below(0)
    metric = f"change of the printed length from the {ends[along]}"
    return Claim(name, where, statement, metric, criterion, _trends(along, cases, rises, tables, layers))


CAPTION = "caption of Table 2"

CLAIMS = (
    _claim(
        "printed-wider",
        "section 4.3",
        "As printed, increased width makes the landscape increasingly locally convex for all but the most shallow "
        "networks (Tables 2 and 4, trained, 32 layers or more)",
        "width",
        ("layers",),
        ("table2", "table4"),
        SHALLOWEST,
    ),
    _claim(
        "printed-wider-caption",
        CAPTION,
        "As printed, increased width makes the loss surface increasingly locally convex (Table 2, trained)",
        "width",
        ("layers",),
        ("table2",),
    ),
    _claim(
        "printed-training",
        CAPTION,
        "As printed, convexity decreases during training (Table 2)",
        "epoch",
        ("layers", "width"),
        ("table2",),
    ),
    _claim(
        "printed-depth",
        CAPTION,
        "As printed, convexity decreases with depth (Table 2, trained)",
        "layers",
        ("width",),
        ("table2",),
    ),
    _claim(
        "printed-wider-plain",
        PROJECT,
        "As printed, increased width makes networks without shortcuts more convex (Table 5, about which the paper "
        "states nothing; trained)",
        "width",
        ("layers",),
        ("table5",),
    ),
)
"""Every claim about the printed tables."""
