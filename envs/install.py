"""Install the pinned versions of all libraries, checked by their hashes, and this package.

    python3 envs/install.py --venv .venv --editable    # into a new environment, as make does
    python envs/install.py                             # into the environment of this Python

A build of torch that is there already is kept, such as one for CPUs alone (docs/running.md).
"""

import argparse
import subprocess
import sys
import venv
from pathlib import Path

PYTHONS = ("3.11", "3.12", "3.13")
CHECKOUT = Path(__file__).resolve().parents[1]
IS_FOR_CUDA = "import sys; from importlib.metadata import version; sys.exit('+cpu' in version('torch'))"
"""Exit code 0 of a build of torch that needs NVIDIA's libraries."""


def main() -> None:
    """Make the environment if one is asked for, and install into it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--venv", type=Path, help="folder of an environment to make, if it is not there")
    parser.add_argument("--editable", action="store_true", help="install the package from this checkout, in place")
    options = parser.parse_args()
    found = "{}.{}".format(*sys.version_info)
    if found not in PYTHONS:
        sys.exit(
            f"Python: found {found} ({sys.executable}); expected {', '.join(PYTHONS[:-1])} or {PYTHONS[-1]}, "
            "for which the libraries are pinned. Give another one, as in: make PYTHON=python3.12"
        )
    python = sys.executable
    if options.venv:
        venv.create(options.venv, with_pip=True)
        python = str(options.venv / "bin/python")
    pinned = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--requirement"]
    run([*pinned, CHECKOUT / "envs/requirements.lock"])
    if subprocess.run([python, "-c", IS_FOR_CUDA]).returncode == 0:
        run([*pinned, CHECKOUT / "envs/cuda.lock"])
    package = ["--editable", CHECKOUT] if options.editable else [CHECKOUT]
    run([python, "-m", "pip", "install", "--quiet", "--no-deps", *package])


def run(command: list[str | Path]) -> None:
    """Run a command, and end with its exit code if it fails."""
    code = subprocess.run([str(part) for part in command]).returncode
    if code:
        sys.exit(code)


main()
