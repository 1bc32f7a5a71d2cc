"""Transfers from a server that breaks off, refuses, lies, falls silent and sends elsewhere."""

import gzip
import hashlib
import random
import time

import pytest

from starnmf.datasets import transfer as module
from starnmf.datasets.transfer import Limits, TransferError, transfer
from tests.datasets.hostile_server import answering, falling_silent, first, running, serving, silent

CONTENT = random.Random(0).randbytes(300_000)
SHA256 = "sha256:" + hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.01)
    with running() as server:
        yield server


def fetch(server, folder, behaviour, checksum=None, **limits):
    server.behaviours["/file.bin"] = behaviour
    return transfer(server.url("/file.bin"), folder / "file.bin", checksum, None, **limits)


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


def test_a_body_compressed_for_the_way_is_saved_expanded(server, tmp_path):
    body = gzip.compress(CONTENT)  # once, as it holds the time

    def compressing(handler):
        handler.answer(200, body, Content_Encoding="gzip")

    assert fetch(server, tmp_path, compressing) == SHA256.removeprefix("sha256:")
    is_whole(tmp_path)
    server.behaviours["/file.txt.gz"] = compressing
    transfer(server.url("/file.txt.gz"), tmp_path / "file.txt.gz", None, None)
    assert (tmp_path / "file.txt.gz").read_bytes() == body


def test_a_body_that_expands_without_end_is_refused(server, tmp_path):
    def compressing(handler):
        handler.answer(200, gzip.compress(bytes(10**7)), Content_Encoding="gzip")

    with pytest.raises(TransferError, match="compressed more than 1,000,000 bytes"):
        fetch(server, tmp_path, compressing, limits=Limits(largest=10**6))
    assert list(tmp_path.iterdir()) == []


def answering_with_a_part(start, end, total, body, tag='"one"'):
    """Answer 206 with these words, whatever was asked for."""

    def behave(handler):
        handler.answer(206, body, Content_Range=f"bytes {start}-{end}/{total}", ETag=tag)

    return behave


BEGUN = 70_000
REST = CONTENT[BEGUN:]
LAST = len(CONTENT) - 1
WRONG_PARTS = {
    "nothing said": lambda handler: handler.answer(206, REST, ETag='"one"'),
    "of another place": answering_with_a_part(BEGUN - 1, LAST, LAST + 1, CONTENT[BEGUN - 1 :]),
    "of a longer file": answering_with_a_part(BEGUN, LAST, LAST + 2, REST),
    "of a file of unknown length": answering_with_a_part(BEGUN, LAST, "*", REST),
    "past its own end": answering_with_a_part(BEGUN, LAST + 1, LAST + 1, REST),
    "of another content": answering_with_a_part(BEGUN, LAST, LAST + 1, bytes(len(REST)), '"two"'),
}


@pytest.mark.parametrize("wrong", WRONG_PARTS.values(), ids=list(WRONG_PARTS))
def test_only_the_rest_of_the_file_begun_is_appended(server, tmp_path, wrong):
    fetch(server, tmp_path, first(serving(CONTENT, stop_after=BEGUN), wrong, serving(CONTENT)))
    is_whole(tmp_path)
    assert ranges(server) == [None, f"bytes={BEGUN}-", None], "the file is begun anew"


@pytest.mark.parametrize("wrong", WRONG_PARTS.values(), ids=list(WRONG_PARTS))
def test_a_part_that_nobody_asked_for_is_no_file(server, tmp_path, wrong):
    with pytest.raises(TransferError, match=r"expected all bytes \(5 attempts\)"):
        fetch(server, tmp_path, wrong)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_says_there_is_no_more_must_have_announced_so_much(server, tmp_path):
    lying = answering(416, Content_Range=f"bytes */{BEGUN}")
    fetch(server, tmp_path, first(serving(CONTENT, stop_after=BEGUN), lying, serving(CONTENT)))
    is_whole(tmp_path)


def test_an_empty_body_is_no_file(server, tmp_path):
    with pytest.raises(TransferError, match="empty"):
        fetch(server, tmp_path, answering(200))
    assert list(tmp_path.iterdir()) == []


def endless(pause, chunk):
    """Send zeros for ever."""

    def behave(handler):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(chunk))
            handler.wfile.flush()
            time.sleep(pause)

    return behave


def test_a_byte_now_and_then_is_too_slow(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "RATE_SECONDS", 0.3)
    with pytest.raises(TransferError, match=r"bytes in 0\.3 s; expected 1000 a second \(lowest_rate\)"):
        fetch(server, tmp_path, endless(0.02, 1))


def test_the_lowest_rate_can_be_lowered(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "RATE_SECONDS", 0.1)
    slow = serving(CONTENT[: 2**15], pause=0.2)
    assert fetch(server, tmp_path, slow, limits=Limits(lowest_rate=10.0))


@pytest.mark.parametrize(("size", "limits"), [(500_000, None), (None, Limits(largest=500_000))])
def test_an_endless_body_stops_where_the_file_must_end(server, tmp_path, size, limits):
    with pytest.raises(TransferError, match="expected 500,000"):
        fetch(server, tmp_path, endless(0, 2**16), size=size, limits=limits)
    assert list(tmp_path.iterdir()) == []


def test_a_body_announced_as_too_large_is_not_begun(server, tmp_path):
    with pytest.raises(TransferError, match=r"sends 300,000 bytes or more; expected 299,999, as published"):
        fetch(server, tmp_path, serving(CONTENT), size=len(CONTENT) - 1)


def test_a_head_without_end_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.3)

    def dripping(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100):
            handler.wfile.write(f"X-{number}: 1\r\n".encode())
            handler.wfile.flush()
            time.sleep(0.05)

    with pytest.raises(TransferError, match=r"not finished the head of its answer after 0\.3 s \(5 attempts\)"):
        fetch(server, tmp_path, dripping)


def test_a_byte_per_attempt_is_no_progress(server, tmp_path):
    with pytest.raises(TransferError, match="5 attempts"):
        fetch(server, tmp_path, serving(CONTENT, stop_after=1))
    assert len(server.requests) == module.ATTEMPTS


def test_a_transfer_ends_in_time(server, tmp_path):
    with pytest.raises(TransferError, match=r"bytes came in 0\.0001 hours; expected all \(download_hours\)"):
        fetch(server, tmp_path, endless(0.01, 1000), limits=Limits(hours=1e-4))


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


def test_a_file_that_is_there_is_not_asked_for(server, tmp_path):
    (tmp_path / "file.bin").write_bytes(b"mine")
    transfer(server.url("/file.bin"), tmp_path / "file.bin", None, None)
    assert server.requests == []
    assert (tmp_path / "file.bin").read_bytes() == b"mine"
