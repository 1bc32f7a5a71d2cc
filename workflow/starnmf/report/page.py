"""A result in Markdown, a table or the ledger, as a page to read."""

from pathlib import Path

from markdown_it import MarkdownIt

from starnmf.errors import InputError
from starnmf.report.document import write_document


def write_page(title: str, markdown: Path, html: Path) -> None:
    """Write a Markdown file as HTML, under its own heading or else under `title`.

    Raises `InputError` on a file that is no text.
    """
    try:
        text = markdown.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{markdown}: cannot be read as text ({error}); expected Markdown") from error
    # HTML within is shown, not obeyed: cells hold what raw files and people's configurations say.
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    heading = "" if text.startswith("# ") else MarkdownIt().render(f"# {title}")
    write_document(title, heading + body, html)
