"""Pin all libraries that pyproject.toml asks for, with their hashes, for Linux and macOS on Python 3.11 to 3.13.

python envs/lock.py (make lock) resolves the newest versions anew and writes two files, which envs/install.py installs:
requirements.lock, and cuda.lock with NVIDIA's libraries, which only a build of torch for CUDA needs.
"""

import re
import subprocess
from pathlib import Path

ENVS = Path(__file__).resolve().parent
COMPILE = (
    "uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "
    "--extra workflow --extra test pyproject.toml"
)
# The build of torch 2.13.0 for CPUs and Python 3.11. It is not on the package index, whose build for Linux is for CUDA.
CPU_TORCH = "--hash=sha256:6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b"


def main() -> None:
    """Resolve all versions, and write both files."""
    text = subprocess.run(COMPILE.split(), cwd=ENVS.parent, check=True, capture_output=True, text=True).stdout
    pins = re.split(r"\n(?=\S)", text.strip())
    cuda = [pin for pin in pins if re.match("nvidia-|cuda-", pin)]
    others = [pin for pin in pins if pin not in cuda]
    torch = next(pin for pin in others if pin.startswith("torch=="))
    others[others.index(torch)] = f"{torch} \\\n    {CPU_TORCH}"
    (ENVS / "requirements.lock").write_text("\n".join(others) + "\n", encoding="utf-8")
    (ENVS / "cuda.lock").write_text("\n".join(cuda) + "\n", encoding="utf-8")


main()
