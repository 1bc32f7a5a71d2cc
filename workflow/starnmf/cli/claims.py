"""Commands of the ledger."""

from pathlib import Path
from typing import Annotated

import typer

from starnmf.cli.options import CsvOption, MarkdownOption

app = typer.Typer(help="Claims ledger: a verdict for every claim of the paper.", no_args_is_help=True)


@app.command("judge")
def judge(
    results: Annotated[list[Path], typer.Argument(help="CSV files of a run's results.", exists=True)],
    csv: CsvOption,
    markdown: MarkdownOption,
    measured_only: Annotated[bool, typer.Option("--measured-only", help="Leave out what was not measured.")] = False,
) -> None:
    """Measure every claim of the paper on result files and write its verdict."""
    from starnmf.claims.ledger import write_ledger

    write_ledger(results, csv, markdown, measured_only)


@app.command("summary")
def summarize(ledger: Annotated[Path, typer.Argument(help="CSV of the ledger.", exists=True)]) -> None:
    """Print the verdicts of a ledger."""
    from starnmf.claims.page import summary
    from starnmf.claims.tables import LEDGER

    print(summary(LEDGER.read([ledger])))
