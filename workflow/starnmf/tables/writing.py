"""A table as CSV, Markdown and LaTeX."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from starnmf.results.atomic import atomic_write

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
    with atomic_write(markdown) as temporary:
        text = markdown_table(header, rows) + (f"\n\n{note}\n" if note else "\n")
        temporary.write_text(text, encoding="utf-8")
    with atomic_write(latex) as temporary:
        body = [" & ".join(_latex(cell) for cell in line) + r" \\" for line in [header, *rows]]
        lines_of_latex = [rf"\begin{{tabular}}{{{'l' * len(header)}}}", r"\toprule", body[0], r"\midrule", *body[1:]]
        end = [r"\bottomrule", r"\end{tabular}", *([_latex(note)] if note else []), ""]
        temporary.write_text("\n".join([*lines_of_latex, *end]), encoding="utf-8")


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = ([cell.replace("|", r"\|") for cell in line] for line in (header, ["---"] * len(header), *rows))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shown(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _latex(cell: str) -> str:
    return "".join(LATEX.get(letter, letter) for letter in cell)
