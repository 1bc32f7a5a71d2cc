"""Invalid input: the one error that commands report without a traceback."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches


class InputError(Exception):
    """Input that cannot be used; its message names what, where, what was found, what was expected and what to do.

    The command line prints the message without a traceback and exits with 1.
    """


class WriteError(InputError):
    """A place where results cannot be written: there is no room, or it must not be written to."""


def did_you_mean(found: object, known: Iterable[str]) -> str:
    """The known name that is most like what was found, as the end of a message; empty where none is like it.

    Examples
    --------
    >>> did_you_mean("metabolik", ["metabolic", "orl"])
    "; did you mean 'metabolic'?"
    """
    close = get_close_matches(found, list(known), n=1, cutoff=0.75) if isinstance(found, str) else []
    return f"; did you mean {close[0]!r}?" if close else ""


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
