"""The pinned libraries, and the Python versions that they are pinned for."""

import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from tests.end_to_end.checkout import ROOT

LOCKS = ("requirements.lock", "cpu.lock", "cuda.lock")


def pins(lock):
    """Name to version and hashes of every library in a lock file."""
    text = (ROOT / "envs" / lock).read_text()
    entries = re.findall(r"^([\w.-]+)==(\S+)(.*(?:\n    .*)*)", text, re.MULTILINE)
    return {name: (version, re.findall(r"--hash=sha256:[0-9a-f]{64}\b", rest)) for name, version, rest in entries}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pinned_library_has_the_hashes_of_its_files(lock):
    text, found = (ROOT / "envs" / lock).read_text(), pins(lock)
    assert len(re.findall(r"^[\w.-]+==.*\\$", text, re.MULTILINE)) == len(re.findall(r"^\S", text, re.MULTILINE)) >= 1
    assert all(hashes for _, hashes in found.values())


def test_all_that_the_package_asks_for_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(name for names in project["optional-dependencies"].values() for name in names)]
    names = {re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in asked}
    for build in ("cpu.lock", "cuda.lock"):
        assert names == names & {*pins("requirements.lock"), *pins(build)}


def test_nvidia_s_libraries_are_only_for_a_build_of_torch_for_cuda():
    assert not [name for name in pins("requirements.lock") if name.startswith(("nvidia", "cuda", "torch"))]
    assert set(pins("cpu.lock")) == {"torch"}


def test_the_page_of_licences_has_every_library():
    page = (ROOT / "docs/reference/licences.md").read_text()
    for name, (version, _) in pins("requirements.lock").items():
        assert re.search(rf"^\| {re.escape(name)} \| {re.escape(version)} \| \S", page, re.MULTILINE), name


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_another_python_is_refused_by_name(tmp_path, version):
    as_other = f"import runpy, sys; sys.version_info = {(*version, 0, 'final', 0)}; runpy.run_path(sys.argv.pop(1))"
    command = [sys.executable, "-c", as_other, str(ROOT / "envs/install.py"), "--venv", str(tmp_path / "new")]
    refused = subprocess.run(command, capture_output=True, text=True)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Python: found {version[0]}.{version[1]} (")
    assert "expected 3.11, 3.12 or 3.13" in refused.stderr
    assert not (tmp_path / "new").exists()


def test_the_files_that_are_to_be_checked_are_there_and_are_made_by_commands_of_the_makefile():
    text = (ROOT / "codecheck.yml").read_text()
    assert text.startswith("---\n")
    manifest = yaml.safe_load(text)["manifest"]
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for entry in manifest:
        assert (ROOT / entry["file"]).is_file(), entry
        assert re.match(r"`make (\w+)", entry["comment"])[1] in targets


def test_version_and_article_are_the_same_in_every_file_that_names_them():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert citation["version"] == version
    assert f"## {version}, {citation['date-released']}\n" in (ROOT / "CHANGELOG.md").read_text()
    title = yaml.safe_load((ROOT / "codecheck.yml").read_text())["paper"]["title"]
    assert citation["preferred-citation"]["title"] == title
    assert f'#let title = "{title}"' in (ROOT / "docs/article/article.typ").read_text()
