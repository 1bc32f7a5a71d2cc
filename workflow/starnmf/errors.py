"""Invalid input: the one error that commands report without a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager


class InputError(Exception):
    """Input that cannot be used; its message names what, where, what was found, what was expected and what to do.

    The command line prints the message without a traceback and exits with 1.
    """


@contextmanager
def reading(where: str, kind: str, expected: str = "a whole file") -> Iterator[None]:
    """Report whatever a library raises on damaged content within the block as an `InputError`.

    Parameters
    ----------
    where
        The file, and the member where it is in an archive.
    kind
        What it is read as, such as `a MATLAB file`.
    expected
        What it should have been.

    Raises
    ------
    InputError
        With the library's own message. An `InputError` of the block, and errors that come of code and not of content,
        are passed on as they are.
    """
    try:
        yield
    except (InputError, AssertionError, ImportError, NameError):
        raise
    # Damaged content makes libraries raise nearly every other error, AttributeError and TypeError among them.
    except Exception as error:
        raise InputError(f"{where}: cannot be read as {kind} ({error}); expected {expected}") from error
