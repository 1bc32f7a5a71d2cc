"""Draw figures from result files."""

from collections.abc import Sequence
from pathlib import Path
from pkgutil import resolve_name

import matplotlib
import pandas as pd

from starnmf.errors import InputError
from starnmf.factorization.tables import RUNS
from starnmf.figures import style
from starnmf.figures.catalogue import FIGURES, FigureEntry
from starnmf.figures.provenance import data_behind


def draw_figure(name: str, tables: Sequence[Path], runs: Sequence[Path], pdf: Path, png: Path) -> None:
    """Draw one figure from result tables and the summaries of their factorizations; save it as PDF and PNG.

    The same input gives the same bytes; for figures on datasets the order of the files does not matter. Raises
    `InputError` on an unknown figure, on files that do not fit, on more than one regime, and on no data to draw.
    """
    if name not in FIGURES:
        raise InputError(f"no figure {name!r}; expected one of {', '.join(FIGURES)}")
    figure = FIGURES[name]
    table, draw = figure.table.read(tables), resolve_name(f"starnmf.{figure.draw}")
    with matplotlib.rc_context(style.RC):
        if figure.under_regimes:
            table, known = rows_shown(figure, table, ", ".join(map(str, tables))), RUNS.read(runs)
            page = draw(figure, table, known)
            data = data_behind("dataset", known[known["dataset"].isin(table["dataset"])])
        else:
            page = draw(figure, table)
            data = next(
                (data_behind(name, table) for name in ("network", "dataset") if {name, "device"} <= set(table)), {}
            )
        style.save(page, data, pdf, png)


def rows_shown(figure: FigureEntry, table: pd.DataFrame, where: str) -> pd.DataFrame:
    """The rows of `table` that a figure shows, its datasets in the order of the panels.

    A table without any of the figure's own datasets is shown whole. Raises `InputError`, naming the files `where` the
    table was read from, when a dataset to show has no such row.
    """
    regimes = sorted(table["regime"].unique())
    if len(regimes) > 1:
        raise InputError(f"{where}: found the regimes {', '.join(regimes)}; expected one. Draw a figure for each")
    present = sorted(table["dataset"].unique())
    datasets = figure.shown(present) or present
    if not datasets:
        raise InputError(f"{where}: found no row; expected those of at least one dataset")
    shown = {dataset: table[table["dataset"] == dataset] for dataset in datasets}
    if figure.rows is not None:
        column, value = figure.rows
        shown = {dataset: rows[rows[column] == value] for dataset, rows in shown.items()}
        for dataset, rows in shown.items():
            if rows.empty:
                found = ", ".join(sorted(table.loc[table["dataset"] == dataset, column].unique()))
                raise InputError(f"{where}: {dataset} has no rows with {column} {value}, found {found}")
    return pd.concat(shown.values(), ignore_index=True)
