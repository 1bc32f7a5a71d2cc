"""Functions that are named as `module:function`, below starnmf, so that a catalogue of them loads none."""

from importlib import import_module
from typing import Any


def module_of(name: str) -> str:
    """The full name of the module of a named function."""
    return f"starnmf.{name.split(':')[0]}"


def function_named(name: str) -> Any:
    """The function of that name; its module is imported now."""
    return getattr(import_module(module_of(name)), name.split(":")[1])
