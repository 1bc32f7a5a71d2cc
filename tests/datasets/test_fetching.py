import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from starnmf.datasets import fetching
from starnmf.datasets.registry import Source, published
from starnmf.errors import InputError


def archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("ml-1m/ratings.dat", "1::1::5::9\n")
    return stream.getvalue()


ARCHIVE = archive()
ANSWERS = {"/good.zip": (200, ARCHIVE), "/login.zip": (200, b"<html>Sign in</html>"), "/refused.zip": (403, b"")}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, content = ANSWERS.get(self.path, (404, b""))
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def serve(monkeypatch: pytest.MonkeyPatch, *sources: tuple[str, str | None]) -> None:
    """Let MovieLens come from these addresses, with these checksums."""
    entry = replace(published("movielens"), sources=tuple(Source(url, "ml-1m.zip", known) for url, known in sources))
    monkeypatch.setattr(fetching, "published_files", lambda dataset: entry)


def test_the_first_source_that_serves_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    checksum = hashlib.sha256(ARCHIVE).hexdigest()
    serve(monkeypatch, (f"{server}/gone.zip", None), (f"{server}/good.zip", f"sha256:{checksum}"))
    assert fetching.fetch("movielens", tmp_path) == [tmp_path / "ml-1m.zip"]
    assert (tmp_path / "ml-1m.zip").read_bytes() == ARCHIVE
    assert [path.name for path in tmp_path.iterdir()] == ["ml-1m.zip"]


def test_what_is_there_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    serve(monkeypatch, (f"{server}/good.zip", None))
    (tmp_path / "ml-1m.zip").write_bytes(b"placed by hand")
    assert fetching.fetch("movielens", tmp_path) == [tmp_path / "ml-1m.zip"]
    assert (tmp_path / "ml-1m.zip").read_bytes() == b"placed by hand"


def test_when_all_fail_the_error_says_how_each_did_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    serve(
        monkeypatch,
        (f"{server}/gone.zip", None),
        (f"{server}/refused.zip", None),
        (f"{server}/login.zip", None),
        (f"{server}/good.zip", "md5:" + "0" * 32),
        ("http://127.0.0.1:9/nobody.zip", None),
    )
    with pytest.raises(InputError) as error:
        fetching.fetch("movielens", tmp_path)
    lines = str(error.value).splitlines()
    expected = [
        ("movielens", "no source"),
        ("/gone.zip", "404"),
        ("/refused.zip", "403", "KAGGLE_USERNAME and KAGGLE_KEY", "kaggle.json"),
        ("/login.zip", "something else than a zip archive"),
        ("/good.zip", "hash"),
        ("/nobody.zip", "refused"),
        (published("movielens").page, "ml-1m.zip", str(tmp_path)),
    ]
    assert len(lines) == len(expected)
    for line, parts in zip(lines, expected, strict=True):
        assert all(part in line for part in parts), line
    assert list(tmp_path.iterdir()) == []


def test_kaggle_login_comes_from_the_environment_or_its_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "https://www.kaggle.com/api/v1/datasets/download/owner/slug"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KAGGLE_USERNAME", raising=False)
    monkeypatch.delenv("KAGGLE_KEY", raising=False)
    assert fetching._kaggle_login(url) is None
    (tmp_path / ".kaggle").mkdir()
    (tmp_path / ".kaggle" / "kaggle.json").write_text('{"username": "me", "key": "token"}')
    assert fetching._kaggle_login(url) == ("me", "token")
    monkeypatch.setenv("KAGGLE_USERNAME", "you")
    monkeypatch.setenv("KAGGLE_KEY", "other")
    assert fetching._kaggle_login(url) == ("you", "other")
    assert fetching._kaggle_login("https://elsewhere.org/www.kaggle.com/") is None
