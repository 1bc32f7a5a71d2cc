"""Install the pinned versions of all libraries, checked by their hashes, and this package.

python3 envs/install.py --venv .venv --editable    # into a new environment, as make does
python envs/install.py                             # into the environment of this Python
"""

import argparse
import subprocess
import sys
import venv
from pathlib import Path
from shutil import which

PYTHONS = ("3.11", "3.12", "3.13")
CHECKOUT = Path(__file__).resolve().parents[1]
# The package index has no build of torch for Linux without CUDA; this index of PyTorch's has.
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def main() -> None:
    """Make the environment if one is asked for, and install into it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--venv", type=Path, help="folder of an environment to make, if it is not there")
    parser.add_argument("--editable", action="store_true", help="install the package from this checkout, in place")
    parser.add_argument(
        "--torch",
        choices=("cpu", "cuda"),
        default="cuda" if which("nvidia-smi") else "cpu",
        help="build of torch; default: cuda where the machine has an NVIDIA driver (nvidia-smi), else cpu",
    )
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
    index = ["--extra-index-url", CPU_INDEX] if options.torch == "cpu" else []
    run([*pinned, CHECKOUT / f"envs/{options.torch}.lock", *index])
    package = ["--editable", CHECKOUT] if options.editable else [CHECKOUT]
    run([python, "-m", "pip", "install", "--quiet", "--no-deps", *package])


def run(command: list[str | Path]) -> None:
    """Run a command, and end with its exit code if it fails."""
    code = subprocess.run([str(part) for part in command]).returncode
    if code:
        sys.exit(code)


main()
