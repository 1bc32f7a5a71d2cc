"""A command in place of `starnmf` that has its libraries loaded: most jobs of a small run take longer to load them.

It hands its arguments, environment and output to a server, which is forked for every job. Companions are measured at
small sizes there: no preset sets these, and at the paper's they take longer than all other jobs of a small run.
"""

import json
import os
import socket
import stat
import subprocess
import sys
from contextlib import contextmanager, redirect_stderr, suppress
from io import StringIO
from tempfile import TemporaryDirectory

from tests.end_to_end.checkout import ROOT
from tests.end_to_end.forked import exit_code, keep_what_is_loaded

COMMAND = """#!/bin/sh
exec "{python}" -IS "{client}" "$@"
"""

CLIENT = """
import json, os, socket, sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    job = {{"arguments": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}
    socket.send_fds(server, [json.dumps(job).encode()], [1, 2])
    server.shutdown(socket.SHUT_WR)
    sys.exit(int(server.recv(9) or 1))
"""


@contextmanager
def command_of_server():
    """A folder with the command, which is to come first on the path, while its server runs."""
    with TemporaryDirectory() as folder:
        command, client, address = (os.path.join(folder, name) for name in ("starnmf", "client.py", "socket"))
        for path, text in (
            (command, COMMAND.format(python=sys.executable, client=client)),
            (client, CLIENT.format(address=address)),
        ):
            with open(path, "w") as file:
                file.write(text)
        os.chmod(command, stat.S_IRWXU)
        with subprocess.Popen([sys.executable, "-m", __name__, address], cwd=ROOT, stdout=subprocess.PIPE) as server:
            try:
                assert server.stdout.readline() == b"ready\n"
                yield folder
            finally:
                server.terminate()


def serve(address):
    """Run every job that comes, beside the others."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        print("ready", flush=True)
        while True:
            connection, _ = listening.accept()
            if os.fork() == 0:
                job, streams = received(connection)
                sys.argv = ["starnmf", *job["arguments"]]
                code = exit_code(main, streams, job["folder"], job["environment"])
                connection.sendall(str(code).encode())
                os._exit(0)
            connection.close()
            reap()


def reap():
    """Take leave of the children that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def received(connection):
    """What is to run, and where its output goes."""
    message, (output, errors), *_ = socket.recv_fds(connection, 2**16, 2)
    while more := connection.recv(2**16):
        message += more
    return json.loads(message), {1: output, 2: errors}


def compile_functions():
    """Have the compiled functions of factorizations and measurements: jobs at the same time would each compile them."""
    from starnmf.factorization.descent import factorize
    from starnmf.factorization.settings import Settings
    from starnmf.landscape.curvature import measure_curvature
    from starnmf.landscape.steps import measure_steps
    from tests.factorization.plain_descent import planted

    for kind in ("dense", "observed"):
        matrix = planted(kind, n=12, m=10, r=2)
        with redirect_stderr(StringIO()):  # progress bars
            by_regime = factorize(matrix, settings=Settings(steps=5, gradient_cap=50), restarts=2)
        for factors in by_regime.values():
            measure_curvature(matrix, factors, points=2)
            measure_steps(matrix, factors, 1)


if __name__ == "__main__":
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"  # as the command does, before libraries are loaded

    import starnmf.claims.ledger
    import starnmf.factorization.descent
    import starnmf.figures.drawing
    import starnmf.landscape.trajectory
    import starnmf.networks.training
    import starnmf.report.landscape  # noqa: F401
    from starnmf.cli import main
    from tests.companions.short import shorten

    shorten()
    compile_functions()
    keep_what_is_loaded()
    serve(sys.argv[1])
