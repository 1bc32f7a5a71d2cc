"""Checksums of source code that ignore comments, docstrings and formatting."""

import ast
from functools import cache
from hashlib import sha256
from pathlib import Path

LIBRARY = Path(__file__).parent.parent


@cache
def checksum_of_code(*modules: str, library: Path = LIBRARY) -> str:
    """Checksum of modules and of everything in starnmf that they need.

    That is all modules of starnmf that they import, directly or indirectly, and all data files beside
    these modules whose names occur in them.

    Parameters
    ----------
    *modules
        Full names, such as ``starnmf.landscape.spectrum``.
    library
        The folder that holds the package; default: that of the loaded package.

    Returns
    -------
    str
        16 hexadecimal digits.

    Raises
    ------
    ModuleNotFoundError
        If starnmf has no module of that name.
    """
    waiting = []
    for name in modules:
        file = _file_of(name, library)
        if file is None:
            raise ModuleNotFoundError(f"no module {name}", name=name)
        waiting.append(file)
    reached: dict[Path, str] = {}
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached[path], needed = _read(path, library)
            waiting.extend(needed)
    lines = [f"{path.relative_to(library).as_posix()} {reached[path]}" for path in sorted(reached)]
    return sha256("\n".join(lines).encode()).hexdigest()[:16]


@cache
def _file_of(module: str, library: Path) -> Path | None:
    """The file of a module or package; None for other names, such as that of a function in a module."""
    place = library.joinpath(*module.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.exists()), None)


@cache
def _read(path: Path, library: Path) -> tuple[str, list[Path]]:
    """The checksum of a file, and the files that it needs; a data file needs none."""
    if path.suffix != ".py":
        return sha256(path.read_bytes()).hexdigest(), []
    module = ast.parse(path.read_text(encoding="utf-8"))
    needed = _needed_by(module, path.parent, library)
    return sha256(ast.unparse(_WithoutTexts().visit(module)).encode()).hexdigest(), needed


def _needed_by(module: ast.Module, folder: Path, library: Path) -> list[Path]:
    """The modules of starnmf that a module imports, and the data files in its folder that it names."""
    modules: set[str] = set()
    needed: set[Path] = set()
    data = {file.name: file for file in _data_files(folder)}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in data:
            needed.add(data[node.value])
    files = {_file_of(name, library) for name in modules if name.split(".")[0] == "starnmf"}
    return sorted(needed | {file for file in files if file is not None})


@cache
def _data_files(folder: Path) -> list[Path]:
    """The files of a folder that hold no code."""
    return [path for path in folder.iterdir() if path.is_file() and path.suffix != ".py"]


class _WithoutTexts(ast.NodeTransformer):
    """Takes out statements that are a string and nothing else: docstrings of modules, functions and attributes."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """Nothing in place of a string."""
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if text else node
