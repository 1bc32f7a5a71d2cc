"""Typeset the article as PDF and as HTML, by Typst."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from warnings import catch_warnings, simplefilter

from starnmf.errors import InputError
from starnmf.results.atomic import write_atomically


def typeset(source: Path, inputs: Sequence[Path], output: Path) -> None:
    """Typeset a document, with the same bytes for the same input.

    Parameters
    ----------
    source
        The document, which may include other documents beside it.
    inputs
        Files that it reads, each by its name: `/input/figure15.png`.
    output
        A PDF or an HTML file, by its suffix.

    Raises
    ------
    InputError
        Where the document cannot be typeset: the message says what it found, and where.
    """
    import typst

    with TemporaryDirectory() as folder, catch_warnings():
        simplefilter("ignore")  # HTML export is a preview
        root = Path(folder)
        for file in source.parent.iterdir():
            if file.suffix in (".typ", ".yaml"):
                (root / file.name).write_bytes(file.read_bytes())
        (root / "input").mkdir()
        for path in inputs:
            (root / "input" / path.name).write_bytes(path.read_bytes())
        try:
            typst.compile(
                root / source.name,
                root / f"typeset{output.suffix}",
                root=root,
                sys_inputs={},
                ignore_system_fonts=True,
                timestamp=0,
            )
        except typst.TypstError as error:
            raise InputError(f"{source}: cannot be typeset: {error.message}\n{error.diagnostic}") from error
        write_atomically(output, (root / f"typeset{output.suffix}").read_bytes())
