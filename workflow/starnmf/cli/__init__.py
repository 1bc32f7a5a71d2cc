"""The command line: one command per rule of the pipeline, each usable on its own.

A module for each stage, which parses and calls. Heavy libraries are imported by the commands that
use them, so that every command starts as fast as it can.
"""

import os
import sys

import typer
from typer.exceptions import TyperException

from starnmf.cli import (
    claims,
    datasets,
    experiments,
    factorization,
    figures,
    landscape,
    networks,
    provenance,
    report,
    tables,
)
from starnmf.errors import InputError

app = typer.Typer(help="Star-convexity in NMF, measured.", no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(datasets.app, name="datasets")
app.add_typer(factorization.app, name="factorization")
app.add_typer(landscape.app, name="landscape")
app.add_typer(experiments.app, name="experiments")
app.add_typer(networks.app, name="networks")
app.add_typer(figures.app, name="figures")
app.add_typer(tables.app, name="tables")
app.add_typer(claims.app, name="claims")
app.add_typer(report.app, name="report")
app.add_typer(provenance.app, name="provenance")


def main() -> None:
    """Run a command; a mistake in what was typed or read is one line on stderr and exit code 1."""
    # Parallelism is ours: fixed blocks on our own threads (starnmf.blocks), one BLAS thread in each.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    try:
        code = app(standalone_mode=False, prog_name="starnmf")
    except InputError as error:
        sys.exit(f"starnmf: error: {error}")
    except TyperException as error:
        sys.exit(_said_of(error))
    except (typer.Abort, KeyboardInterrupt):
        sys.exit("starnmf: stopped")
    sys.exit(code)


def _said_of(error: TyperException) -> str | int:
    """One line on what was typed wrongly; nothing where nothing was typed, after which the help was shown."""
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    where = f". See {context.command_path} --help" if context else ""
    return f"starnmf: error: {message.rstrip('.')}{where}" if message else 1
