"""Commands that write the paper's tables."""

from pathlib import Path
from typing import Annotated

import typer

from starnmf.cli.options import CsvOption, MarkdownOption

app = typer.Typer(help="The paper's tables.", no_args_is_help=True)

LatexOption = Annotated[Path, typer.Option(help="LaTeX to write.")]


@app.command("table1")
def table1(
    matrices: Annotated[list[Path], typer.Argument(help="CSV files that describe the matrices.", exists=True)],
    csv: CsvOption,
    markdown: MarkdownOption,
    latex: LatexOption,
) -> None:
    """Write shapes and densities of the datasets, compared with the paper's."""
    from starnmf.tables.comparisons import write_table1

    write_table1(matrices, csv, markdown, latex)


@app.command("table6")
def table6(
    names: Annotated[list[str], typer.Argument(metavar="DATASET...")],
    csv: CsvOption,
    markdown: MarkdownOption,
    latex: LatexOption,
) -> None:
    """Write addresses of the datasets, compared with the paper's."""
    from starnmf.tables.comparisons import write_table6

    write_table6(names, csv, markdown, latex)


@app.command("lengths")
def table_of_lengths(
    name: Annotated[str, typer.Argument(help="table2, table4 or table5.")],
    csv: CsvOption,
    markdown: MarkdownOption,
    latex: LatexOption,
    lengths: Annotated[list[Path] | None, typer.Argument(help="CSV files of lengths.", exists=True)] = None,
) -> None:
    """Write lengths of local convexity, compared with the paper's."""
    from starnmf.tables.lengths import write_lengths

    write_lengths(name, lengths or [], csv, markdown, latex)


@app.command("table3")
def table3(
    csv: CsvOption,
    markdown: MarkdownOption,
    latex: LatexOption,
    summaries: Annotated[list[Path] | None, typer.Argument(help="CSV files of trainings.", exists=True)] = None,
) -> None:
    """Write parameters of the networks' training, compared with the paper's."""
    from starnmf.tables.comparisons import write_table3

    write_table3(summaries or [], csv, markdown, latex)
