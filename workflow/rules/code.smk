"""Make Snakemake see edits of the library: a rule that has `code("starnmf.x.y")` in its params reruns when that module,
or any module of starnmf that it imports, directly or not, is edited; edits elsewhere do not concern it.
"""

import ast
import hashlib
from functools import lru_cache
from pathlib import Path

LIBRARY = Path(workflow.basedir) / "workflow"


def code(*modules):
    """Checksum of the modules and of everything of starnmf that they import."""
    reached, waiting = set(), [path for name in modules for path in module_files(name)]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting.extend(imported_files(path))
    text = b"".join(
        path.relative_to(LIBRARY).as_posix().encode() + path.read_bytes()
        for path in sorted(reached)
    )
    return hashlib.sha256(text).hexdigest()[:16]


@lru_cache(maxsize=None)
def module_files(name):
    """The file of a module or package, with the table of the same name that lies beside it."""
    place = LIBRARY.joinpath(*name.split("."))
    candidates = (
        place.with_suffix(".py"),
        place.with_suffix(".yaml"),
        place / "__init__.py",
    )
    return [path for path in candidates if path.exists()]


@lru_cache(maxsize=None)
def imported_files(path):
    """The files of starnmf that one file imports."""
    if path.suffix != ".py":
        return []
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return [
        file
        for name in names
        if name.split(".")[0] == "starnmf"
        for file in module_files(name)
    ]
