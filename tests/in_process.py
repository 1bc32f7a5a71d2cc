"""The command in the process of a test: a new one takes longer to load its libraries than many a command to work."""

import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from subprocess import CompletedProcess
from unittest.mock import patch

import pytest

from starnmf.cli import main


def starnmf(folder, *arguments):
    """Run the command in a folder; an error that it does not tell of as one ends the test."""
    command, out, err = ["starnmf", *map(str, arguments)], StringIO(), StringIO()
    with (
        chdir(folder),
        patch.object(sys, "argv", command),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    code = ended.value.code
    said = f"{code}\n" if isinstance(code, str) else ""
    return CompletedProcess(command, int(bool(code)), out.getvalue(), err.getvalue() + said)
