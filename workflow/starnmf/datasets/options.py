"""Options of a parser, from the strings of a configuration or a command line."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from starnmf.errors import InputError, did_you_mean

Options = TypeVar("Options")


@dataclass(frozen=True)
class NoOptions:
    """For datasets that can be read in one way only."""


def read_options(kind: type[Options], dataset: str, given: Mapping[str, str]) -> Options:
    """Build a dataset's `Options` dataclass from strings; what is not given keeps its default.

    Fields are `int` (at least 1), `float` (a share, above 0 and at most 1) or a `Literal` of strings, or such a one or
    None. Raises `InputError` on unknown names and on values that do not fit.
    """
    types = get_type_hints(kind)
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    for name in given:
        if name not in known:
            expected = f"{', '.join(known) or 'no options for it'}{did_you_mean(name, known)}"
            raise InputError(f"{dataset}: option {name}: found an unknown option; expected {expected}")
    return kind(**{name: _value(dataset, name, text, types[name]) for name, text in given.items()})


def _value(dataset: str, name: str, text: str, kind: Any) -> str | int | float:
    if type(None) in get_args(kind):
        (kind,) = (one for one in get_args(kind) if one is not type(None))
    if get_origin(kind) is Literal:
        value: str | int | float = text
        fits = text in get_args(kind)
        expected = f"one of {', '.join(get_args(kind))}{did_you_mean(text, get_args(kind))}"
    elif kind is int:
        value = int(text) if text.isdecimal() and text.isascii() else 0
        fits, expected = value >= 1, "a whole number, at least 1"
    else:
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        fits, expected = 0 < value <= 1, "a share, above 0 and at most 1"
    if not fits:
        raise InputError(f"{dataset}: option {name}: found {text!r}; expected {expected}")
    return value
