"""A copy of the checkout to run in, and snakemake run in it."""

import atexit
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

ROOT = Path(__file__).parents[2]

SMOKE = yaml.safe_load((ROOT / "presets/smoke.yaml").read_text())

SMALL = SMOKE | {"datasets": ["metabolic", "movielens"], "networks": ["resnet8-k0.25"], "experiments": ["theory"]}
"""The part of the preset that the small run is configured by: a matrix of either kind, and every rule but one."""

PLAIN = "--logger-starnmf-plain"
"""Has Snakemake print what it prints itself: of every job its files and resources."""

CONFIGURED = ["--configfile", "presets/smoke.yaml"]


def copy_checkout(destination):
    """Copy what git tracks, and new files it does not ignore, as a fresh clone would have it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).exists():
            (destination / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, destination / name)
    return destination


def path_with(*folders):
    """The environment with folders, and then this environment's programs, first on the path."""
    return os.environ | {"PATH": os.pathsep.join(map(str, (*folders, Path(sys.executable).parent, os.environ["PATH"])))}


def snakemake(checkout, *arguments, first_on_path=(), terminal=None):
    """Run snakemake in a checkout, without the time that loading Snakemake takes.

    What it writes goes to `terminal`, the path of one, if it is given.
    """
    command = ["snakemake", "--nocolor", *map(str, arguments)]
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        request = {"arguments": command[1:], "folder": str(checkout), "environment": path_with(*first_on_path)}
        streams = {"out": str(terminal or out), "err": str(terminal or err)}
        print(json.dumps({**request, **streams}), file=_server().stdin, flush=True)
        code = int(_server().stdout.readline())
        texts = ("", "") if terminal else (out.read_text(), err.read_text())
        return subprocess.CompletedProcess(command, code, *texts)


def redraw(checkout, folder, *targets, first_on_path=()):
    """As `make figures` does, with an unpacked bundle."""
    where = ["--directory", folder, "--configfile", folder / "config.yaml"]
    return snakemake(checkout, *targets, "--cores", "2", *where, first_on_path=first_on_path)


@cache
def _server():
    """A `snakemake_server` that ends with this process."""
    command = [sys.executable, "-m", "tests.end_to_end.snakemake_server"]
    server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(server.communicate)
    return server


def starnmf(checkout, *arguments):
    """Run the command in a checkout."""
    command = ["starnmf", *map(str, arguments)]
    environment = path_with() | {"PYTHONPATH": str(checkout / "workflow")}
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)


def contents(folder):
    """All files in a folder: their bytes, and when they were written."""
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def jobs(dry_run):
    """The outputs that a dry run with `PLAIN` would make, each as `rule: first output`."""
    assert dry_run.returncode == 0, dry_run.stdout + dry_run.stderr
    found, rule = set(), ""
    for line in dry_run.stdout.splitlines():
        if line.startswith(("rule ", "localrule ")):
            rule = line.split()[1].rstrip(":")
        elif line.strip().startswith("output: "):
            found.add(f"{rule}: {line.strip().removeprefix('output: ').split(',')[0]}")
    return found
