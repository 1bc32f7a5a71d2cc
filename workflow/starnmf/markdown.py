"""Parts of pages in Markdown."""

from collections.abc import Iterable
from textwrap import fill


def markdown_table(header: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """A table, in whose cells bars are escaped."""
    first, *others = ([str(cell).replace("|", r"\|") for cell in row] for row in (header, *rows))
    lines = [f"| {' | '.join(row)} |" for row in (first, *others)]
    return "\n".join([lines[0], "|" + "---|" * len(first), *lines[1:]])


def paragraph(text: str) -> str:
    """A paragraph in lines of at most 100 characters."""
    return fill(text, 100, break_long_words=False, break_on_hyphens=False)
