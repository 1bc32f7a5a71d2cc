"""The paper's sentences about Tables 2, 4 and 5, held against what those tables print."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise

import pandas as pd

from starnmf.claims.claim import Claim, Finding, at_most, counted
from starnmf.claims.results import Results, files_of
from starnmf.tables.result_tables import MEAN_LENGTHS

SHALLOWEST = 32
"""`all but the most shallow networks`: from 32 layers on."""

TRAINED = 100
"""Epochs from which a network counts as trained; at 0 nearly every length is 1."""


def _each_table(
    violations: Callable[[pd.DataFrame], Iterator[tuple[str, bool]]], results: Results
) -> Iterable[Finding]:
    """Cases of a table that go against a sentence, named."""
    printed = results[MEAN_LENGTHS].dropna(subset="paper")
    for table, rows in printed.groupby("table"):
        cases = list(violations(rows))
        if cases:
            against = [name for name, violated in cases if violated]
            yield Finding(
                counted(len(against), f"(of {len(cases)})"),
                files_of(rows),
                dataset=str(table),
                reason=f"against it: {'; '.join(against)}" if against else "",
            )


def _widest_not_above_narrowest(rows: pd.DataFrame) -> Iterator[tuple[str, bool]]:
    for name, lengths in _by_width(rows):
        yield name, lengths.iloc[-1] <= lengths.iloc[0]


def _not_rising_with_width(rows: pd.DataFrame) -> Iterator[tuple[str, bool]]:
    for name, lengths in _by_width(rows):
        for (narrow, before), (wide, after) in pairwise(lengths.items()):
            yield f"{name}, k = {narrow} to {wide}", after < before


def _by_width(rows: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    trained = rows[(rows["layers"] >= SHALLOWEST) & (rows["epoch"] >= TRAINED)]
    for (layers, epoch), of_network in trained.groupby(["layers", "epoch"]):
        yield f"{layers} layers, epoch {epoch}", of_network.set_index("width")["paper"].sort_index()


def _not_falling_with_training(rows: pd.DataFrame) -> Iterator[tuple[str, bool]]:
    for (layers, width), of_network in rows.groupby(["layers", "width"]):
        lengths = of_network.set_index("epoch")["paper"].sort_index()
        for (early, before), (late, after) in pairwise(lengths.items()):
            yield f"{layers} layers, k = {width}, epoch {early} to {late}", after > before


def _end_not_below_start(rows: pd.DataFrame) -> Iterator[tuple[str, bool]]:
    for (layers, width), of_network in rows.groupby(["layers", "width"]):
        lengths = of_network.set_index("epoch")["paper"].sort_index()
        yield f"{layers} layers, k = {width}", lengths.iloc[-1] >= lengths.iloc[0]


def _deepest_not_below_shallowest(rows: pd.DataFrame) -> Iterator[tuple[str, bool]]:
    trained = rows[rows["epoch"] >= TRAINED]
    for (width, epoch), of_networks in trained.groupby(["width", "epoch"]):
        lengths = of_networks.set_index("layers")["paper"].sort_index()
        yield f"k = {width}, epoch {epoch}", lengths.iloc[-1] >= lengths.iloc[0]


def _claim(
    name: str, where: str, statement: str, metric: str, violations: Callable[[pd.DataFrame], Iterator[tuple[str, bool]]]
) -> Claim:
    return Claim(
        f"printed-{name}",
        where,
        statement,
        metric,
        at_most(0),
        MEAN_LENGTHS,
        partial(_each_table, violations),
    )


CLAIMS = (
    _claim(
        "wider",
        "section 4.3",
        "As printed, the widest network is more convex than the narrowest (32 layers or more)",
        "trained networks of which it is not",
        _widest_not_above_narrowest,
    ),
    _claim(
        "wider-stepwise",
        "section 4.3",
        "As printed, every increase in width makes the loss more convex (32 layers or more)",
        "steps in width that make it less convex",
        _not_rising_with_width,
    ),
    _claim(
        "training",
        "Table 2",
        "As printed, convexity is lower at the end of training than before it",
        "networks of which it is not",
        _end_not_below_start,
    ),
    _claim(
        "training-stepwise",
        "Table 2",
        "As printed, convexity decreases during training, from each epoch to the next",
        "steps that rise",
        _not_falling_with_training,
    ),
    _claim(
        "depth",
        "Table 2",
        "As printed, convexity decreases with depth",
        "trained widths at which the deepest network is not less convex than the shallowest",
        _deepest_not_below_shallowest,
    ),
)
"""Every sentence about the printed tables. Table 5, without skip connections, is one of them."""
