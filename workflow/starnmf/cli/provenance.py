"""Commands that write the record, the bundle and the crate of a run."""

from pathlib import Path
from typing import Annotated

import typer

from starnmf.cli.options import ExpandedLimit
from starnmf.datasets import EXPANDED_LIMIT

app = typer.Typer(help="Provenance of a run: its record, its bundle and its crate.", no_args_is_help=True)

RunFolder = Annotated[Path, typer.Argument(help="Folder of a finished run, such as results/default.")]

Checkout = Annotated[Path, typer.Option(help="Folder of the workflow.", exists=True, file_okay=False)]


@app.command("record")
def record(
    output: Annotated[Path, typer.Argument(help="JSON to write.")],
    results: Annotated[list[Path], typer.Argument(help="Figures, tables and ledger of the run.", exists=True)],
    table: Annotated[list[Path] | None, typer.Option(help="CSV that results are made from.", exists=True)] = None,
    description: Annotated[list[Path] | None, typer.Option(help="CSV that describes a matrix.", exists=True)] = None,
    training: Annotated[list[Path] | None, typer.Option(help="CSV of a training's summary.", exists=True)] = None,
    jobs: Annotated[Path, typer.Option(help="Folder of Snakemake's benchmark files.")] = Path("jobs"),
) -> None:
    """Write the software and data of a run, the cost of its jobs and the checksums of its results."""
    from starnmf.provenance.record import write_record

    write_record(description or [], training or [], table or [], results, jobs, output)


@app.command("check")
def check(run: RunFolder) -> None:
    """Check that a run has finished, and that its tables and results are as it made them."""
    from starnmf.provenance.record import read_record

    read_record(run)


@app.command("compare")
def compare(
    run: RunFolder, other: Annotated[Path, typer.Argument(help="Folder of the run to compare it with.")]
) -> None:
    """Say where two runs differ, by how much, and whether any verdict does; exit code 1 if one does."""
    from starnmf.provenance.comparison import compare_runs

    lines, differ = compare_runs(run, other)
    print("\n".join(lines))
    if differ:
        raise typer.Exit(1)


@app.command("bundle")
def bundle(run: RunFolder) -> None:
    """Pack the tables of a run as RUN/bundle.zip: figures, tables and ledger can be made from it without data."""
    from starnmf.provenance.bundle import write_bundle

    write_bundle(run, run / "bundle.zip")


@app.command("unpack")
def unpack(
    bundles: Annotated[list[Path], typer.Argument(help="Bundles of runs.", exists=True, dir_okay=False)],
    folder: Annotated[Path, typer.Argument(help="New folder to unpack them in.")],
    checkout: Checkout = Path(),
    expanded_limit: ExpandedLimit = EXPANDED_LIMIT,
) -> None:
    """Unpack bundles, whose tables and configurations are checked: figures, tables and ledger can be made from them."""
    from starnmf.provenance.bundle import unpack_bundles

    unpack_bundles(bundles, folder, checkout / "workflow/schemas/config.schema.yaml", expanded_limit)


@app.command("crate")
def crate(run: RunFolder, checkout: Checkout = Path()) -> None:
    """Describe a finished run as a Workflow Run RO-Crate, RUN/crate.zip."""
    from starnmf.provenance.crate import write_crate

    write_crate(run, checkout, run / "crate.zip")
