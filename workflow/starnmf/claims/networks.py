"""Claims of section 4.3 and Appendix B about networks: how they are trained, and how far their loss is convex."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
from scipy import stats

from starnmf.claims.claim import CHECK, PROJECT, Claim, Finding, above, at_least, at_most, below, exact, measured_on
from starnmf.claims.data import data_of_networks
from starnmf.claims.printed_tables import SHALLOWEST
from starnmf.claims.statistics import difference
from starnmf.networks import tables
from starnmf.networks.protocol import THIRDS, scale_marks
from starnmf.results.table import rows_where
from starnmf.tables.printed import PROTOCOL
from starnmf.tables.result_tables import MEAN_LENGTHS

STANDARD_ERRORS = 2.0
ROUNDING = 0.005
"""A cell agrees within two standard errors of the difference of two such means, and the rounding of its two digits."""

BY_CHANCE = 0.025
"""A table agrees unless so many of its cells are off that chance alone does that less often than this."""

ONE_TRAINING = "one training of each network, so that the interval is that of the directions alone"


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
    """How probable it is by chance that as many cells of a table are off."""
    cells = rows_where(rows, table=table).dropna(subset=["paper", "ours"])
    if cells.empty:
        return
    # The paper's means are of 25 segments too: their error is taken to be as large as ours.
    allowed = STANDARD_ERRORS * np.sqrt(2) * cells["standard_error"] + ROUNDING
    off = int(((cells["ours"] - cells["paper"]).abs() > allowed).sum())
    freedom = 2 * (cells["directions"] - 1)
    expected = float((2 * stats.t.sf(STANDARD_ERRORS, freedom)).mean())
    probability = stats.binom.sf(off - 1, len(cells), expected)
    how = f"({off} of {len(cells)} cells off, {expected * len(cells):.1f} expected by chance)"
    data = data_of_networks(cells)
    yield Finding(exact(probability, how), cells, data=data, reason="; ".join([*scale_marks(cells), ONE_TRAINING]))


@measured_on(tables.LENGTHS)
def _wider(table: pd.DataFrame, shortcuts: bool, layers: tuple[int, int]) -> Iterable[Finding]:
    """The widest network's lengths less the narrowest's, for every depth and epoch of the training."""
    rows = rows_where(_trained(table), shortcuts=shortcuts)
    for (depth, epoch), of_depth in rows[rows["layers"].between(*layers)].groupby(["layers", "epoch"]):
        if of_depth["width"].nunique() > 1:
            yield _compared(of_depth, "width", f"{depth} layers, epoch {epoch}")


@measured_on(tables.LENGTHS)
def _deeper(table: pd.DataFrame) -> Iterable[Finding]:
    """The deepest network's lengths less the shallowest's, for every width and epoch of the training."""
    for (shortcuts, width, epoch), of_width in _trained(table).groupby(["shortcuts", "width", "epoch"]):
        if of_width["layers"].nunique() > 1:
            kind = "" if shortcuts else "no shortcuts, "
            yield _compared(of_width, "layers", f"{kind}k = {width:g}, epoch {epoch}")


@measured_on(tables.LENGTHS)
def _training(table: pd.DataFrame) -> Iterable[Finding]:
    """The lengths at the end of a training less those at its start."""
    for network, rows in table.groupby("network"):
        yield _compared(rows, "epoch", str(network))


def _compared(rows: pd.DataFrame, column: str, case: str) -> Finding:
    """Mean length at the largest value of a column less that at its smallest."""
    least, most = rows[column].min(), rows[column].max()
    few, many = (rows.loc[rows[column] == value, "length"] for value in (least, most))
    how = f"{column} {most:g} less {column} {least:g}: {many.mean():.3f} - {few.mean():.3f}"
    reason = "; ".join([how, *scale_marks(rows), *_settings(rows), ONE_TRAINING])
    return Finding(difference(many, few, "direction"), rows, case=case, data=data_of_networks(rows), reason=reason)


@measured_on(tables.NETWORK_SURFACES)
def _surfaces(table: pd.DataFrame) -> Iterable[Finding]:
    """The share of points at which the widest network's surface is convex, less the narrowest's."""
    for (depth, shortcuts), of_depth in table.groupby(["layers", "shortcuts"]):
        inner = of_depth[of_depth["convex"].notna()]
        shares = inner["convex"].astype(bool).groupby(inner["width"]).mean()
        if len(shares) > 1:
            how = f"(k = {shares.index[-1]:g}: {shares.iloc[-1]:.3f}, k = {shares.index[0]:g}: {shares.iloc[0]:.3f})"
            plain = "" if shortcuts else ", no shortcuts"
            yield Finding(
                exact(shares.iloc[-1] - shares.iloc[0], how),
                of_depth,
                case=f"{depth} layers{plain}",
                data=data_of_networks(of_depth),
                reason="; ".join([*scale_marks(of_depth), *_settings(of_depth), "one pair of directions"]),
            )


def _trained(lengths: pd.DataFrame) -> pd.DataFrame:
    """Rows from a third of the training on; at its start nearly every length of the paper is 1."""
    return lengths[lengths["epoch"] * THIRDS >= lengths["epochs"]]


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
            "probability by chance that as many cells are two standard errors off",
            at_least(BY_CHANCE),
            _cells(f"table{number}"),
            if_nothing="no network of this table is in the run",
        )
        for number in (2, 4, 5)
    ),
    Claim(
        "networks-wider",
        "section 4.3",
        "Wider networks are more convex, from 32 layers on",
        LONGER,
        above(0),
        _wider(True, (SHALLOWEST, 10**6)),
        if_nothing="no two networks of 32 layers or more differ in width alone",
    ),
    Claim(
        "networks-wider-shallow",
        PROJECT,
        "Wider networks are more convex below 32 layers too, of which the paper does not claim it",
        LONGER,
        above(0),
        _wider(True, (0, SHALLOWEST - 1)),
        if_nothing="no two networks of less than 32 layers differ in width alone",
    ),
    Claim(
        "networks-no-skip",
        "Table 5",
        "Wider networks are more convex without shortcuts too",
        LONGER,
        above(0),
        _wider(False, (0, 10**6)),
        if_nothing="no two networks without shortcuts differ in width alone",
    ),
    Claim(
        "networks-training",
        "Table 2",
        "Convexity decreases during training",
        "mean length at the end of the training less that at its start",
        below(0),
        _training(),
        if_nothing="no network was trained",
    ),
    Claim(
        "networks-depth",
        "Table 2",
        "Convexity decreases with depth",
        "mean length of the deepest network less that of the shallowest",
        below(0),
        _deeper(),
        if_nothing="no two networks differ in depth alone",
    ),
    Claim(
        "networks-figure-8",
        "Figure 8",
        "The loss of the wider network is the more convex surface",
        "share of convex points of the widest network less that of the narrowest",
        above(0),
        _surfaces(),
        if_nothing="no two surfaces of networks that differ in width alone",
    ),
)
"""Every claim about networks. Surfaces are those of the deepest networks of the run; the paper's have 110 layers."""
