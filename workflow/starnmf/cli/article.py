"""Commands that make the article about measured runs."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The article about measured runs: its numbers, and its pages.", no_args_is_help=True)


@app.command("numbers")
def numbers(
    output: Annotated[Path, typer.Argument(help="JSON to write.")],
    tables: Annotated[list[Path], typer.Argument(help="CSV files of all results.", exists=True)],
    record: Annotated[Path, typer.Option(help="Record of the unpacked bundles.", exists=True)] = Path(
        "provenance.json"
    ),
) -> None:
    """Write the numbers of the article that are not in the ledger."""
    from starnmf.article.numbers import write_numbers

    write_numbers(tables, record, output)


@app.command("typeset")
def typeset(
    source: Annotated[Path, typer.Argument(help="Typst document.", exists=True)],
    output: Annotated[Path, typer.Argument(help="PDF or HTML to write.")],
    inputs: Annotated[list[Path], typer.Argument(help="Files that it reads: numbers, ledger, figures.", exists=True)],
) -> None:
    """Typeset the article as PDF or HTML."""
    from starnmf.article.typesetting import typeset

    typeset(source, inputs, output)
