"""What is documented is all there is: every output file and column, every key of the configuration."""

import csv
import re
import shlex

import pytest
import yaml

from starnmf.claims.tables import LEDGER
from starnmf.result_tables import table_of
from tests.end_to_end.checkout import ROOT, snakemake

RESULTS = (ROOT / "docs/results.md").read_text()
CONFIG = (ROOT / "config.yaml").read_text()
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


def files_made(run):
    return {path.relative_to(run).as_posix() for path in (run / "results").rglob("*") if path.is_file()}


def test_every_output_file_is_documented(run):
    documented = documented_files()
    assert len(documented) > 25
    for path in files_made(run) - ON_DEMAND:
        assert any(re.fullmatch(pattern(name), path) for name in documented), f"{path} is not in docs/results.md"


@pytest.mark.extended
def test_every_documented_file_is_made(smoke_run):
    made = files_made(smoke_run)
    for name in set(documented_files()) - ON_DEMAND:
        assert any(re.fullmatch(pattern(name), path) for path in made), f"{name} is documented, but not made"


def test_every_table_has_the_columns_that_are_declared(run):
    for path in (run / "results").rglob("*.csv"):
        if not re.fullmatch(r"table[136]\.csv", path.name):  # whose headings are sentences for people
            table = LEDGER if path.name == "claims.csv" else table_of(path)
            with path.open(newline="") as file:
                assert next(csv.reader(file)) == table.names, path.relative_to(run)
            table.read([path])


def test_every_key_of_the_configuration_is_there_and_explained():
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    keys = list(yaml.safe_load(CONFIG))
    assert set(keys) == set(schema["properties"])
    lines = CONFIG.splitlines()
    for key in keys:
        # a comment stands above the key, or above the keys right before it that it explains together
        at = next(number for number, line in enumerate(lines) if line.startswith(f"{key}:"))
        block = next(number for number in range(at, -1, -1) if not re.match(r"\w", lines[number]))
        assert lines[block].startswith("# "), f"config.yaml: nothing explains {key}"


def test_targets_stand_before_what_would_take_them_for_its_values():
    """After `--config` and `--configfile` a target is a setting or file for Snakemake, and an error."""
    texts = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("presets/*.yaml"), ROOT / "Makefile"]
    commands = [line for text in texts for line in re.findall(r"\bsnakemake (-[^\n`#]*)", text.read_text())]
    assert len(commands) > 50
    for command in commands:
        option = None
        for word in shlex.split(command.rstrip("\\")):
            if word.startswith("-"):
                option = word
            elif option == "--config":
                assert "=" in word, command
            elif option == "--configfile":
                assert (ROOT / word).is_file(), command


def test_the_graph_in_the_readme_is_that_of_the_rules():
    assert "docs/pictures/rulegraph.svg" in (ROOT / "README.md").read_text()
    drawn = re.findall(r"<text[^>]*>(\w+)</text>", (ROOT / "docs/pictures/rulegraph.svg").read_text())
    graph = snakemake(ROOT, "--rulegraph")
    assert graph.returncode == 0, graph.stderr
    assert sorted(drawn) == sorted(re.findall(r'label = "(\w+)"', graph.stdout))


def test_presets_set_keys_that_there_are():
    for preset in (ROOT / "presets").glob("*.yaml"):
        assert set(yaml.safe_load(preset.read_text())) <= set(yaml.safe_load(CONFIG)), preset
