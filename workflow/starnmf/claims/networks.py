"""Claims of section 4.3 and Appendix B about networks: how they are trained, and how far their loss is convex.

A statement about networks is one about what trainings of them have in common: lengths are averaged over the directions
of a training, and networks are compared by the spread among their trainings. One training of each decides nothing.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
from scipy import stats

from starnmf.claims.claim import (
    CHECK,
    PROJECT,
    Claim,
    Finding,
    Measurement,
    above,
    at_least,
    at_most,
    below,
    exact,
    measured_on,
)
from starnmf.claims.data import Data, data_of_networks
from starnmf.claims.printed_tables import NAMES, ROUNDING, SHALLOWEST, Axis
from starnmf.claims.statistics import difference, mean
from starnmf.networks import tables
from starnmf.networks.protocol import THIRDS, scale_marks
from starnmf.results.table import rows_where
from starnmf.tables.printed import PROTOCOL
from starnmf.tables.result_tables import MEAN_LENGTHS

LEVEL = 0.05
"""The probability that a network has a cell off by chance."""

BY_CHANCE = 0.025
"""A table agrees unless so many of its networks are off that chance alone does that less often than this."""

VISIBLE = 0.2
"""Differences of lengths that a comparison with a table must be able to see: the width effects printed there."""

FIGURE_8_LAYERS = 110


@measured_on(tables.TRAININGS)
def _protocol(table: pd.DataFrame) -> Iterable[Finding]:
    for source, rows in table.groupby("source"):
        differing = [
            f"{name}: {', '.join(map(str, rows[column].unique()))}"
            for name, (column, printed) in PROTOCOL.items()
            if any(str(value) != printed for value in rows[column])
        ]
        how = f"(of {len(PROTOCOL)}, {len(rows)} trainings)"
        reason = "; ".join([*differing, *scale_marks(rows)])
        measured, data = exact(len(differing), how), data_of_networks(rows)
        yield Finding(measured, rows, case=f"CIFAR-10, {source}", data=data, reason=reason)


@measured_on(MEAN_LENGTHS)
def _cells(rows: pd.DataFrame, table: str) -> Iterable[Finding]:
    """How probable it is by chance that as many networks of a table have a cell that is off.

    The paper's cell is that of one training, so its error is a deviation of trainings, taken to be ours: that of all
    networks of the table at the same epoch. The cells of one network depend on each other, so networks are counted, of
    which each has a cell off with a probability of at most `LEVEL`.
    """
    cells = rows_where(rows, table=table).dropna(subset=["paper", "ours"])
    if cells.empty:
        return
    data, reason = data_of_networks(cells), "; ".join(scale_marks(cells))
    if (cells["trainings"] < 2).any():
        measured = Measurement(np.nan, 0.0, 1.0, "(one training of a network: how trainings differ is not known)")
        yield Finding(measured, cells, data=data, reason=reason)
        return
    freedom = (cells["trainings"] - 1).groupby(cells["epoch"]).transform("sum")
    squares = (cells["trainings"] - 1) * cells["trainings"] * cells["standard_error"] ** 2
    deviation = np.sqrt(squares.groupby(cells["epoch"]).transform("sum") / freedom)
    quantile = stats.t.isf(LEVEL / 2 / cells["epoch"].nunique(), freedom)
    allowed = quantile * deviation * np.sqrt(1 + 1 / cells["trainings"]) + ROUNDING
    off = (cells["ours"] - cells["paper"]).abs() > allowed
    networks = off.groupby([cells["layers"], cells["width"]]).any()
    probability = float(stats.binom.sf(networks.sum() - 1, len(networks), LEVEL))
    how = (
        f"({networks.sum()} of {len(networks)} networks off, {LEVEL * len(networks):.1f} expected by chance; "
        f"differences up to {allowed.median():.2f} cannot be told from it)"
    )
    blind = allowed.median() > VISIBLE and probability >= BY_CHANCE
    measured = Measurement(probability, 0.0, 1.0, how) if blind else exact(probability, how)
    yield Finding(measured, cells, data=data, reason=reason)


@measured_on(tables.LENGTHS)
def _longer(
    table: pd.DataFrame, along: Axis, at: Axis, shortcuts: bool = True, layers: tuple[int, int] = (0, 10**6)
) -> Iterable[Finding]:
    """Lengths of the widest or deepest network less those of the other end, at every depth or width and epoch."""
    # From a third of the training on; at its start nearly every length of the paper is 1.
    trained = table[table["epoch"] * THIRDS >= table["epochs"]]
    for data, rows in _by_kind(rows_where(trained, shortcuts=shortcuts)):
        for (value, epoch), alike in rows[rows["layers"].between(*layers)].groupby([at, "epoch"]):
            least, most = alike[along].min(), alike[along].max()
            if least < most:
                few, many = (_training_means(alike, along, pick) for pick in ("min", "max"))
                how = f"{along} {most:g} less {along} {least:g}: {many.mean():.3f} - {few.mean():.3f}"
                reason = "; ".join([how, *scale_marks(alike), *_settings(alike)])
                case = f"{NAMES[at].format(value)}, epoch {epoch}"
                yield Finding(difference(many, few, "training"), alike, case=case, data=data, reason=reason)


@measured_on(tables.LENGTHS)
def _training(table: pd.DataFrame) -> Iterable[Finding]:
    """The lengths at the end of a training less those at its start."""
    for data, rows in _by_kind(rows_where(table, shortcuts=True)):
        for network, of_network in rows.groupby("network"):
            start, end = (_training_means(of_network, "epoch", pick) for pick in ("min", "max"))
            how = f"end less start: {end.mean():.3f} - {start.mean():.3f}"
            reason = "; ".join([how, *scale_marks(of_network), *_settings(of_network)])
            yield Finding(mean(end - start, "training"), of_network, case=str(network), data=data, reason=reason)


def _training_means(rows: pd.DataFrame, column: str, pick: str) -> pd.Series:
    """The mean over directions for every training, at the smallest or largest value of a column."""
    chosen = rows[rows[column] == rows[column].agg(pick)]
    means: pd.Series = chosen.groupby("training")["length"].mean()
    return means


def _by_kind(table: pd.DataFrame) -> Iterator[tuple[Data, pd.DataFrame]]:
    """The networks of each kind apart, so that the paper's are compared with one another alone."""
    kinds = {network: data_of_networks(rows) for network, rows in table.groupby("network")}
    for kind in Data:
        rows = table[table["network"].map(kinds) == kind]
        if not rows.empty:
            yield kind, rows


@measured_on(tables.NETWORK_SURFACES)
def _surfaces(table: pd.DataFrame) -> Iterable[Finding]:
    """The share of points at which the widest network's surface is convex, less the narrowest's."""
    for data, of_kind in _by_kind(table):
        for (depth, shortcuts), rows in of_kind.groupby(["layers", "shortcuts"]):
            inner = rows[rows["convex"].notna()].astype({"convex": bool})
            shares = inner.groupby(["width", "training"])["convex"].mean().unstack("width")
            if shares.shape[1] > 1:
                narrow, wide = (shares.iloc[:, at].dropna() for at in (0, -1))
                how = (
                    f"k = {wide.name:g}: {wide.mean():.3f}, k = {narrow.name:g}: {narrow.mean():.3f}; "
                    "one pair of directions for each training"
                )
                as_drawn = depth == FIGURE_8_LAYERS and shortcuts
                yield Finding(
                    difference(wide, narrow, "training"),
                    rows,
                    case=f"{depth} layers{'' if shortcuts else ', no shortcuts'}",
                    data=Data.REDUCED if data is Data.PAPER and not as_drawn else data,
                    reason="; ".join([how, *scale_marks(rows), *_settings(rows)]),
                )


def _settings(rows: pd.DataFrame) -> Iterator[str]:
    """How the loss was taken."""
    for images, batch_norm in rows[["line_images", "batch_norm"]].drop_duplicates().itertuples(index=False):
        yield f"loss on {images:,} training images, batch norm: {batch_norm}"


LONGER = "mean length of the widest network less that of the narrowest"

CLAIMS = (
    Claim(
        "networks-table-3",
        CHECK,
        "Networks are trained with the parameters of Table 3",
        "parameters that differ",
        at_most(0),
        _protocol(),
        if_nothing="no network was trained",
    ),
    *(
        Claim(
            f"networks-table-{number}",
            f"Table {number}",
            f"Lengths of local convexity are those of Table {number}",
            "probability by chance that as many networks have a cell that is off",
            at_least(BY_CHANCE),
            _cells(f"table{number}"),
            if_nothing="no network of this table is in the run",
            limit_reason="how closely lengths can be reproduced is not said; one tail of a 95 % test",
        )
        for number in (2, 4, 5)
    ),
    Claim(
        "networks-wider",
        "section 4.3",
        "Wider networks are more convex, from 32 layers on",
        LONGER,
        above(0),
        _longer("width", at="layers", layers=(SHALLOWEST, 10**6)),
        if_nothing="no two networks of 32 layers or more differ in width alone",
    ),
    Claim(
        "networks-wider-shallow",
        PROJECT,
        "Wider networks are more convex below 32 layers too, the most shallow ones, which the paper excepts",
        LONGER,
        above(0),
        _longer("width", at="layers", layers=(0, SHALLOWEST - 1)),
        if_nothing="no two networks of less than 32 layers differ in width alone",
    ),
    Claim(
        "networks-no-skip",
        PROJECT,
        "Wider networks are more convex without shortcuts too, about which the paper has Table 5 and no statement",
        LONGER,
        above(0),
        _longer("width", at="layers", shortcuts=False),
        if_nothing="no two networks without shortcuts differ in width alone",
    ),
    Claim(
        "networks-training",
        "Table 2",
        "Convexity decreases during training (with shortcuts)",
        "mean length at the end of the training less that at its start",
        below(0),
        _training(),
        if_nothing="no network was trained",
    ),
    Claim(
        "networks-depth",
        "Table 2",
        "Convexity decreases with depth (with shortcuts)",
        "mean length of the deepest network less that of the shallowest",
        below(0),
        _longer("layers", at="width"),
        if_nothing="no two networks differ in depth alone",
    ),
    Claim(
        "networks-figure-8",
        "Figure 8",
        "The loss surface of the wider network of 110 layers is more convex than that of the narrower one",
        "share of convex points of the widest network less that of the narrowest",
        above(0),
        _surfaces(),
        if_nothing="no two surfaces of networks that differ in width alone",
    ),
)
"""Every claim about networks. Surfaces are those of the deepest networks of the run; the paper's have 110 layers."""
