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

SMOKE_PRESET = yaml.safe_load((ROOT / "presets/smoke.yaml").read_text())

SMOKE = SMOKE_PRESET | {"datasets": ["birdsong", "metabolic", "movielens"]}
"""What the smoke run is configured by: the preset, with as few datasets as every figure takes."""

OTHER_DATASETS = [name for name in SMOKE_PRESET["datasets"] if name not in SMOKE["datasets"]]

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


def snakemake(checkout, *arguments, first_on_path=()):
    """Run snakemake in a checkout; a dry run without the time that loading Snakemake takes."""
    command, environment = ["snakemake", "--nocolor", *map(str, arguments)], path_with(*first_on_path)
    if "--dry-run" not in command:
        return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        request = {"arguments": command[1:], "folder": str(checkout), "environment": environment}
        print(json.dumps({**request, "out": str(out), "err": str(err)}), file=_server().stdin, flush=True)
        code = int(_server().stdout.readline())
        return subprocess.CompletedProcess(command, code, out.read_text(), err.read_text())


@cache
def _server():
    """A `snakemake_server` that ends with this process."""
    command = [sys.executable, "-P", str(Path(__file__).with_name("snakemake_server.py"))]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(server.communicate)
    return server


def jobs(dry_run):
    """The outputs that a dry run would make, each as `rule: first output`."""
    assert dry_run.returncode == 0, dry_run.stdout + dry_run.stderr
    found, rule = set(), ""
    for line in dry_run.stdout.splitlines():
        if line.startswith(("rule ", "localrule ")):
            rule = line.split()[1].rstrip(":")
        elif line.strip().startswith("output: "):
            found.add(f"{rule}: {line.strip().removeprefix('output: ').split(',')[0]}")
    return found
