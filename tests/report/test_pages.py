"""Tables and the ledger as pages: what stands in their Markdown, and nothing that runs."""

from html.parser import HTMLParser

import pytest

from starnmf.errors import InputError
from starnmf.report.page import write_page


class Cells(HTMLParser):
    """The texts of headings and cells of a page, and the names of all its elements."""

    def __init__(self, text):
        super().__init__()
        self.headings, self.cells, self.elements = [], [], set()
        self.within = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.add(tag)
        if tag in ("h1", "th", "td"):
            self.within = self.headings if tag == "h1" else self.cells
            self.within.append("")

    def handle_endtag(self, tag):
        if tag in ("h1", "th", "td"):
            self.within = []

    def handle_data(self, data):
        if self.within:
            self.within[-1] += data


def page(tmp_path, markdown):
    (tmp_path / "table.md").write_text(markdown, encoding="utf-8")
    write_page("Table 7. The paper's", tmp_path / "table.md", tmp_path / "table.html")
    return Cells((tmp_path / "table.html").read_text(encoding="utf-8"))


def test_a_table_keeps_its_cells_under_its_title(tmp_path):
    found = page(tmp_path, "| a | paper: a |\n| --- | --- |\n| 1 \\| 2 | σ/μ |\n| U* V* | |\n")
    assert found.headings == ["Table 7. The paper's"]
    assert found.cells == ["a", "paper: a", "1 | 2", "σ/μ", "U* V*", ""]


def test_a_page_with_a_heading_keeps_it(tmp_path):
    assert page(tmp_path, "# Claims ledger\n\nText.\n").headings == ["Claims ledger"]


def test_html_within_is_shown_as_text(tmp_path):
    found = page(tmp_path, "| a |\n| --- |\n| <script>alert(1)</script> x < y |\n\n<img src='http://elsewhere'>\n")
    assert found.cells == ["a", "<script>alert(1)</script> x < y"]
    assert not found.elements & {"script", "img", "link", "iframe"}


def test_what_is_no_text_is_an_error_that_names_it(tmp_path):
    (tmp_path / "table.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"table\.md: cannot be read as text"):
        write_page("Table", tmp_path / "table.md", tmp_path / "table.html")
    assert not (tmp_path / "table.html").exists()
