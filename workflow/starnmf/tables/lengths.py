"""Tables 2, 4 and 5: mean lengths of local convexity by layers, width and epoch, beside what the paper prints.

A length depends on the training and, within it, on the direction. With several trainings of a network its interval is
that of their means; with a single one it is that of the directions alone, which says nothing about other trainings.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from starnmf.choices import BatchNorm
from starnmf.networks.protocol import EPOCHS, scale_marks
from starnmf.networks.tables import LENGTHS
from starnmf.seeds import generator
from starnmf.statistics import mean_interval
from starnmf.tables.printed import printed_lengths
from starnmf.tables.result_tables import MEAN_LENGTHS
from starnmf.tables.writing import write_pages

RESAMPLES = 9999

INTERVALS = {
    "trainings": "t-interval of the means of {trainings} trainings",
    "directions": "one training, bootstrap over its directions alone",
}
"""What the column `interval` means, in words."""

ABSENT = "\N{EN DASH}"
"""A cell that is not measured, beside others that are."""

COUNTS = ("trainings", "directions", "own_epoch", "epochs", "training_images", "line_images")
"""Columns of integers, which are empty in cells that are not measured."""


def write_lengths(table: str, measured: Sequence[Path], csv: Path, markdown: Path, latex: Path) -> None:
    """Write one table of lengths from the length files of its networks; cells that are not measured are empty.

    The CSV has a row for each cell (`length_cells`); Markdown and LaTeX have the paper's layout, with ours below it.
    Raises `InputError` on a file that holds no lengths, and on a training that is given twice.
    """
    cells = length_cells(table, LENGTHS.read(measured))
    MEAN_LENGTHS.write(cells, csv)
    write_pages(_layout(cells), markdown, latex, _note(cells))


def length_cells(table: str, measured: pd.DataFrame) -> pd.DataFrame:
    """One row for each cell, with the columns of `starnmf.tables.result_tables.MEAN_LENGTHS`."""
    printed = printed_lengths()
    paper = printed[printed["table"] == table].rename(columns={"length": "paper"})
    ours = pd.DataFrame(
        [_cell(table, rows) for _, rows in measured.groupby(["network", "epoch"])],
        columns=[name for name in MEAN_LENGTHS.names if name != "paper"],
    )
    # As objects, integers stay integers beside empty cells.
    ours, keys = ours.astype(dict.fromkeys(COUNTS, object)), list(MEAN_LENGTHS.key)
    return paper.astype({"width": float}).merge(ours, on=keys, how="outer").sort_values(keys, ignore_index=True)


def _cell(table: str, rows: pd.DataFrame) -> dict[str, object]:
    first = rows.iloc[0]
    of_trainings = rows.groupby("training")["length"]
    means, several = of_trainings.mean().to_numpy(), of_trainings.ngroups > 1
    if several:
        # A mean of lengths is from 0 to 1, as lengths are.
        ours, low, high = (float(np.clip(end, 0, 1)) for end in mean_interval(means))
    else:
        ours = float(means[0])
        low, high = _bootstrap(rows["length"].to_numpy(), str(first["network"]), int(first["epoch"]))
    units = means if several else rows["length"].to_numpy()
    return {
        "table": table,
        "layers": first["layers"],
        "width": float(first["width"]),
        "epoch": round(first["epoch"] / first["epochs"] * EPOCHS),
        "ours": ours,
        "low": low,
        "high": high,
        "interval": "trainings" if several else "directions",
        "standard_error": units.std(ddof=1) / len(units) ** 0.5,
        "trainings": len(means),
        "grid": (rows["grid_right"] - rows["grid_left"]).mean(),
        "directions": of_trainings.size().max(),
        "own_epoch": first["epoch"],
    } | {name: first[name] for name in ("epochs", "training_images", "line_images", "batch_norm", "source")}


def _bootstrap(lengths: np.ndarray, *address: str | int) -> tuple[float, float]:
    """95 % percentile interval of the mean over the directions of one training."""
    if lengths.std() == 0:
        return float(lengths[0]), float(lengths[0])
    random = generator(0, *address, "bootstrap of lengths")
    found = stats.bootstrap((lengths,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=random)
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _layout(cells: pd.DataFrame) -> pd.DataFrame:
    """The paper's layout: layers and widths as columns; a row of printed and one of measured values for each epoch.

    Where nothing is measured, the printed values alone.
    """
    epochs, whose = sorted(cells["epoch"].unique()), ("paper", "ours") if cells["ours"].notna().any() else ("paper",)
    columns = {"epoch": [f"{epoch}, {who}" for epoch in epochs for who in whose]}
    for (layers, width), rows in cells.groupby(["layers", "width"]):
        values: list[str] = []
        for _, cell in rows.sort_values("epoch").iterrows():
            values.append("" if pd.isna(cell["paper"]) else f"{cell['paper']:g}")
            if "ours" in whose:
                measured = not pd.isna(cell["ours"])
                values.append(f"{cell['ours']:.2f} [{cell['low']:.2f}, {cell['high']:.2f}]" if measured else ABSENT)
        columns[f"{layers} layers, k={width:g}"] = values
    return pd.DataFrame(columns)


def _note(cells: pd.DataFrame) -> str:
    ours = cells.dropna(subset="ours")
    if ours.empty:
        return "Ours: no network of this table is in the run."
    how = ours[["interval", "trainings", "directions", "line_images", "batch_norm"]].drop_duplicates()
    settings = "; ".join(
        f"{INTERVALS[str(row.interval)].format(trainings=row.trainings)}, {row.directions} directions for each, "
        f"{row.line_images:,.0f} training images, batch norm {BatchNorm(str(row.batch_norm)).printed}"
        for row in how.itertuples()
    )
    return " ".join(
        [
            f"Ours: mean length with its 95 % interval ({settings}); {ABSENT}: not in this run.",
            *(
                f"Not the paper's scale: {mark}; epochs are the same shares of the training."
                for mark in scale_marks(ours)
            ),
        ]
    )
