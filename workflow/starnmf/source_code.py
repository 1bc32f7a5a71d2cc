"""Checksums of source code that ignore comments, docstrings and formatting."""

import ast
from collections.abc import Iterator
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
    text = path.read_text(encoding="utf-8")
    data = {file.name: file for file in _data_files(path.parent) if file.name in text}
    checksum, modules, names = _read_code(text, frozenset(data))
    files = {_file_of(name, library) for name in modules} | {data[name] for name in names}
    return checksum, sorted(file for file in files if file is not None)


@cache
def _read_code(text: str, data: frozenset[str]) -> tuple[str, set[str], set[str]]:
    """The checksum of a module's statements, the modules of starnmf that it imports, and the `data` that it names."""
    module = ast.parse(text)
    names = set(data) & {node.value for node in ast.walk(module) if isinstance(node, ast.Constant)} if data else set()
    imported: set[str] = set()
    for block in _blocks(module):
        for statement in block:
            if isinstance(statement, ast.Import):
                imported.update(alias.name for alias in statement.names)
            elif isinstance(statement, ast.ImportFrom) and statement.module:
                # A name may be a module.
                imported.update([statement.module, *(f"{statement.module}.{alias.name}" for alias in statement.names)])
        block[:] = [statement for statement in block if not _is_text(statement)]
    modules = {name for name in imported if name.split(".")[0] == "starnmf"}
    return sha256(ast.unparse(module).encode()).hexdigest(), modules, names


def _blocks(node: ast.AST) -> Iterator[list[ast.AST]]:
    """Every list of statements in a module; expressions, of which there are many more, hold none."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block
            for statement in block:
                yield from _blocks(statement)


def _is_text(statement: ast.AST) -> bool:
    """Whether a statement is a string and nothing else: a docstring of a module, function or attribute."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Constant):
        return False
    return isinstance(statement.value.value, str)


@cache
def _data_files(folder: Path) -> list[Path]:
    """The files of a folder that hold no code."""
    return [path for path in folder.iterdir() if path.is_file() and path.suffix != ".py"]
