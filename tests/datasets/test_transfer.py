"""Transfers from a server that breaks off, refuses, lies, falls silent and sends elsewhere."""

import hashlib
import random
import threading
import time

import pytest

from starnmf.datasets import transfer as module
from starnmf.datasets.transfer import TransferError, transfer
from tests.datasets.hostile_server import answering, falling_silent, first, running, serving, silent

CONTENT = random.Random(0).randbytes(300_000)
SHA256 = "sha256:" + hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.01)
    with running() as server:
        yield server


def fetch(server, folder, behaviour, checksum=None):
    server.behaviours["/file.bin"] = behaviour
    return transfer(server.url("/file.bin"), folder / "file.bin", checksum, None)


def ranges(server):
    return [asked for _, asked in server.requests]


def is_whole(folder):
    """The file and nothing else."""
    assert (folder / "file.bin").read_bytes() == CONTENT
    assert [path.name for path in folder.iterdir()] == ["file.bin"]


@pytest.mark.parametrize("checksum", [None, SHA256, "md5:" + hashlib.md5(CONTENT).hexdigest()])
def test_a_file_is_saved_under_its_name(server, tmp_path, checksum):
    assert fetch(server, tmp_path / "new", serving(CONTENT), checksum) == SHA256.removeprefix("sha256:")
    is_whole(tmp_path / "new")


def test_a_broken_transfer_goes_on_where_it_stopped(server, tmp_path):
    fetch(server, tmp_path, serving(CONTENT, stop_after=70_000))
    is_whole(tmp_path)
    assert ranges(server) == [None, "bytes=70000-", "bytes=140000-", "bytes=210000-", "bytes=280000-"]


def test_more_breaks_than_attempts_are_survived_while_there_is_progress(server, tmp_path):
    fetch(server, tmp_path, serving(CONTENT, stop_after=20_000))
    is_whole(tmp_path)
    assert len(server.requests) == 15 > module.ATTEMPTS


def test_a_server_that_ignores_ranges_starts_over(server, tmp_path):
    fetch(server, tmp_path, first(serving(CONTENT, stop_after=70_000), serving(CONTENT, ranges=False)))
    is_whole(tmp_path)


def test_another_body_is_not_appended(server, tmp_path):
    old = bytes(len(CONTENT))
    fetch(server, tmp_path, first(serving(old, tag='"old"', stop_after=70_000), serving(CONTENT, tag='"new"')))
    is_whole(tmp_path)


def test_a_shorter_body_than_the_one_begun_starts_over(server, tmp_path):
    longer = bytes(2 * len(CONTENT))
    fetch(server, tmp_path, first(serving(longer, tag='"one"', stop_after=400_000), serving(CONTENT, tag='"one"')))
    is_whole(tmp_path)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_answers_that_pass_are_waited_for(server, tmp_path, status):
    fetch(server, tmp_path, first(answering(status), answering(status), serving(CONTENT)))
    is_whole(tmp_path)


def test_the_pause_a_server_asks_for_is_kept(server, tmp_path):
    start = time.monotonic()
    fetch(server, tmp_path, first(answering(429, Retry_After="1"), serving(CONTENT)))
    assert time.monotonic() - start >= 1


def test_a_server_that_stays_busy_is_given_up(server, tmp_path):
    with pytest.raises(TransferError, match=r"answered 503 Service Unavailable \(5 attempts\)"):
        fetch(server, tmp_path, answering(503))
    assert len(server.requests) == module.ATTEMPTS
    assert not (tmp_path / "file.bin").exists()


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_not_tried_again(server, tmp_path, status):
    with pytest.raises(TransferError, match=f"answered {status}"):
        fetch(server, tmp_path, answering(status))
    assert len(server.requests) == 1
    assert not (tmp_path / "file.bin").exists()


@pytest.mark.parametrize("behaviour", [silent(1), falling_silent(CONTENT, 50_000, 1)])
def test_a_silent_server_is_tried_again(server, tmp_path, monkeypatch, behaviour):
    monkeypatch.setattr(module, "SILENT_SECONDS", 0.3)
    fetch(server, tmp_path, first(behaviour, serving(CONTENT)))
    is_whole(tmp_path)


def test_a_wrong_body_of_the_right_length_is_refused(server, tmp_path):
    wrong = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    with pytest.raises(TransferError, match=r"sha256 is [0-9a-f]{64}; expected [0-9a-f]{64}"):
        fetch(server, tmp_path, serving(wrong), SHA256)
    assert list(tmp_path.iterdir()) == []
    fetch(server, tmp_path, serving(CONTENT), SHA256)
    is_whole(tmp_path)


def test_redirects_are_followed(server, tmp_path):
    server.behaviours["/elsewhere"] = serving(CONTENT, stop_after=200_000)
    fetch(server, tmp_path, answering(302, Location="/elsewhere"))
    is_whole(tmp_path)
    server.behaviours["/circle"] = answering(302, Location="/circle")
    with pytest.raises(TransferError, match="redirects"):
        transfer(server.url("/circle"), tmp_path / "other.bin", None, None)


def test_a_compressed_file_is_saved_as_it_is_stored(server, tmp_path):
    def labelled(handler):
        handler.answer(200, CONTENT, Content_Encoding="gzip")

    fetch(server, tmp_path, labelled)
    is_whole(tmp_path)


def test_nobody_at_the_address(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.01)
    with pytest.raises(TransferError, match="broke off after 0 bytes"):
        transfer("http://127.0.0.1:9/file.bin", tmp_path / "file.bin", None, None)
    assert not (tmp_path / "file.bin").exists()


def test_what_a_killed_process_left_is_gone_on_with(server, tmp_path):
    with pytest.raises(TransferError):
        fetch(server, tmp_path, first(serving(CONTENT, stop_after=90_000), answering(404)))
    assert [path.name for path in tmp_path.iterdir()] != []
    assert not (tmp_path / "file.bin").exists()
    server.requests.clear()
    fetch(server, tmp_path, serving(CONTENT))
    is_whole(tmp_path)
    assert ranges(server) == ["bytes=90000-"]


def test_a_whole_body_that_was_not_named_yet_is_not_sent_again(server, tmp_path):
    with pytest.raises(TransferError):
        fetch(server, tmp_path, first(serving(CONTENT, stop_after=90_000), answering(404)))
    (tmp_path / ".file.bin.part").write_bytes(CONTENT)
    server.requests.clear()
    fetch(server, tmp_path, serving(CONTENT))
    is_whole(tmp_path)
    assert len(server.requests) == 1


def test_what_another_address_left_is_not_taken(server, tmp_path):
    server.behaviours["/other.bin"] = first(serving(bytes(len(CONTENT)), stop_after=90_000), answering(404))
    with pytest.raises(TransferError):
        transfer(server.url("/other.bin"), tmp_path / "file.bin", None, None)
    fetch(server, tmp_path, serving(CONTENT))
    is_whole(tmp_path)


def test_two_transfers_of_one_file_take_turns(server, tmp_path):
    server.behaviours["/file.bin"] = serving(CONTENT, pause=0.01)
    digests = []
    jobs = [
        threading.Thread(
            target=lambda: digests.append(transfer(server.url("/file.bin"), tmp_path / "file.bin", None, None))
        )
        for _ in range(3)
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert digests == [SHA256.removeprefix("sha256:")] * 3
    assert len(server.requests) == 1
    is_whole(tmp_path)


def test_a_file_that_is_there_is_not_asked_for(server, tmp_path):
    (tmp_path / "file.bin").write_bytes(b"mine")
    transfer(server.url("/file.bin"), tmp_path / "file.bin", None, None)
    assert server.requests == []
    assert (tmp_path / "file.bin").read_bytes() == b"mine"
