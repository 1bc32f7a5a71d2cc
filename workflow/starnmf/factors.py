"""The optima that flow from factorization to landscape: factors of many restarts and how each came to rest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt

from starnmf.hdf5 import PROVENANCE, new_hdf5
from starnmf.matrix import FloatArray


@dataclass(frozen=True)
class Snapshots:
    """The first q restarts along their descent: iterates after `step[t]` steps.

    `step` int64 (t,), `U` (t, q, n, r), `V` (t, q, r, m); `count` int64 (q,) tells how many of the t snapshots a
    restart reached before it stopped: later ones are undefined.
    """

    step: npt.NDArray[np.int64]
    U: FloatArray
    V: FloatArray
    count: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Factors:
    """Results of k restarts on one matrix.

    `U` (k, n, r) and `V` (k, r, m), float32 (float64 in the literal regime); `loss` (k,) float64: 1/2 mean squared
    error over observed entries, of the stored factors; `steps` (k,) taken; `converged` (k,) bool;
    `projected_gradient` (k,) float64: Frobenius norm of the projected gradient of that loss; `step_size` (k,) float64:
    the last step along the gradient of the sum loss; `history_step` (c,) and
    `history_loss` (k, c), NaN once a restart has stopped. `attributes` is everything needed to run it again.
    """

    U: FloatArray
    V: FloatArray
    loss: npt.NDArray[np.float64]
    steps: npt.NDArray[np.int64]
    converged: npt.NDArray[np.bool_]
    projected_gradient: npt.NDArray[np.float64]
    step_size: npt.NDArray[np.float64]
    history_step: npt.NDArray[np.int64]
    history_loss: npt.NDArray[np.float64]
    attributes: Mapping[str, str | int | float]
    snapshots: Snapshots | None = None


_ARRAYS = tuple(item.name for item in fields(Factors) if item.name not in ("attributes", "snapshots"))


def save_factors(factors: Factors, path: Path) -> None:
    """Write factors as self-describing HDF5 (the layout is in docs/results.md)."""
    with new_hdf5(path) as file:
        for name in _ARRAYS:
            file[name] = getattr(factors, name)
        if factors.snapshots is not None:
            for name in ("step", "U", "V", "count"):
                file[f"snapshots/{name}"] = getattr(factors.snapshots, name)
        file.attrs.update(factors.attributes)


def load_factors(path: Path) -> Factors:
    """Read factors written by `save_factors`, without their snapshots."""
    with h5py.File(path, "r") as file:
        arrays = {name: file[name][:] for name in _ARRAYS}
        return Factors(**arrays, attributes=_plain(file.attrs))


def load_snapshots(path: Path, repetition: int) -> Snapshots:
    """Read the snapshots of one restart (q = 1), those it reached only."""
    with h5py.File(path, "r") as file:
        group = file["snapshots"]
        count = int(group["count"][repetition])
        return Snapshots(
            step=group["step"][:count],
            U=group["U"][:count, repetition : repetition + 1],
            V=group["V"][:count, repetition : repetition + 1],
            count=np.array([count]),
        )


def each_repetition(path: Path) -> Iterator[Snapshots]:
    """The snapshots of one restart after another, so that those of one only are in memory."""
    with h5py.File(path, "r") as file:
        repetitions = len(file["snapshots/count"])
    for repetition in range(repetitions):
        yield load_snapshots(path, repetition)


def _plain(attributes: h5py.AttributeManager) -> dict[str, str | int | float]:
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in attributes.items()
        if name != PROVENANCE
    }
