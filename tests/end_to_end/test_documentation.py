"""What is documented is all there is: every output file and column, every key and command; and the site is built."""

import csv
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from starnmf.claims.tables import LEDGER
from starnmf.documentation import pages
from starnmf.result_tables import table_of
from tests.end_to_end.checkout import ROOT, snakemake

RESULTS = (ROOT / "docs/reference/files.md").read_text()
CONFIG = (ROOT / "config.yaml").read_text()
ON_DEMAND = {"bundle.zip", "crate.zip", "report.html", "fetched/{origin}/{dataset}.json"}
ON_DEMAND |= {"article/article.pdf", "article/article.html", "article/numbers.json", "gallery/**"}


def documented_files():
    """The paths in the first column of the table of files; `.png` stands for the path before it with that suffix."""
    paths = []
    for cells in re.findall(r"^\| (`[^|]*) \|", RESULTS[: RESULTS.index("\n## ")], re.MULTILINE):
        first, *others = re.findall(r"`([^`]+)`", cells)
        beside = {name: first.rsplit(".", 1)[0] + name if name.startswith(".") else name for name in others}
        paths += [first, *(name if "/" in name else f"{Path(first).parent}/{name}" for name in beside.values())]
    return [path.removeprefix("./") for path in paths]


def pattern(path):
    parts = {"\\*\\*": ".+", "\\*": "[^/]+"}
    return re.sub(r"\\\{\w+\\\}|(\\\*)+", lambda found: parts.get(found[0], "[^/]+"), re.escape(path))


def files_made(run):
    folder = run / "results/smoke"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_every_output_file_is_documented(run):
    documented = documented_files()
    assert len(documented) > 25
    for path in files_made(run) - ON_DEMAND:
        assert any(re.fullmatch(pattern(name), path) for name in documented), f"{path}: not in docs/reference/files.md"


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


def test_pages_that_are_written_from_declarations_are_in_step_with_them():
    for page, text in pages(ROOT).items():
        assert page.read_text() == text, f"{page.relative_to(ROOT)}: python -m starnmf.documentation"


def test_pages_of_keys_and_commands_have_all_of_them():
    reference = ROOT / "docs/reference"
    keys = re.findall(r"^\| `(\w+)` \|", (reference / "configuration.md").read_text(), re.MULTILINE)
    assert keys == list(yaml.safe_load(CONFIG))
    commands = set(re.findall(r"^### (.+)$", (reference / "command-line.md").read_text(), re.MULTILINE))
    called = "".join(rules.read_text() for rules in (ROOT / "workflow/rules").glob("*.smk"))
    assert commands >= set(re.findall(r'"starnmf (\w+ [a-z]+(?:-[a-z]+)*) ', called))


def test_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_the_picture_in_the_readme_shows_the_stages_of_the_rules():
    assert "docs/pictures/stages.svg" in (ROOT / "README.md").read_text()
    picture = (ROOT / "docs/pictures/stages.svg").read_text()
    graphs = "".join(snakemake(ROOT, "all", "rank", kind).stdout for kind in ("--filegraph", "--rulegraph"))
    script = [sys.executable, ROOT / "docs/pictures/stages.py"]
    drawn = subprocess.run(script, input=graphs, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"<title>(\w+)</title>", picture)) == set(re.findall(r"^(\w+) \[", drawn, re.MULTILINE))
    arrows = set(re.findall(r"<title>(\w+)&#45;&gt;(\w+)</title>", picture))
    between = set(re.findall(r"^(\w+) -> (\w+)$", drawn, re.MULTILINE))
    assert arrows <= between
    assert {("factorization", "landscape"), ("landscape", "figures"), ("tables", "claims")} <= arrows
    # The picture leaves out arrows that others imply, and no more.
    implied = {(one, after) for one, other in arrows for before, after in arrows if other == before}
    for _ in arrows:
        implied |= {(one, after) for one, other in implied for before, after in arrows if other == before}
    assert between <= arrows | implied


def test_targets_stand_before_what_would_take_them_for_its_values():
    """After `--config` and `--configfile` a target is a setting or file for Snakemake, and an error."""
    texts = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("presets/*.yaml"), ROOT / "Makefile"]
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
                # The configuration of a run is in its folder.
                of_run = r"(results/\S+|redrawn|\$\(REDRAWN\))/config\.yaml"
                assert (ROOT / word).is_file() or re.fullmatch(of_run, word), command


def test_presets_set_keys_that_there_are():
    for preset in (ROOT / "presets").glob("*.yaml"):
        assert set(yaml.safe_load(preset.read_text())) <= set(yaml.safe_load(CONFIG)), preset
