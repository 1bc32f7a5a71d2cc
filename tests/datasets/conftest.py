from functools import partial
from pathlib import Path, PurePosixPath

import pytest

from starnmf.datasets.raw import RawFile

REAL_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def real_data():
    """The folder of real files, for a test that needs one of them."""

    def folder(file):
        if not (REAL_DATA / file).exists():
            pytest.skip(f"the real file {file} is not at hand")
        return REAL_DATA

    return folder


@pytest.fixture
def raw_file(tmp_path):
    """A raw file of the given name and content, as a parser gets it."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return RawFile(PurePosixPath(name), str(path), path, partial(path.open, "rb"))

    return write
