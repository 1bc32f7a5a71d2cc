"""Trying the addresses of datasets against a local server, and the page of documentation that says what answered."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from starnmf.datasets import source_check
from starnmf.datasets.registry import ALL_NAMES, Source, published, published_files
from starnmf.datasets.source_check import write_sources
from tests.datasets.hostile_server import answering, running, serving

PAGE = Path(__file__).parents[2] / "docs/reference/sources.md"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running() as server:
        yield server


def test_the_page_says_which_addresses_answer_and_when_they_last_did(tmp_path, server, monkeypatch):
    server.behaviours |= {
        "/whole.zip": serving(bytes(500)),
        "/ranges.zip": lambda handler: handler.answer(206, b"P", Content_Range="bytes 0-0/1200"),
        "/short.zip": lambda handler: handler.answer(206, b"P", Content_Range="bytes 0-0/499"),
        "/login.zip": lambda handler: handler.answer(200, b"<html>", Content_Type="text/html; charset=utf-8"),
        "/gone.zip": answering(404),
    }
    sizes = {"/whole.zip": 500, "/ranges.zip": None, "/short.zip": 500, "/login.zip": None, "/gone.zip": None}
    places = [Source(server.url(path), "ml-1m.zip", size) for path, size in sizes.items()]
    entry = replace(published("movielens"), sources=(*places, Source("http://127.0.0.1:9/x.zip", "x.zip")))
    monkeypatch.setattr(source_check, "published_files", lambda name: entry)
    monkeypatch.setattr(source_check, "ALL_NAMES", ("movielens",))
    page = tmp_path / "sources.md"

    def rows():
        return [line.strip("| ").split(" | ")[2:] for line in page.read_text().splitlines() if "http" in line]

    write_sources(page, date(2026, 1, 2))
    answers = ["500 bytes", "1,200 bytes", "499 bytes; 500 were published", "a page, not a file", "404 Not Found"]
    days = ["2026-01-02"] * 2 + ["never"] * 4
    assert rows() == [
        [f"<{source.url}>", day, answer]
        for source, day, answer in zip(entry.sources, days, [*answers, "ConnectionError"], strict=True)
    ]
    server.behaviours["/whole.zip"] = answering(503)
    write_sources(page, date(2026, 3, 4))
    assert [row[1] for row in rows()] == ["2026-01-02", "2026-03-04"] + ["never"] * 4
    assert rows()[0][2] == "503 Service Unavailable"


def test_the_page_has_all_addresses():
    text = PAGE.read_text()
    for name in ALL_NAMES:
        for source in published_files(name).sources:
            assert f"| {name} | {source.file} | <{source.url}> |" in text
