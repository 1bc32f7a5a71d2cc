"""The state of unfinished descents on disk, from which a run that was stopped resumes to the same
bits.

One HDF5 file for every batch, replaced as a whole: a JSON document, and beside it the arrays that
the document refers to by their places. It belongs to one matrix and one set of settings, and is
refused for any other.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from starnmf.arrays import FloatArray
from starnmf.errors import InputError
from starnmf.factorization.flow import Clock
from starnmf.factorization.restart import End, PathPoint, Restart
from starnmf.results.atomic import atomic_write

LAYOUT = 3
"""Of the files; another number is another layout."""

KINDS = {kind.__name__: kind for kind in (Clock, End, PathPoint, Restart)}
"""What a state is made of, by the names that stand for them in the document."""


class SavedBatch(NamedTuple):
    """A batch of restarts: those that go on, and all that was recorded."""

    running: list[int]
    """Places in `restarts` of those in the arrays."""
    clocks: list[Clock]
    arrays: list[FloatArray]
    restarts: list[Restart]


def save_state(path: Path, identity: Mapping[str, Any], state: SavedBatch) -> None:
    """Replace the state in `path`."""
    with atomic_write(path) as temporary, h5py.File(temporary, "w") as file:

        def written(value: Any) -> dict[str, Any]:
            if not isinstance(value, np.ndarray):
                return {type(value).__name__: vars(value)}
            place = str(len(file))
            file[place] = value
            return {"array": place}

        document = json.dumps({"identity": {**identity, "layout": LAYOUT}, "state": state}, default=written)
        file["document"] = document


def load_state(path: Path, identity: Mapping[str, Any]) -> SavedBatch:
    """Read the state in `path`. Raises `InputError` when it cannot be read or belongs to another descent."""
    try:
        with h5py.File(path, "r") as file:

            def read(found: dict[str, Any]) -> Any:
                if len(found) != 1:
                    return found
                [(name, value)] = found.items()
                return file[value][:] if name == "array" else KINDS[name](**value) if name in KINDS else found

            document = json.loads(file["document"][()], object_hook=read)
            _check_identity(path, document["identity"], {**identity, "layout": LAYOUT})
            return SavedBatch(*document["state"])
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"{path}: cannot be read ({error}); expected the state of a descent that was stopped. Delete "
            f"{path.parent} to begin anew"
        ) from error


def _check_identity(path: Path, found: dict[str, Any], expected: dict[str, Any]) -> None:
    # Through JSON, so that what was written is compared with what would be.
    expected = json.loads(json.dumps(expected))
    for name in expected:
        if found.get(name) != expected[name]:
            raise InputError(
                f"{path}: the descent that was stopped has {name} {found.get(name)!r}; expected {expected[name]!r}. "
                f"Run it with the settings and data it was begun with, or delete {path.parent} to begin anew"
            )
