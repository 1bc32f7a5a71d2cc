"""Which addresses of the datasets' files answer: a page of documentation, brought up to date by trying them all."""

import re
from datetime import date
from pathlib import Path

import requests

from starnmf.datasets.fetching import kaggle_login
from starnmf.datasets.registry import ALL_NAMES, Source, published_files
from starnmf.datasets.transfer import CONNECT_SECONDS, SILENT_SECONDS
from starnmf.results.atomic import write_atomically

NEVER = "never"

_HEAD = """# Where the files come from

The addresses of every dataset, in the order they are tried, and the last day on which each was
seen to answer. `starnmf datasets check-sources docs/reference/sources.md` tries them all and writes
this page. `ConnectionError` says that the machine it ran on reached no server, nothing of the
address.

| dataset | file | address | last seen | last answer |
|---|---|---|---|---|
"""


def write_sources(page: Path, today: date) -> None:
    """Ask every address for its file, without reading it, and write the page; days of earlier checks are kept.

    Parameters
    ----------
    page
        Markdown, read for the days of earlier checks where it exists.
    today
        The day of this check.
    """
    lines = page.read_text(encoding="utf-8").splitlines() if page.exists() else []
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    seen = {row[2].strip("<>"): row[3] for row in rows if len(row) == 5}
    written = []
    for name in ALL_NAMES:
        for source in published_files(name).sources:
            answers, answer = answer_of(source)
            day = today.isoformat() if answers else seen.get(source.url, NEVER)
            written.append(f"| {name} | {source.file} | <{source.url}> | {day} | {answer} |\n")
    write_atomically(page, _HEAD + "".join(written))


def answer_of(source: Source) -> tuple[bool, str]:
    """Whether an address serves what may be its file, and what it answers."""
    login, _ = kaggle_login(source.url)
    headers = {"Range": "bytes=0-", "Accept-Encoding": "identity"}
    try:
        response = requests.get(
            source.url, headers=headers, auth=login, stream=True, timeout=(CONNECT_SECONDS, SILENT_SECONDS)
        )
    except requests.RequestException as error:
        return False, type(error).__name__
    response.close()  # without its content
    whole = re.fullmatch(r"bytes 0-\d+/(\d+)", response.headers.get("Content-Range", ""))
    length = whole[1] if whole else response.headers.get("Content-Length")
    if response.status_code not in (200, 206):
        return False, f"{response.status_code} {response.reason}"
    if response.headers.get("Content-Type", "").startswith("text/html"):
        return False, "a page, not a file"
    if source.bytes and length and int(length) != source.bytes:
        return False, f"{int(length):,} bytes; {source.bytes:,} were published"
    return True, f"{int(length):,} bytes" if length else "of unknown size"
