"""A checksum of what modules compute: it follows the meaning of their code, not how it is written."""

import ast
from functools import cache
from hashlib import sha256
from pathlib import Path

LIBRARY = Path(__file__).parent.parent


@cache
def checksum_of_code(*modules: str, library: Path = LIBRARY) -> str:
    """Checksum of modules and of everything of starnmf that they need.

    That is what they import of starnmf, directly or not, and the data files that they name and that
    lie beside them. Comments, docstrings and formatting do not count.

    Parameters
    ----------
    *modules
        Full names, such as ``starnmf.landscape.spectrum``.
    library
        The folder that the package is read from; the one it was loaded from if not given.

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
    """The file of a module or package; none for other names, such as that of a function in a module."""
    place = library.joinpath(*module.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.exists()), None)


@cache
def _read(path: Path, library: Path) -> tuple[str, list[Path]]:
    """The checksum of a file, and the files that it needs: of a data file its bytes and none."""
    if path.suffix != ".py":
        return sha256(path.read_bytes()).hexdigest(), []
    module = ast.parse(path.read_text(encoding="utf-8"))
    needed = _needed_by(module, path.parent, library)
    return sha256(_without_texts(module).encode()).hexdigest(), needed


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
    return [path for path in folder.iterdir() if path.is_file() and path.suffix != ".py"]


def _without_texts(module: ast.Module) -> str:
    """The statements of a module, written in one form; takes its docstrings out of it."""
    for node in ast.walk(module):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [statement for statement in node.body if not _is_text(statement)]
    return ast.unparse(module)


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a string and nothing else: a docstring of a module, function or attribute."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
