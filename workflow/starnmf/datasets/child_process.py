"""Reading in a process of its own, for formats whose libraries crash or hang on damaged files."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from starnmf.errors import InputError

Found = TypeVar("Found")

LONGEST_SECONDS = 600.0
"""Time after which a reader hangs, as HDF5 does on some damaged files; a second more for every megabyte."""


def read_in_child(read: Callable[..., Found], content: bytes, *arguments: object, where: str) -> Found:
    """What `read(content, *arguments)` returns, or raises, in a child process.

    Raises `InputError` when the child dies or does not end, as it does of a fault in a library.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(sender, read, (content, *arguments)))
    child.start()
    sender.close()
    longest = LONGEST_SECONDS + len(content) / 1e6
    try:
        if not receiver.poll(longest):
            child.kill()
            raise InputError(f"{where}: damaged: not read after {longest:.0f} s; expected a whole file. Get it again")
        found = receiver.recv()
    except EOFError:
        child.join()
        raise InputError(
            f"{where}: damaged: the process that read it ended with {_ending(child.exitcode)}; expected a whole file. "
            "Get it again"
        ) from None
    child.join()
    if isinstance(found, BaseException):
        raise found
    result: Found = found
    return result


def _send(sender: Connection, read: Callable[..., Any], arguments: tuple[object, ...]) -> None:
    """Read, and send what was found or what was raised."""
    try:
        found = read(*arguments)
    except InputError as error:
        found = error
    except Exception as error:  # what libraries raise may not be sent as it is
        found = ValueError(f"{type(error).__name__}: {error}")
    sender.send(found)


def _ending(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
