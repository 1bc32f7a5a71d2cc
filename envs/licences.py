"""Write docs/reference/licences.md: the licence of every pinned library, as its own metadata name it.

python envs/licences.py, in an environment that envs/install.py has made (make lock).
"""

import re
from importlib.metadata import PackageNotFoundError, files, metadata
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
HEADER = """# Licences of the pinned libraries

The pipeline itself is under the MIT licence. These are the libraries of `envs/requirements.lock`,
and torch, and what their own metadata say; `python envs/licences.py` writes this page. The build of
torch for CUDA also needs the libraries of `envs/cuda.lock`, which are under NVIDIA's own terms.
Data have licences of their own (`workflow/starnmf/datasets/registry.yaml`).

| library | version | licence |
|---|---|---|
"""


def main() -> None:
    """Write the page."""
    text = "".join((CHECKOUT / "envs" / lock).read_text(encoding="utf-8") for lock in ("requirements.lock", "cpu.lock"))
    pinned = dict(re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE))
    rows = [f"| {name} | {version} | {licence(name)} |" for name, version in pinned.items()]
    (CHECKOUT / "docs/reference/licences.md").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")


def licence(name: str) -> str:
    """The licence of a library: an SPDX expression, else a short text, the classifiers, or its licence's first line."""
    try:
        found = metadata(name)
    except PackageNotFoundError:
        return "not installed on Linux"
    short = (found["License"] or "").strip().removeprefix("UNKNOWN")
    classifiers = [
        value.rpartition(" :: ")[2] for value in found.get_all("Classifier", []) if value.startswith("License ::")
    ]
    named = found["License-Expression"] or (short if short and len(short) < 60 and "\n" not in short else "")
    return named or ", ".join(classifiers) or first_line_of_licence(name)


def first_line_of_licence(name: str) -> str:
    """The first line of a library's own licence file."""
    for file in files(name) or []:
        if file.name.upper().startswith("LICEN"):
            return file.read_text(encoding="utf-8").strip().partition("\n")[0].strip()
    return "not named in its metadata"


main()
