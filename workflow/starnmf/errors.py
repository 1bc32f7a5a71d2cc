"""The one error a person can mend."""


class InputError(Exception):
    """Input that cannot be used; its message names what, where, what was found, what was expected and what to do.

    The command line prints the message without a traceback and exits with 1.
    """
