"""Commands that write the record, the bundle and the crate of a run."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Provenance of a run: its record, its bundle and its crate.", no_args_is_help=True)

RecordFile = Annotated[Path, typer.Argument(help="JSON of the run's record.", exists=True)]
ResultFiles = Annotated[list[Path], typer.Argument(help="Files that the run made.", exists=True)]


@app.command("record")
def record(
    output: Annotated[Path, typer.Argument(help="JSON to write.")],
    results: ResultFiles,
    description: Annotated[list[Path] | None, typer.Option(help="CSV that describes a matrix.", exists=True)] = None,
    training: Annotated[list[Path] | None, typer.Option(help="CSV of a training's summary.", exists=True)] = None,
    jobs: Annotated[Path, typer.Option(help="Folder of Snakemake's benchmark files.")] = Path("benchmarks/jobs"),
) -> None:
    """Write the software and data of a run, the cost of its jobs and the checksums of its results."""
    from starnmf.provenance.record import write_record

    write_record(description or [], training or [], results, jobs, output)


@app.command("bundle")
def bundle(
    output: Annotated[Path, typer.Argument(help="Zip archive to write.")],
    record: RecordFile,
    tables: Annotated[list[Path], typer.Argument(help="CSV files that figures and tables are made from.", exists=True)],
) -> None:
    """Pack the tables of a run, from which its figures, tables and ledger can be made without data."""
    from starnmf.provenance.record import write_bundle

    write_bundle(record, tables, output)


@app.command("crate")
def crate(
    output: Annotated[Path, typer.Argument(help="Zip archive to write.")],
    record: RecordFile,
    results: ResultFiles,
    workflow: Annotated[list[Path], typer.Option(help="A file of the workflow; the Snakefile first.", exists=True)],
) -> None:
    """Describe a finished run as a Workflow Run RO-Crate."""
    from starnmf.provenance.crate import write_crate

    write_crate(record, workflow, results, output)
