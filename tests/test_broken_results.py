"""Commands on results that are cut or of another kind, and on disks without room: one line with the path, no file."""

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from starnmf import factorize, matrix_from
from starnmf.landscape.lines import measure_lines
from starnmf.landscape.tables import LINES
from starnmf.matrix import save_matrix
from starnmf.subsamples import save_factors_of_subsamples
from tests.in_process import starnmf

STARNMF = Path(sys.executable).parent / "starnmf"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    matrix = matrix_from(np.random.default_rng(0).gamma(2.0, size=(30, 20)), rank=2)
    factors = factorize(matrix, ("published",), restarts=2)["published"]
    save_matrix(matrix, folder / "matrix.h5")
    save_factors_of_subsamples([factors], folder / "factors.h5")
    LINES.write(measure_lines(matrix, factors, 2), folder / "lines.csv")
    return folder


def refused(folder, *command):
    """The line that a command says of what it cannot read."""
    done = starnmf(folder, *command)
    assert done.returncode == 1, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("starnmf: error: ")
    return line


def not_written(folder, *command, largest_file=None):
    """The line that a command says of what it cannot write, after which its process ends at once."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    done = subprocess.run(
        [STARNMF, *command], cwd=folder, capture_output=True, text=True, preexec_fn=limit if largest_file else None
    )
    assert done.returncode == 1, done.stderr
    *before, line = done.stderr.splitlines()
    assert line.startswith("starnmf: error: ")
    # HDF5 itself complains of what it could not write.
    assert not before or largest_file
    return line


@pytest.mark.parametrize("share", [0.1, 2 / 3, 0.95])
@pytest.mark.parametrize("name", ["matrix.h5", "factors.h5"])
def test_a_cut_file_of_arrays_is_named(results, tmp_path, name, share):
    for path in results.glob("*.h5"):
        content = path.read_bytes()
        (tmp_path / path.name).write_bytes(content[: int(share * len(content))] if path.name == name else content)
    line = refused(tmp_path, "landscape", "lines", "matrix.h5", "factors.h5", "out.csv")
    assert f"{name}: cannot be read as" in line
    assert line.endswith("expected a whole result file. Delete it to have it made anew")
    assert not (tmp_path / "out.csv").exists()


def test_a_file_of_another_kind_is_named(results):
    for given, wrong in ((("factors.h5", "factors.h5"), "a matrix"), (("matrix.h5", "matrix.h5"), "factors")):
        line = refused(results, "landscape", "lines", *given, "out.csv")
        assert f"{given[0]}: cannot be read as {wrong}" in line


def test_a_table_that_ends_within_a_line_is_not_drawn(results, tmp_path):
    content = (results / "lines.csv").read_bytes()
    for share in (2 / 3, 0.9, 0.999):
        cut = content[: int(share * len(content))]
        (tmp_path / "lines.csv").write_bytes(cut if not cut.endswith(b"\n") else cut[:-1])
        line = refused(
            tmp_path,
            "figures",
            "draw",
            "figure04",
            "lines.csv",
            "--pdf",
            "a.pdf",
            "--png",
            "a.png",
            "--run",
            "lines.csv",
        )
        assert "lines.csv: ends within a line; expected a whole table" in line
        assert not list(tmp_path.glob("a.*"))


@pytest.mark.parametrize("command", [
    ("landscape", "lines", "matrix.h5", "factors.h5", "sub/out.csv"),
    ("datasets", "subsample", "matrix.h5", "sub/out.h5", "--rate", "1"),
])  # fmt: skip
def test_a_disk_without_room_is_named(results, command):
    line = not_written(results, *command, largest_file=1000)
    assert f"{command[4] if command[0] == 'landscape' else command[3]}: cannot be written: File too large" in line
    assert not list((results / "sub").iterdir())


def test_a_place_that_is_no_folder_is_named(results):
    line = not_written(results, "landscape", "lines", "matrix.h5", "factors.h5", "lines.csv/out.csv")
    assert "lines.csv: found a file; expected a folder for out.csv" in line
