"""Pin all libraries that pyproject.toml asks for, with the hashes of their files, on Python 3.11 to 3.13.

python envs/lock.py (make lock) resolves the newest versions anew and writes two files: requirements.lock with all
libraries but torch, and cuda.lock with torch as the package index has it and the libraries of NVIDIA that it needs on
Linux. cpu.lock, with the build of torch for CPUs, is written by hand, from the hashes that PyTorch's index lists.
"""

import re
import subprocess
from pathlib import Path

ENVS = Path(__file__).resolve().parent
COMPILE = (
    "uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "
    "--extra workflow --extra test --extra docs pyproject.toml"
)


def main() -> None:
    """Resolve all versions, and write both files."""
    text = subprocess.run(COMPILE.split(), cwd=ENVS.parent, check=True, capture_output=True, text=True).stdout
    pins = re.split(r"\n(?=\S)", text.strip())
    cuda = [pin for pin in pins if re.match("nvidia-|cuda-|torch==", pin)]
    others = [pin for pin in pins if pin not in cuda]
    (ENVS / "requirements.lock").write_text("\n".join(others) + "\n", encoding="utf-8")
    (ENVS / "cuda.lock").write_text("\n".join(cuda) + "\n", encoding="utf-8")


main()
