"""Commands that write pages of the report."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Pages of the report: tables, and interactive plots.", no_args_is_help=True)


@app.command("page")
def page(
    title: Annotated[str, typer.Argument(help="Heading of a page without one.")],
    markdown: Annotated[Path, typer.Argument(help="Markdown to read.", exists=True)],
    html: Annotated[Path, typer.Argument(help="HTML to write.")],
) -> None:
    """Write a table as an HTML page."""
    from starnmf.report.page import write_page

    write_page(title, markdown, html)


@app.command("ledger")
def ledger_page(
    ledger: Annotated[Path, typer.Argument(help="CSV of the ledger.", exists=True)],
    html: Annotated[Path, typer.Argument(help="HTML to write.")],
) -> None:
    """Write the ledger as an HTML page with filters."""
    from starnmf.report.ledger import write_ledger_page

    write_ledger_page(ledger, html)


@app.command("matrix")
def matrix_page(
    markdown: Annotated[Path, typer.Argument(help="Markdown to write.")],
    html: Annotated[Path, typer.Argument(help="HTML to write.")],
    curvature: Annotated[list[Path], typer.Option(help="CSV files of curvature at rate 1.0.", exists=True)],
    ranks: Annotated[list[Path], typer.Option(help="CSV files of curvature against the rank.", exists=True)],
    pairs: Annotated[list[Path], typer.Option(help="CSV files of pairs of optima.", exists=True)],
    run: Annotated[list[Path], typer.Option(help="CSV files of the factorizations at rate 1.0.", exists=True)],
) -> None:
    """Write what was found about one matrix as a page to read."""
    from starnmf.report.matrix import write_matrix_page
    from starnmf.report.page import write_page

    write_matrix_page(curvature, ranks, pairs, run, markdown)
    write_page(markdown.stem, markdown, html)


@app.command("rank")
def rank_page(
    ranks: Annotated[Path, typer.Argument(help="CSV of the choice of a rank.", exists=True)],
    markdown: Annotated[Path, typer.Argument(help="Markdown to write.")],
    html: Annotated[Path, typer.Argument(help="HTML to write.")],
) -> None:
    """Write which rank a matrix has, and how many restarts are enough, as a page to read."""
    from starnmf.report.page import write_page
    from starnmf.report.rank import write_rank_page

    write_rank_page(ranks, markdown)
    write_page(markdown.stem, markdown, html)


@app.command("landscape")
def landscape_page(
    html: Annotated[Path, typer.Argument(help="HTML to write.")],
    curvature: Annotated[list[Path], typer.Option(help="CSV files of curvature.", exists=True)],
    lines: Annotated[list[Path], typer.Option(help="CSV files of losses along segments.", exists=True)],
    trajectory: Annotated[list[Path], typer.Option(help="CSV files of trajectories.", exists=True)],
    run: Annotated[list[Path], typer.Option(help="CSV files of the factorizations.", exists=True)],
) -> None:
    """Write the landscape of one dataset as interactive plots."""
    from starnmf.report.landscape import write_landscape

    write_landscape(curvature, lines, trajectory, run, html)


@app.command("gallery")
def gallery(
    run: Annotated[Path, typer.Argument(help="Folder of a run with figures and ledger.", exists=True)],
    output: Annotated[Path, typer.Argument(help="Folder to write pictures and a page to.")],
) -> None:
    """Write all figures of a run as a page, each with its command, its data and the verdicts on it."""
    from starnmf.report.gallery import write_gallery

    write_gallery(run, output)
