"""Fetching through the command: sources in order, a mirror, checksums nobody published, offline, and being killed."""

import hashlib
import io
import json
import random
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from starnmf.datasets import fetching, metabolic, normalization, transfer
from starnmf.datasets.registry import Source, published
from starnmf.errors import InputError
from tests.datasets.hostile_server import answering, first, running, serving

STARNMF = str(Path(sys.executable).parent / "starnmf")


def archive(size=0):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("ml-1m/ratings.dat", "1::1::5::9\n")
        file.writestr("ml-1m/more", random.Random(1).randbytes(size))
    return stream.getvalue()


ARCHIVE = archive()
SHA256 = hashlib.sha256(ARCHIVE).hexdigest()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(transfer, "PAUSE_SECONDS", 0.01)
    one_rating = replace(published("movielens"), ratings=1)
    monkeypatch.setattr(normalization, "published", lambda dataset: one_rating)
    with running() as server:
        server.behaviours |= {
            "/good.zip": serving(ARCHIVE),
            "/gone.zip": answering(404),
            "/refused.zip": answering(403),
            "/login.zip": lambda handler: handler.answer(200, b"<html>Sign in</html>"),
        }
        yield server


@pytest.fixture
def sources(monkeypatch):
    """Let MovieLens come from these addresses, with these checksums."""

    def set_sources(*addresses):
        entry = replace(
            published("movielens"),
            sources=tuple(Source(url, "ml-1m.zip", 5_917_549, known) for url, known in addresses),
        )
        monkeypatch.setattr(fetching, "published_files", lambda dataset: entry)

    return set_sources


def test_the_first_source_that_serves_is_used(tmp_path, server, sources):
    sources((server.url("/gone.zip"), None), (server.url("/good.zip"), f"sha256:{SHA256}"))
    fetching.fetch("movielens", tmp_path / "raw", tmp_path / "receipt.json", tmp_path / "record.json")
    assert (tmp_path / "raw/ml-1m.zip").read_bytes() == ARCHIVE
    assert json.loads((tmp_path / "receipt.json").read_text()) == {"ml-1m.zip": SHA256}
    assert {path.name for path in (tmp_path / "raw").iterdir()} == {"ml-1m.zip"}
    assert not (tmp_path / "record.json").exists(), "its checksum is published"


def test_what_is_there_is_left_alone(tmp_path, server, sources):
    sources((server.url("/good.zip"), None))
    (tmp_path / "ml-1m.zip").write_bytes(b"placed by hand")
    fetching.fetch("movielens", tmp_path, tmp_path / "receipt.json", tmp_path / "record.json")
    assert (tmp_path / "ml-1m.zip").read_bytes() == b"placed by hand"
    assert server.requests == []
    assert (tmp_path / "receipt.json").exists()


def test_an_unpublished_checksum_is_recorded_and_held_against_ever_after(tmp_path, server, sources):
    record = tmp_path / "record.json"
    sources((server.url("/good.zip"), None))
    fetching.fetch("movielens", tmp_path / "first", tmp_path / "receipt.json", record)
    expected = {"ml-1m.zip": {"url": server.url("/good.zip"), "bytes": len(ARCHIVE), "sha256": SHA256}}
    assert json.loads(record.read_text()) == expected
    server.behaviours["/good.zip"] = serving(archive(1))
    with pytest.raises(InputError, match=rf"sha256 is [0-9a-f]{{64}}; expected {SHA256}"):
        fetching.fetch("movielens", tmp_path / "second", tmp_path / "receipt.json", record)
    assert not (tmp_path / "second/ml-1m.zip").exists()
    (tmp_path / "first/ml-1m.zip").write_bytes(archive(1))
    advice = rf"Delete it to fetch it again, or its entry in {record} to keep it"
    with pytest.raises(InputError, match=f"is not the file that was first fetched.*{advice}"):
        fetching.fetch("movielens", tmp_path / "first", tmp_path / "receipt.json", record)
    assert json.loads(record.read_text()) == expected
    record.unlink()
    fetching.fetch("movielens", tmp_path / "first", tmp_path / "receipt.json", record)


def test_runs_that_fetch_the_same_dataset_take_turns(tmp_path, server, sources, capsys):
    content = archive(200_000)
    server.behaviours["/slow.zip"] = serving(content, pause=0.05)
    sources((server.url("/slow.zip"), None))
    arguments = "movielens", tmp_path / "raw", tmp_path / "receipt.json", tmp_path / "record.json"
    with ThreadPoolExecutor(3) as runs:
        for run in [runs.submit(fetching.fetch, *arguments) for _ in range(3)]:
            run.result()
    assert len(server.requests) == 1
    assert [path.name for path in (tmp_path / "raw").iterdir()] == ["ml-1m.zip"]
    assert (tmp_path / "raw/ml-1m.zip").read_bytes() == content
    assert capsys.readouterr().err.count("movielens is being fetched by another run: waiting for it") == 2


def packed(text):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("ml-1m/ratings.dat", text)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (packed("<html>Too many requests</html>"), "line 1 is '<html>"),
        (packed(""), "found no lines"),
        (packed("1::1::5::9\n1::2::5::9\n"), "found 2 ratings"),
        (archive()[:-40], "something else than a zip archive"),
    ],
)
def test_what_is_none_of_the_dataset_is_not_recorded_and_the_next_source_is_tried(
    tmp_path, server, sources, content, message
):
    server.behaviours["/bad.zip"] = serving(content)
    record = tmp_path / "record.json"
    sources((server.url("/bad.zip"), None))
    with pytest.raises(InputError, match=f"/bad.zip: .*{message}") as error:
        fetching.fetch("movielens", tmp_path / "raw", tmp_path / "receipt.json", record)
    assert "no checksum known" in str(error.value)
    assert not record.exists()
    assert list((tmp_path / "raw").iterdir()) == []
    sources((server.url("/bad.zip"), None), (server.url("/good.zip"), None))
    fetching.fetch("movielens", tmp_path / "raw", tmp_path / "receipt.json", record)
    assert json.loads(record.read_text())["ml-1m.zip"]["sha256"] == SHA256


def test_a_published_checksum_holds_for_files_placed_by_hand(tmp_path, server, sources):
    sources((server.url("/good.zip"), f"sha256:{SHA256}"))
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/ml-1m.zip").write_bytes(packed("1::1::4::9\n"))
    with pytest.raises(InputError, match=rf"ml-1m\.zip: sha256 is [0-9a-f]{{64}}; expected {SHA256}, as published"):
        fetching.fetch("movielens", tmp_path / "raw", tmp_path / "receipt.json", tmp_path / "record.json")
    assert not (tmp_path / "receipt.json").exists()
    # Another packing of the data is used when its folder is named as a mirror.
    fetching.fetch(
        "movielens", tmp_path / "raw", tmp_path / "receipt.json", tmp_path / "record.json", mirror="http://127.0.0.1:9"
    )
    assert (tmp_path / "receipt.json").exists()


def test_the_published_checksum_holds_where_files_are_read(tmp_path):
    (tmp_path / "ml-1m.zip").write_bytes(packed("1::1::4::9\n"))
    with pytest.raises(InputError, match=r"expected a6898adb.*, as published"):
        normalization.normalize("movielens", tmp_path, "published", 20, 0, {})
    with pytest.raises(InputError, match="found 1 ratings"):
        normalization.normalize("movielens", tmp_path, "mirror", 20, 0, {})


def test_a_damaged_record_is_named(tmp_path, server, sources):
    sources((server.url("/good.zip"), None))
    (tmp_path / "record.json").write_text("[1")
    with pytest.raises(InputError, match=r"record\.json: cannot be read as recorded checksums"):
        fetching.fetch("movielens", tmp_path / "raw", tmp_path / "receipt.json", tmp_path / "record.json")


def test_when_all_fail_the_error_says_how_each_did_and_what_to_do(tmp_path, server, sources):
    sources(
        (server.url("/gone.zip"), None),
        (server.url("/refused.zip"), None),
        (server.url("/login.zip"), None),
        (server.url("/good.zip"), "md5:" + "0" * 32),
        ("http://127.0.0.1:9/nobody.zip", None),
    )
    with pytest.raises(InputError) as error:
        fetching.fetch("movielens", tmp_path / "raw", tmp_path / "receipt.json", tmp_path / "record.json")
    lines = str(error.value).splitlines()
    expected = [
        ("movielens", "no source"),
        ("/gone.zip", "404"),
        ("/refused.zip", "403"),
        ("/login.zip", "something else than a zip archive"),
        ("/good.zip", "md5 is", "expected 0000"),
        ("/nobody.zip", "refused"),
        (published("movielens").page, str(tmp_path / "raw")),
        ("ml-1m.zip, 5,917,549 bytes, no checksum known",),
        ("ml-1m.zip", "md5:0000"),
    ]
    assert len(lines) == len(expected)
    for line, parts in zip(lines, expected, strict=True):
        assert all(part in line for part in parts), line
    assert not (tmp_path / "raw/ml-1m.zip").exists()
    assert not (tmp_path / "receipt.json").exists()


def test_offline_names_what_is_missing_and_asks_nobody(tmp_path, server, sources):
    sources((server.url("/good.zip"), f"sha256:{SHA256}"))
    with pytest.raises(InputError) as error:
        fetching.fetch("movielens", tmp_path / "raw", tmp_path / "receipt.json", tmp_path / "record.json", offline=True)
    assert server.requests == []
    for part in ("offline", "ml-1m.zip", SHA256, str(tmp_path / "raw"), published("movielens").page):
        assert part in str(error.value)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/ml-1m.zip").write_bytes(ARCHIVE)
    fetching.fetch("movielens", tmp_path / "raw", tmp_path / "receipt.json", tmp_path / "record.json", offline=True)
    assert (tmp_path / "receipt.json").exists()


def test_a_mirror_serves_the_archive_or_else_the_loose_files(tmp_path, server):
    server.behaviours |= {
        "/data/ml-1m.zip": answering(404),
        "/data/ml-1m/ratings.dat": first(answering(503), serving(b"1::1::5::9\n")),
    }
    fetching.fetch(
        "movielens", tmp_path / "raw", tmp_path / "receipt.json", tmp_path / "record.json", mirror=server.url("/data/")
    )
    assert (tmp_path / "raw/ratings.dat").read_bytes() == b"1::1::5::9\n"
    assert list(json.loads((tmp_path / "record.json").read_text())) == ["ratings.dat"]


def testkaggle_login_comes_from_the_environment_or_its_own_file(tmp_path, monkeypatch):
    url = "https://www.kaggle.com/api/v1/datasets/download/owner/slug"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KAGGLE_USERNAME", raising=False)
    monkeypatch.delenv("KAGGLE_KEY", raising=False)
    login, advice = fetching.kaggle_login(url)
    assert login is None
    assert "set KAGGLE_USERNAME and KAGGLE_KEY" in advice
    (tmp_path / ".kaggle").mkdir()
    (tmp_path / ".kaggle" / "kaggle.json").write_text('{"username": "me", "key": "token"}')
    login, advice = fetching.kaggle_login(url)
    assert login == ("me", "token")
    assert "may be refused" in advice
    monkeypatch.setenv("KAGGLE_USERNAME", "you")
    monkeypatch.setenv("KAGGLE_KEY", "other")
    login, advice = fetching.kaggle_login(url)
    assert login == ("you", "other")
    assert "may be refused" in advice
    assert fetching.kaggle_login("https://elsewhere.org/www.kaggle.com/") == (None, "")
    monkeypatch.delenv("KAGGLE_KEY")
    (tmp_path / ".kaggle" / "kaggle.json").write_text('{"username": "me"}')
    with pytest.raises(InputError, match=r"kaggle\.json: no Kaggle token \('key'\)"):
        fetching.kaggle_login(url)


@pytest.mark.extended
def test_killed_at_random_moments_nothing_is_taken_for_whole(tmp_path, server):
    """Twenty-five times: what stands under the final name is the whole file, and in the end it is there."""
    metabolic.write_stand_in(tmp_path / "stand-in", (3000, 36), 3, np.random.default_rng(0))
    (file,) = (tmp_path / "stand-in").iterdir()
    content = file.read_bytes()
    server.behaviours[f"/data/{file.name}"] = serving(content, pause=0.04)
    raw, draws = tmp_path / "raw", random.Random(2)
    command = [
        *(STARNMF, "datasets", "fetch", "metabolic", str(raw), str(tmp_path / "receipt.json")),
        *("--record", str(tmp_path / "record.json"), "--mirror", server.url("/data")),
    ]
    kills = interrupted = 0
    while kills < 25:
        job, asked = (
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL),
            len(server.requests),
        )
        while draws.random() < 0.99 and job.poll() is None and len(server.requests) == asked:
            time.sleep(0.03)  # mostly until the transfer begins
        time.sleep(draws.uniform(0, 1.2))
        job.send_signal(signal.SIGKILL)
        job.wait()
        kills += 1
        interrupted += (raw / f".{file.name}.part").exists()
        if (raw / file.name).exists():
            assert (raw / file.name).read_bytes() == content
        if (tmp_path / "receipt.json").exists():
            found = json.loads((tmp_path / "receipt.json").read_text())
            assert found == {file.name: hashlib.sha256(content).hexdigest()}
            for path in [*raw.iterdir(), tmp_path / "record.json", tmp_path / "receipt.json"]:
                path.unlink(missing_ok=True)
    assert interrupted > 5
    assert sum(asked is not None for _, asked in server.requests) > 2, "transfers were resumed"
    subprocess.run(command, check=True, capture_output=True)
    assert (raw / file.name).read_bytes() == content
    assert {path.name for path in raw.iterdir()} == {file.name}
