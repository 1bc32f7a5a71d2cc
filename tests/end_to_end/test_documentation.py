"""What is documented is all there is, and does what is said: output files, columns, configuration, commands."""

import csv
import re
import shlex
import subprocess

import pytest
import yaml

from starnmf.datasets.cifar10 import write_stand_in as write_images
from starnmf.datasets.stand_in import write_stand_in
from tests.end_to_end.checkout import ROOT, copy_checkout, snakemake

RESULTS = (ROOT / "docs/results.md").read_text()
CONFIG = (ROOT / "config.yaml").read_text()
SMOKE = yaml.safe_load((ROOT / "presets/smoke.yaml").read_text())
ON_DEMAND = {"results/bundle.zip", "results/crate.zip", "results/report.html"}


def documented_files():
    """The paths in the first column of the table of files; `.png` stands for the path before it with that suffix."""
    paths = []
    for cells in re.findall(r"^\| (`results/[^|]*) \|", RESULTS, re.MULTILINE):
        for name in re.findall(r"`([^`]+)`", cells):
            if name.startswith("results/"):
                paths.append(name)
            elif "." in name[1:]:
                paths.append(f"{paths[-1].rsplit('/', 1)[0]}/{name}")
            else:
                paths.append(paths[-1].rsplit(".", 1)[0] + name)
    return paths


def pattern(path):
    return re.sub(r"\\\{\w+\\\}|\\\*", "[^/]+", re.escape(path))


def test_every_output_file_is_documented_and_every_documented_file_is_made(smoke_run):
    made = {path.relative_to(smoke_run).as_posix() for path in (smoke_run / "results").rglob("*") if path.is_file()}
    documented = documented_files()
    assert len(documented) > 25
    for path in made - ON_DEMAND:
        assert any(re.fullmatch(pattern(name), path) for name in documented), f"{path} is not in docs/results.md"
    for name in set(documented) - ON_DEMAND:
        assert any(re.fullmatch(pattern(name), path) for path in made), f"{name} is documented, but not made"


def test_every_column_is_documented(smoke_run):
    words = set(re.findall(r"[\w-]+", RESULTS))
    for path in (smoke_run / "results").rglob("*.csv"):
        if not re.fullmatch(r"table[136]\.csv", path.name):  # whose headings are sentences for people
            with path.open(newline="") as file:
                missing = set(next(csv.reader(file))) - words
            assert not missing, f"{path.relative_to(smoke_run)}: {missing}"


def test_every_key_of_the_configuration_is_there_and_explained():
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    keys = list(yaml.safe_load(CONFIG))
    assert set(keys) == set(schema["properties"]) == set(schema["required"])
    lines = CONFIG.splitlines()
    for key in keys:
        # a comment stands above the key, or above the keys right before it that it explains together
        at = next(number for number, line in enumerate(lines) if line.startswith(f"{key}:"))
        block = next(number for number in range(at, -1, -1) if not re.match(r"\w", lines[number]))
        assert lines[block].startswith("# "), f"config.yaml: nothing explains {key}"


def test_the_graph_in_the_readme_is_that_of_the_rules():
    assert "docs/pictures/rulegraph.svg" in (ROOT / "README.md").read_text()
    drawn = re.findall(r"<text[^>]*>(\w+)</text>", (ROOT / "docs/pictures/rulegraph.svg").read_text())
    graph = snakemake(ROOT, "--rulegraph")
    assert graph.returncode == 0, graph.stderr
    assert sorted(drawn) == sorted(re.findall(r'label = "(\w+)"', graph.stdout))


def test_presets_set_keys_that_there_are():
    for preset in (ROOT / "presets").glob("*.yaml"):
        assert set(yaml.safe_load(preset.read_text())) <= set(yaml.safe_load(CONFIG)), preset


def readme_commands(program):
    """Commands of a program in the README's blocks and in its table of figures and tables."""
    text = (ROOT / "README.md").read_text()
    lines = "".join(re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)).splitlines()
    lines += re.findall(r"^\|[^|]+\| `([^`]+)` \|", text, re.MULTILINE)
    return [line.split(" #")[0].strip() for line in lines if line.startswith(f"{program} ")]


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A checkout with what the README takes for granted: a matrix of one's own, and raw files in ../shared/data."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "repository").mkdir()
    checkout = copy_checkout(folder / "repository")
    for name, shape in SMOKE["shapes"].items():
        write_stand_in(name, folder / "shared/data", shape, 2, 0)
    write_images(folder / "shared/data", 50, 10, seed=0)
    for file in (folder / "shared/data/jasperRidge2_R198.mat", checkout / "mine.csv"):
        file.touch()
    return checkout


def test_the_readme_has_commands():
    assert len(readme_commands("snakemake")) > 20
    assert {"make reproduce", "make test", "make test-all"} < set(readme_commands("make"))


@pytest.mark.parametrize("command", readme_commands("snakemake"))
def test_a_command_of_the_readme_has_jobs_to_run(repository, command):
    planned = snakemake(repository, *shlex.split(command)[1:], "--dry-run")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert re.search(r"^total +[1-9]", planned.stdout, re.MULTILINE), planned.stdout


@pytest.mark.parametrize("command", readme_commands("make"))
def test_make_knows_what_the_readme_asks_of_it(repository, command):
    planned = subprocess.run([*shlex.split(command), "--dry-run"], cwd=repository, capture_output=True, text=True)
    assert planned.returncode == 0, planned.stderr
    assert re.search("^(snakemake|pytest) ", planned.stdout, re.MULTILINE)
