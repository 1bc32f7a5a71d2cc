"""The state of unfinished descents on disk, from which a run that was stopped resumes to the same
bits.

One HDF5 file for every batch, replaced as a whole. It belongs to one matrix and one set of
settings, and is refused for any other.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from starnmf.errors import InputError
from starnmf.factorization.flow import Clock
from starnmf.factorization.restart import End, PathPoint, Restart
from starnmf.matrix import FloatArray
from starnmf.results.atomic import atomic_write

LAYOUT = 2
"""Of the files; another number is another layout."""


class State(NamedTuple):
    """A batch of restarts: those that go on, and all that was recorded."""

    running: list[int]
    """Places in `restarts` of those in the arrays."""
    clocks: list[Clock]
    arrays: list[FloatArray]
    restarts: list[Restart]


def save_state(path: Path, identity: Mapping[str, Any], state: State) -> None:
    """Replace the state in `path`."""
    with atomic_write(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["identity"] = json.dumps({**identity, "layout": LAYOUT})
        file.attrs["running"] = json.dumps(state.running)
        file.attrs["clocks"] = json.dumps([asdict(clock) for clock in state.clocks])
        for place, array in enumerate(state.arrays):
            file[f"arrays/{place}"] = array
        for place, restart in enumerate(state.restarts):
            _write_restart(file.create_group(f"restarts/{place}"), restart)


def load_state(path: Path, identity: Mapping[str, Any]) -> State:
    """Read the state in `path`. Raises `InputError` when it cannot be read or belongs to another
    descent.
    """
    try:
        with h5py.File(path, "r") as file:
            found = json.loads(file.attrs["identity"])
            _check_identity(path, found, {**identity, "layout": LAYOUT})
            return State(
                json.loads(file.attrs["running"]),
                [Clock(**clock) for clock in json.loads(file.attrs["clocks"])],
                [file[f"arrays/{place}"][:] for place in range(len(file.get("arrays", ())))],
                [_read_restart(file[f"restarts/{place}"]) for place in range(len(file["restarts"]))],
            )
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


def _write_restart(group: h5py.Group, restart: Restart) -> None:
    group.attrs["record"] = json.dumps(
        {name: getattr(restart, name) for name in ("index", "start_gradient", "times", "losses")}
    )
    _write_points(group.create_group("recent"), restart.recent)
    for regime, points in restart.snapshots.items():
        _write_points(group.create_group(f"snapshots/{regime}"), points)
    for regime, end in restart.ends.items():
        of_end = group.create_group(f"ends/{regime}")
        of_end.attrs["projected_gradient"], of_end.attrs["converged"] = end.projected_gradient, end.converged
        _write_points(of_end, [end.now, end.half])


def _read_restart(group: h5py.Group) -> Restart:
    ends = {}
    for regime, of_end in group.get("ends", {}).items():
        now, half = _read_points(of_end)
        ends[regime] = End(now, half, float(of_end.attrs["projected_gradient"]), bool(of_end.attrs["converged"]))
    return Restart(
        **json.loads(group.attrs["record"]),
        recent=_read_points(group["recent"]),
        ends=ends,
        snapshots={regime: _read_points(points) for regime, points in group.get("snapshots", {}).items()},
    )


def _write_points(group: h5py.Group, points: list[PathPoint]) -> None:
    for place, point in enumerate(points):
        one = group.create_group(str(place))
        one.attrs["numbers"] = np.array([point.time, point.gradients, point.loss])
        one["U"], one["V"] = point.U, point.V


def _read_points(group: h5py.Group) -> list[PathPoint]:
    points = []
    for place in range(len(group)):
        one = group[str(place)]
        time, gradients, loss = one.attrs["numbers"].tolist()
        points.append(PathPoint(time, int(gradients), loss, one["U"][:], one["V"][:]))
    return points
