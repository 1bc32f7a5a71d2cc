"""Commands that draw figures from tables."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The paper's figures.", no_args_is_help=True)

PdfOption = Annotated[Path, typer.Option(help="PDF to write.")]
PngOption = Annotated[Path, typer.Option(help="PNG to write.")]


@app.command("draw")
def draw(
    name: Annotated[str, typer.Argument(help="figure03, figure04, ...")],
    landscape_tables: Annotated[list[Path], typer.Argument(help="CSV files of the landscape.", exists=True)],
    run: Annotated[list[Path], typer.Option(help="CSV files of the factorizations.", exists=True)],
    pdf: PdfOption,
    png: PngOption,
) -> None:
    """Draw one figure of the paper."""
    from starnmf.figures.drawing import draw_figure

    draw_figure(name, landscape_tables, run, pdf, png)


@app.command("draw-table")
def draw_table(
    name: Annotated[str, typer.Argument(help="figure01, figure02, figure14, or figureS1, figureS2, ....")],
    table: Annotated[Path, typer.Argument(help="CSV file of the theory or of the companions.", exists=True)],
    pdf: PdfOption,
    png: PngOption,
) -> None:
    """Draw one figure of the planted model or of the companion experiments."""
    from starnmf.figures.drawing import draw_table_figure

    draw_table_figure(name, table, pdf, png)


@app.command("draw-surfaces")
def draw_surfaces(
    surfaces: Annotated[list[Path], typer.Argument(help="CSV files of the networks' surfaces.", exists=True)],
    pdf: PdfOption,
    png: PngOption,
) -> None:
    """Draw Figure 8: the loss of networks over two random directions."""
    from starnmf.figures.drawing import draw_surface_figure

    draw_surface_figure(surfaces, pdf, png)
