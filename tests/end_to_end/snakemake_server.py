"""Snakemake, loaded once and forked for every run: in most dry runs more time goes by until it is loaded than after."""

import json
import os
import sys

import jinja2  # noqa: F401  what follows is loaded by every run
import jsonschema  # noqa: F401
import requests  # noqa: F401
import snakemake.report  # noqa: F401
from snakemake.cli import main


def serve():
    """Run what every line of the input describes, and print its exit code."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(**json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def run(arguments, folder, environment, out, err):
    """Be the command `snakemake` with these arguments, which writes to the files `out` and `err`; never returns."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for path, stream in ((os.devnull, 0), (out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), stream)
    sys.argv = ["snakemake", *arguments]
    sys.exit(main(arguments))


if __name__ == "__main__":
    serve()
