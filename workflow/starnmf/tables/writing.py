"""A table as CSV, Markdown and LaTeX."""

from pathlib import Path

import pandas as pd

from starnmf.markdown import markdown_table
from starnmf.results.atomic import atomic_write, write_atomically

LATEX = {letter: "\\" + letter for letter in "&%_#${}"} | {
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
}


def write_table(table: pd.DataFrame, csv: Path, markdown: Path, latex: Path, note: str = "") -> None:
    """Write one table in three forms, the pages with a sentence below it; empty cells where a value is missing."""
    with atomic_write(csv) as temporary:
        table.to_csv(temporary, index=False)
    write_pages(table, markdown, latex, note)


def write_pages(table: pd.DataFrame, markdown: Path, latex: Path, note: str = "") -> None:
    """Write a table as Markdown and LaTeX, with a sentence below it. LaTeX needs booktabs."""
    header = [str(column) for column in table.columns]
    rows = [["" if pd.isna(value) else _shown(value) for value in row] for row in table.itertuples(index=False)]
    write_atomically(markdown, markdown_table(header, rows) + (f"\n\n{note}\n" if note else "\n"))
    body = [" & ".join(_latex(cell) for cell in line) + r" \\" for line in [header, *rows]]
    lines = [rf"\begin{{tabular}}{{{'l' * len(header)}}}", r"\toprule", body[0], r"\midrule", *body[1:]]
    end = [r"\bottomrule", r"\end{tabular}", *([_latex(note)] if note else []), ""]
    write_atomically(latex, "\n".join([*lines, *end]))


def _shown(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _latex(cell: str) -> str:
    return "".join(LATEX.get(letter, letter) for letter in cell)
