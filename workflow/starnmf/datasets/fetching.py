"""Downloading a dataset's published files."""

import json
import os
import zipfile
from contextlib import suppress
from pathlib import Path

import pooch
import requests

from starnmf.datasets.raw import find_raw
from starnmf.datasets.registry import Published, Source, published_files
from starnmf.errors import InputError

_SECONDS = 60
"""Longest wait for a server to say anything."""


def fetch(dataset: str, folder: Path) -> list[Path]:
    """Download a dataset into `folder` from the first of its sources that serves it; return its files on disk.

    Files appear when they are whole and their checksum, where one is known, is right. A dataset that is already there,
    such as one placed by hand, is left alone.
    Raises `InputError` when every source fails, with how each did and how to place the file by hand.
    """
    entry = published_files(dataset)
    with suppress(InputError):
        return find_raw(dataset, folder)
    failures = []
    for source in entry.sources:
        try:
            _download(source, folder)
            return find_raw(dataset, folder)
        except (OSError, ValueError) as error:
            failures.append(f"  {source.url}: {_reason(error)}")
    raise InputError("\n".join([f"{dataset}: no source could be downloaded:", *failures, _by_hand(entry, folder)]))


def _download(source: Source, folder: Path) -> None:
    downloader = pooch.HTTPDownloader(progressbar=True, auth=_kaggle_login(source.url), timeout=_SECONDS)
    path = Path(pooch.retrieve(source.url, source.hash, source.file, folder, downloader=downloader))
    if path.suffix == ".zip" and not zipfile.is_zipfile(path):
        path.unlink()
        raise ValueError("the server answered with something else than a zip archive, such as a page to log in")


def _kaggle_login(url: str) -> tuple[str, str] | None:
    """User and key from the environment or Kaggle's own file; None for other sites or where neither is set."""
    if not url.startswith("https://www.kaggle.com/"):
        return None
    if "KAGGLE_USERNAME" in os.environ and "KAGGLE_KEY" in os.environ:
        return os.environ["KAGGLE_USERNAME"], os.environ["KAGGLE_KEY"]
    file = Path.home() / ".kaggle" / "kaggle.json"
    if not file.is_file():
        return None
    login = json.loads(file.read_text(encoding="utf-8"))
    return login["username"], login["key"]


def _reason(error: Exception) -> str:
    response = error.response if isinstance(error, requests.HTTPError) else None
    if response is None or response.status_code not in (401, 403):
        return str(error)
    return f"{error}. If this is Kaggle, set KAGGLE_USERNAME and KAGGLE_KEY or place a token in ~/.kaggle/kaggle.json"


def _by_hand(entry: Published, folder: Path) -> str:
    names = " or ".join(dict.fromkeys(source.file for source in entry.sources))
    return f"Get it by hand from {entry.page} and place {names} in {folder}, unchanged"
