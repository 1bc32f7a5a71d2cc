"""From result files to a figure's PDF and PNG."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import matplotlib
import pandas as pd

from starnmf.errors import InputError
from starnmf.figures import style
from starnmf.figures.catalogue import FIGURES, SURFACE_FIGURE, TABLE_FIGURES, PaperFigure
from starnmf.figures.provenance import data_behind
from starnmf.result_tables import read_tables


def draw_figure(name: str, tables: Sequence[Path], runs: Sequence[Path], pdf: Path, png: Path) -> None:
    """Draw one figure from landscape tables of its kind and the runs tables behind them; save it as PDF and PNG.

    The same input gives the same bytes, whatever the order of the files. Raises `InputError` on an unknown figure, on
    files that do not fit (`read_tables`), on more than one regime and when nothing is left to draw.
    """
    if name not in FIGURES:
        raise InputError(f"no figure {name!r}; expected one of {', '.join(FIGURES)}")
    figure = FIGURES[name]
    where = ", ".join(map(str, tables))
    table = rows_shown(figure, read_tables(figure.table, tables), where)
    with matplotlib.rc_context(style.RC):
        known = read_tables("runs", runs)
        page = import_module(f"starnmf.figures.{name}").draw(table, known)
        style.save(page, data_behind("dataset", known[known["dataset"].isin(table["dataset"])]), pdf, png)


def draw_table_figure(name: str, table: Path, pdf: Path, png: Path) -> None:
    """Draw one figure from the one table that it shows; save it as PDF and PNG.

    Raises `InputError` on an unknown figure and on a file that does not fit (`read_tables`).
    """
    if name not in TABLE_FIGURES:
        raise InputError(f"no figure {name!r}; expected one of {', '.join(TABLE_FIGURES)}")
    rows = read_tables(TABLE_FIGURES[name].table, [table])
    with matplotlib.rc_context(style.RC):
        style.save(import_module(f"starnmf.figures.{name}").draw(rows), {}, pdf, png)


def draw_surface_figure(tables: Sequence[Path], pdf: Path, png: Path) -> None:
    """Draw Figure 8 from the surfaces of networks, in their order; save it as PDF and PNG.

    Raises `InputError` on files that do not fit (`read_tables`).
    """
    surfaces = read_tables("network-surface", tables)
    with matplotlib.rc_context(style.RC):
        page = import_module(f"starnmf.figures.{SURFACE_FIGURE.name}").draw(surfaces)
        style.save(page, data_behind("network", surfaces), pdf, png)


def rows_shown(figure: PaperFigure, table: pd.DataFrame, where: str) -> pd.DataFrame:
    """The rows of `table` that a figure shows, its datasets in the order of the panels.

    Raises `InputError`, naming the files `where` the table was read from, when a dataset to show has no such row.
    """
    regimes = sorted(table["regime"].unique())
    if len(regimes) > 1:
        raise InputError(f"{where}: found the regimes {', '.join(regimes)}; expected one. Draw a figure for each")
    datasets = figure.shown(table["dataset"].unique())
    if not datasets:
        found = ", ".join(sorted(table["dataset"].unique())) or "no row at all"
        raise InputError(
            f"{where}: nothing for {figure.name} to show; found {found}; expected "
            f"{' or '.join(figure.datasets) if figure.datasets else 'the rows of at least one dataset'}"
        )
    shown = {dataset: table[table["dataset"] == dataset] for dataset in datasets}
    if figure.rows is not None:
        column, value = figure.rows
        shown = {dataset: rows[rows[column] == value] for dataset, rows in shown.items()}
        for dataset, rows in shown.items():
            if rows.empty:
                found = ", ".join(sorted(table.loc[table["dataset"] == dataset, column].unique()))
                raise InputError(f"{where}: {dataset} has no rows with {column} {value}, found {found}")
    return pd.concat(shown.values(), ignore_index=True)
