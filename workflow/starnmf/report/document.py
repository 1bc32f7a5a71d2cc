"""An HTML document that needs nothing but itself: no network, no file beside it."""

import html
from pathlib import Path

from starnmf.results.atomic import atomic_write

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
    with atomic_write(path) as temporary:
        temporary.write_text(
            f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n',
            encoding="utf-8",
        )
