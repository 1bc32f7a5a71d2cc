"""Commands that draw figures from tables."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The paper's figures.", no_args_is_help=True)


@app.command("draw")
def draw(
    name: Annotated[str, typer.Argument(help="figure03, figureS1, ...")],
    tables: Annotated[list[Path], typer.Argument(help="CSV files of its result table.", exists=True)],
    pdf: Annotated[Path, typer.Option(help="PDF to write.")],
    png: Annotated[Path, typer.Option(help="PNG to write.")],
    run: Annotated[
        list[Path] | None,
        typer.Option(help="CSV files of the factorizations behind a figure on datasets.", exists=True),
    ] = None,
) -> None:
    """Draw one figure."""
    from starnmf.figures.drawing import draw_figure

    draw_figure(name, tables, run or [], pdf, png)
