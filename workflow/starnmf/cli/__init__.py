"""The command line: one command per rule of the pipeline, each usable on its own.

A module for each stage, which parses and calls. Heavy libraries are imported by the commands that
use them, so that every command starts as fast as it can.
"""

import os
import sys
from importlib import import_module

import typer
from typer.exceptions import TyperException

from starnmf.errors import InputError, WriteError

app = typer.Typer(help="Star-convexity in NMF, measured.", no_args_is_help=True, pretty_exceptions_enable=False)
STAGES = (
    *("datasets", "factorization", "landscape", "optima", "rank_choice", "experiments", "networks"),
    *("figures", "tables", "claims", "report", "provenance", "article"),
)
for stage in STAGES:
    app.add_typer(import_module(f"starnmf.cli.{stage}").app, name=stage)


def main() -> None:
    """Run a command; invalid input is one line on stderr and exit code 1."""
    # Work is divided into fixed blocks on threads (starnmf.blocks), each with one BLAS thread.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    try:
        code = app(standalone_mode=False, prog_name="starnmf")
    except WriteError as error:
        # At once: HDF5 crashes when it ends with a file that it could not write.
        print(f"starnmf: error: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    except InputError as error:
        sys.exit(f"starnmf: error: {error}")
    except TyperException as error:
        sys.exit(_message_of(error))
    except OSError as error:
        if error.filename is None:
            raise
        sys.exit(f"starnmf: error: {error.filename}: {error.strerror}")
    except MemoryError as error:
        sys.exit(f"starnmf: error: memory is not enough: {error}. Give the job more, or take fewer restarts at a time")
    except (typer.Abort, KeyboardInterrupt):
        sys.exit("starnmf: stopped")
    sys.exit(code)


def _message_of(error: TyperException) -> str | int:
    """The error as one line; exit code 1 alone after the help, which is shown where nothing was typed."""
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    where = f". See {context.command_path} --help" if context else ""
    return f"starnmf: error: {message.rstrip('.')}{where}" if message else 1
