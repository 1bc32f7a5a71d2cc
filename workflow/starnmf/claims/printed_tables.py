"""The paper's sentences about Tables 2, 4 and 5, held against what those tables print."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from operator import ge, gt, le, lt

import pandas as pd

from starnmf.claims.claim import Claim, Finding, at_most, exact, measured_on
from starnmf.tables.result_tables import MEAN_LENGTHS

SHALLOWEST = 32
"""`all but the most shallow networks`: from 32 layers on."""

TRAINED = 100
"""Epochs from which a network counts as trained; at 0 nearly every length is 1."""

NAMES = {"layers": "{} layers", "width": "k = {}", "epoch": "epoch {}"}


@measured_on(MEAN_LENGTHS)
def _violations(
    rows: pd.DataFrame,
    along: str,
    violates: Callable[[float, float], bool],
    stepwise: bool = False,
    layers: int = 0,
    epochs: int = 0,
) -> Iterable[Finding]:
    """Cases that go against a sentence about the lengths along one column, the other two fixed.

    `violates` compares the length at the largest value with that at the smallest; or, stepwise, at
    every value with that at the one before.
    """
    printed = rows.dropna(subset="paper").query("layers >= @layers and epoch >= @epochs")
    fixed = [column for column in NAMES if column != along]
    for table, of_table in printed.groupby("table"):
        cases = {}
        for values, of_case in of_table.groupby(fixed):
            name = ", ".join(NAMES[column].format(value) for column, value in zip(fixed, values, strict=True))
            lengths = list(of_case.set_index(along)["paper"].sort_index().items())
            for (start, before), (end, after) in pairwise(lengths) if stepwise else [(lengths[0], lengths[-1])]:
                step = f", {NAMES[along].format(start)} to {end}" if stepwise else ""
                cases[name + step] = violates(after, before)
        against = [name for name, violated in cases.items() if violated]
        yield Finding(
            exact(len(against), f"(of {len(cases)})"),
            rows[rows["table"] == table],
            case=str(table),
            reason=f"against it: {'; '.join(against)}" if against else "",
        )


CLAIMS = (
    Claim(
        "printed-wider",
        "section 4.3",
        "As printed, the widest network is more convex than the narrowest (32 layers or more)",
        "trained networks for which this is not so",
        at_most(0),
        _violations("width", le, layers=SHALLOWEST, epochs=TRAINED),
    ),
    Claim(
        "printed-wider-stepwise",
        "section 4.3",
        "As printed, every increase in width makes the loss more convex (32 layers or more)",
        "steps in width that make it less convex",
        at_most(0),
        _violations("width", lt, stepwise=True, layers=SHALLOWEST, epochs=TRAINED),
    ),
    Claim(
        "printed-training",
        "Table 2",
        "As printed, convexity is lower at the end of training than before it",
        "networks for which this is not so",
        at_most(0),
        _violations("epoch", ge),
    ),
    Claim(
        "printed-training-stepwise",
        "Table 2",
        "As printed, convexity decreases during training, from each epoch to the next",
        "steps that increase it",
        at_most(0),
        _violations("epoch", gt, stepwise=True),
    ),
    Claim(
        "printed-depth",
        "Table 2",
        "As printed, convexity decreases with depth",
        "trained widths at which the deepest network is not less convex than the shallowest",
        at_most(0),
        _violations("layers", ge, epochs=TRAINED),
    ),
)
"""Every sentence about the printed tables. Table 5, without skip connections, is one of them."""
