"""Commands of the README and of its pages: what they would run, on files as they take them for granted."""

import re
import shlex
import subprocess

import pytest
import yaml

from starnmf.datasets.cifar10 import write_stand_in as write_images
from starnmf.datasets.stand_in import write_stand_in
from tests.end_to_end.checkout import ROOT, copy_checkout, snakemake

SHAPES = yaml.safe_load((ROOT / "presets/smoke.yaml").read_text())["shapes"]


PAGES = [
    "README.md",
    "docs/tutorial.md",
    *(f"docs/how-to/{page}.md" for page in ("running", "real-data", "own-matrix", "rank", "gpu", "bundles")),
    *(f"docs/findings/{page}.md" for page in ("nmf", "rank", "optima")),
    "docs/performance.md",
    "evidence/README.md",
]


def commands_of(pages, program):
    """Commands of a program in the pages' blocks and in the table of figures and tables, each once."""
    text = "\n".join((ROOT / page).read_text() for page in pages)
    lines = "".join(re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)).splitlines()
    lines += re.findall(r"^\|[^|]+\| `([^`]+)` \|", text, re.MULTILINE)
    commands = [line.removeprefix(".venv/bin/").split(" #")[0].strip() for line in lines]
    return sorted({command for command in commands if command.startswith(f"{program} ")})


def together(commands):
    """Commands of snakemake with the same options as one, which has the targets of them all."""
    targets = {}
    for command in commands:
        words = [word for word in shlex.split(command)[1:] if word != "--dry-run"]
        if words[:1] == ["--cores"]:
            del words[:2]
        begin = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
        targets.setdefault(tuple(words[begin:]), set()).update(words[:begin] or ["all"])
    return [[*sorted(names), *options] for options, names in targets.items()]


def asked(program, grouped=list):
    """Parameters of a test: the commands of all pages, in groups or each alone, extended but for the README's."""
    of_readme = commands_of(["README.md"], program)
    others = [command for command in commands_of(PAGES, program) if command not in of_readme]
    first = grouped(of_readme)
    further = [one for one in grouped(others) if one not in first]
    return [*first, *(pytest.param(one, marks=pytest.mark.extended) for one in further)]


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A checkout with what the README takes for granted: a matrix of one's own, and raw files in the folder `files`."""
    checkout = copy_checkout(tmp_path_factory.mktemp("readme"))
    for name, shape in SHAPES.items():
        write_stand_in(name, checkout / "files", shape[:2], 2, 0)
    write_images(checkout / "files", 50, 10, seed=0)
    for file in (
        "files/jasperRidge2_R198.mat",
        "files/noise.npy",
        "hydice.npy",
        "mine.csv",
    ):
        (checkout / file).touch()
    return checkout


def test_the_readme_has_commands():
    assert len(commands_of(PAGES, "snakemake")) > 20
    assert len(commands_of(["README.md"], "snakemake")) > 5
    assert "make reproduce" in commands_of(["README.md"], "make")


@pytest.mark.parametrize("words", asked("snakemake", together), ids=shlex.join)
def test_a_command_of_the_readme_has_jobs_to_run(repository, words):
    planned = snakemake(repository, *words, "--cores", "2", "--dry-run")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert re.search(r"^[1-9]\d* jobs? would run", planned.stdout, re.MULTILINE), planned.stdout


@pytest.mark.parametrize("command", asked("make"))
def test_make_knows_what_the_readme_asks_of_it(repository, command):
    planned = subprocess.run([*shlex.split(command), "--dry-run"], cwd=repository, capture_output=True, text=True)
    assert planned.returncode == 0, planned.stderr
    assert re.search("^(snakemake|starnmf) ", planned.stdout, re.MULTILINE)
