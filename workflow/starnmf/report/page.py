"""HTML documents that need no network and no other file: of Markdown, such as a table or the ledger, or of plots."""

import html
from pathlib import Path

from markdown_it import MarkdownIt

from starnmf.errors import reading
from starnmf.results.atomic import write_atomically

STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; color: #222; background: white; margin: 1.5rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin-top: 2rem; max-width: 60rem; } p { max-width: 60rem; }
code { font-size: 0.85em; }
table { border-collapse: collapse; border-top: 1px solid #222; border-bottom: 1px solid #222; margin: 1rem 0; }
th { border-bottom: 1px solid #222; text-align: left; }
th, td { padding: 0.2rem 0.7rem 0.2rem 0; vertical-align: top; font-variant-numeric: tabular-nums; }
tbody tr:nth-child(even) { background: #f4f4f4; }
"""


def write_document(title: str, body: str, path: Path) -> None:
    """Write a document with `body`, which is HTML, under `title`, which is text."""
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{STYLE}</style>'
    write_atomically(
        path, f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'
    )


def write_page(title: str, markdown: Path, output: Path) -> None:
    """Write a Markdown file as HTML, under its own heading or, if it has none, under `title`.

    Raises `InputError` on a file that is no text.
    """
    with reading(str(markdown), "text", "Markdown"):
        text = markdown.read_text(encoding="utf-8")
    heading = "" if text.startswith("# ") else MarkdownIt().render(f"# {title}")
    write_document(title, heading + rendered(text), output)


def rendered(markdown: str) -> str:
    """HTML of Markdown; HTML in it is escaped: cells hold text from raw files and configurations."""
    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown))
