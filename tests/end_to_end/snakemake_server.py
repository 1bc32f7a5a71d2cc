"""Snakemake, loaded once and forked for every run: many runs of tests take less time than to load it."""

import json
import os
import sys

import jinja2  # noqa: F401  what follows is loaded by every run
import jsonschema  # noqa: F401
import requests  # noqa: F401
import snakemake.report  # noqa: F401
from snakemake.cli import main

import starnmf.configuration
import starnmf.experiments
import starnmf.figures.catalogue
import starnmf.stamp
import starnmf.tables.catalogue  # noqa: F401
from starnmf.source_code import LIBRARY, checksum_of_code
from tests.end_to_end.forked import exit_code, keep_what_is_loaded


def serve():
    """Run what every line of the input describes, and print its exit code."""
    for line in sys.stdin:
        print(run(**json.loads(line)), flush=True)


def run(arguments, folder, environment, out, err):
    """Run the command `snakemake` with these arguments, which writes to the files `out` and `err`; its exit code."""
    with open(os.devnull) as nothing, open(out, "w") as output, open(err, "w") as errors:
        streams = {0: nothing.fileno(), 1: output.fileno(), 2: errors.fileno()}
        sys.argv = ["snakemake", *arguments]
        return exit_code(lambda: main(arguments), streams, folder, environment)


def read_code():
    """Have the checksum of every module's code, which holds wherever the module has the same text."""
    for path in LIBRARY.glob("starnmf/**/*.py"):
        name = path.relative_to(LIBRARY).with_suffix("").as_posix().replace("/", ".")
        checksum_of_code(name.removesuffix(".__init__"))


if __name__ == "__main__":
    read_code()
    keep_what_is_loaded()
    serve()
