"""A share of `make fuzz`: whatever happens to the bytes of a file, reading it ends, and without a traceback."""

import random

import pytest

from tests.fuzz import BAD, FORMATS, attempt, mutated

ATTEMPTS = 12


@pytest.mark.extended
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FORMATS)
def test_damaged_files_are_read_or_refused(tmp_path, name):
    counts = attempt(name, FORMATS[name], tmp_path / "files", range(ATTEMPTS))
    assert counts.total() == ATTEMPTS
    assert not any(counts[outcome] for outcome in BAD), counts


def test_damage_changes_the_file():
    content = bytes(range(1, 256)) * 4
    assert all(mutated(content, random.Random(number)) != content for number in range(200))
