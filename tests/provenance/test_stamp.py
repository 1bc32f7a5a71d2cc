"""What a command writes of its run: the commit of a real git checkout, the configuration, and nothing made up."""

import hashlib
import json
import re
import subprocess

import h5py
import numpy as np
import pytest

from starnmf.results.hdf5 import new_hdf5
from starnmf.stamp import RUN, run_description, stamp


@pytest.fixture
def checkout(tmp_path):
    def git(*arguments):
        return subprocess.run(
            ["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True, text=True
        ).stdout

    git("init", "--quiet")
    (tmp_path / "Snakefile").write_text("rule all:\n")
    git("add", "Snakefile")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "first")
    return tmp_path, git("rev-parse", "HEAD").strip()


def test_a_run_is_told_by_its_commit_and_whether_files_differ_from_it(checkout):
    folder, commit = checkout
    assert json.loads(run_description({"seed": 1}, folder)) == {"commit": commit, "configuration": {"seed": 1}}
    (folder / "Snakefile").write_text("rule other:\n")
    assert json.loads(run_description({}, folder))["commit"] == f"{commit} with changes"


@pytest.mark.parametrize(("file", "changes"), [("mine.csv", ""), ("workflow/starnmf/new.py", " with changes")])
def test_a_users_file_is_no_change_and_new_code_is(checkout, file, changes):
    folder, commit = checkout
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text("1,2\n")
    assert json.loads(run_description({}, folder))["commit"] == commit + changes


def test_what_is_redrawn_from_a_bundle_is_told_by_the_commit_of_the_run(checkout, tmp_path):
    folder, commit = checkout
    record = tmp_path / "record.json"
    redraw = {"seed": 1, "redraw": True}
    assert json.loads(run_description(redraw, folder, record))["commit"].startswith(commit), "there is no record"
    record.write_text(json.dumps({"commit": "c0ffee"}))
    assert json.loads(run_description(redraw, folder, record)) == {"commit": "c0ffee", "configuration": {"seed": 1}}
    assert json.loads(run_description({"redraw": False}, folder, record))["commit"] != "c0ffee"


def test_without_git_the_commit_is_unknown(tmp_path):
    assert json.loads(run_description({}, tmp_path / "nowhere"))["commit"] == "unknown"


def test_the_stamp_names_the_configuration_by_its_checksum_whatever_the_order_of_keys(monkeypatch):
    monkeypatch.setenv(RUN, json.dumps({"commit": "c0ffee", "configuration": {"seed": 1, "optima": 3}}))
    expected = hashlib.sha256(b'{"optima": 3, "seed": 1}').hexdigest()
    assert (stamp()["commit"], stamp()["configuration_sha256"]) == ("c0ffee", expected)
    assert f"numpy {np.__version__}" in stamp()["versions"]


def test_a_command_typed_by_hand_says_so(monkeypatch):
    monkeypatch.delenv(RUN, raising=False)
    assert (stamp()["commit"], stamp()["configuration_sha256"]) == ("unknown", "unknown")


def test_hdf5_files_carry_the_stamp_and_are_whole_or_absent(tmp_path):
    with new_hdf5(tmp_path / "a.h5") as file:
        file["x"] = np.arange(3)
    with h5py.File(tmp_path / "a.h5") as file:
        found = json.loads(file.attrs["provenance"])
    assert found.pop("seconds") > 0
    assert re.search(r"openblas [\d.]+ for \w+", found.pop("processor"))
    assert found == stamp()
    with pytest.raises(ZeroDivisionError), new_hdf5(tmp_path / "b.h5") as file:
        file["x"] = 1 / 0
    assert {path.name for path in tmp_path.iterdir()} == {"a.h5"}
