"""A local HTTP server that misbehaves in every way a download meets."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHUNK = 2**14


class Handler(BaseHTTPRequestHandler):
    """Serves what the path's behaviour says; `server.requests` keeps path and Range of every request."""

    def do_GET(self):
        """Let the behaviour answer."""
        self.server.requests.append((self.path, self.headers.get("Range")))
        self.server.behaviours[self.path](self)

    def log_message(self, format, *arguments):
        """Say nothing."""

    def answer(self, status, content=b"", **headers):
        """A whole answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def asked_from(self):
        """First byte asked for."""
        wanted = self.headers.get("Range")
        return int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0

    def seen(self):
        """How often the path has been asked for, this time included."""
        return sum(path == self.path for path, _ in self.server.requests)


class HostileServer(ThreadingHTTPServer):
    """Paths and how they behave."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours = {}
        self.requests = []

    def handle_error(self, request, client_address):
        """A client that hangs up is what is tested here."""

    def url(self, path):
        """The address of a path."""
        return f"http://127.0.0.1:{self.server_port}{path}"


@contextmanager
def running():
    """A server for the length of the block."""
    with HostileServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def serving(content, ranges=True, tag='"one"', stop_after=None, pause=0.0):
    """Serve a body, from where it is asked for if `ranges`; hang up after `stop_after` bytes; rest between chunks."""

    def behave(handler):
        start = handler.asked_from() if ranges else 0
        if handler.headers.get("If-Range", tag) != tag:
            start = 0
        if start >= len(content):
            handler.answer(416, Content_Range=f"bytes */{len(content)}")
            return
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(content) - start))
        handler.send_header("ETag", tag)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        handler.end_headers()
        end = len(content) if stop_after is None else min(start + stop_after, len(content))
        for at in range(start, end, CHUNK):
            handler.wfile.write(content[at : min(at + CHUNK, end)])
            time.sleep(pause)
        handler.close_connection = True

    return behave


def first(*behaviours):
    """One behaviour after the other, then the last one again and again."""
    return lambda handler: behaviours[min(handler.seen(), len(behaviours)) - 1](handler)


def answering(status, **headers):
    """An answer without a body."""
    return lambda handler: handler.answer(status, **headers)


def silent(seconds):
    """Say nothing for so long."""
    return lambda handler: time.sleep(seconds)


def falling_silent(content, after, seconds):
    """Send some of a body, then nothing for so long."""

    def behave(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.send_header("ETag", '"one"')
        handler.end_headers()
        handler.wfile.write(content[:after])
        handler.wfile.flush()
        time.sleep(seconds)

    return behave
