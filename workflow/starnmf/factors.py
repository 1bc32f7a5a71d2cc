"""The factors that factorization passes to the landscape: the ends of many restarts and how each was found."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import h5py
import numpy as np

from starnmf.arrays import Array, Booleans, FloatArray, Integers
from starnmf.errors import InputError
from starnmf.results.hdf5 import plain_attributes, result_hdf5


@dataclass(frozen=True)
class Snapshots:
    """The first q restarts along their descent.

    `time` float64 (t,) along the flow, `U` (t, q, n, r), `V` (t, q, r, m); `count` int64 (q,) is the number of the t
    snapshots that a restart reached before it stopped: later ones are undefined.
    """

    time: Array
    U: FloatArray
    V: FloatArray
    count: Integers


@dataclass(frozen=True)
class Factors:
    """The factors of k restarts of one matrix at the end of a regime.

    `U` (k, n, r) and `V` (k, r, m), float32 (float64 in the literal regime); `loss` (k,): 1/2 mean squared error over
    observed entries, of the stored factors; `time` (k,) along the flow and `gradients` (k,) evaluated up to there;
    `converged` (k,) bool; `loss_change` (k,): relative fall of the loss, and `alpha_change` (k,): change of the mean
    curvature from ten random points, both over the last doubling of time; `projected_gradient` (k,): norm of the
    projected gradient over that at the start; `history_time` (c,) and `history_loss` (k, c), NaN where a restart has
    none. `gradients` is int64, all other numbers are float64. `attributes` is everything needed to run it again.
    """

    U: FloatArray
    V: FloatArray
    loss: Array
    time: Array
    gradients: Integers
    converged: Booleans
    loss_change: Array
    alpha_change: Array
    projected_gradient: Array
    history_time: Array
    history_loss: Array
    attributes: Mapping[str, str | int | float]
    snapshots: Snapshots | None = None


_ARRAYS = tuple(item.name for item in fields(Factors) if item.name not in ("attributes", "snapshots"))


def write_factors(factors: Factors, group: h5py.Group) -> None:
    """Write factors into a group of an HDF5 file, or into the file itself; its layout is in docs/reference/files.md."""
    for name in _ARRAYS:
        group[name] = getattr(factors, name)
    if factors.snapshots is not None:
        for name, values in vars(factors.snapshots).items():
            group[f"snapshots/{name}"] = values
    group.attrs.update(factors.attributes)


def load_factors(path: Path) -> Factors:
    """Read the factors of a regime from their result file, without snapshots.

    Parameters
    ----------
    path : pathlib.Path
        `results/RUN/factorization/DATASET/REGIME/rate-1.0.h5`; those of lower rates hold the factors of subsamples,
        see `starnmf.subsamples.load_factors_of_subsamples`.

    Returns
    -------
    Factors

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> from starnmf import factorize, load_factors, matrix_from
    >>> matrix = matrix_from(np.random.default_rng(0).gamma(2.0, size=(30, 20)), rank=2)
    >>> factors = factorize(matrix, ("published",), restarts=2)["published"]
    >>> from starnmf.subsamples import save_factors_of_subsamples
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_factors_of_subsamples([factors], Path(folder) / "factors.h5")
    ...     bool((load_factors(Path(folder) / "factors.h5").U == factors.U).all())
    True
    """
    with result_hdf5(path, "factors") as file:
        return read_factors(file)


def read_factors(group: h5py.Group) -> Factors:
    """Read factors without snapshots from a group of an HDF5 file, or from the file itself."""
    arrays = {name: group[name][:] for name in _ARRAYS}
    return Factors(**arrays, attributes=plain_attributes(group))


def load_snapshots(path: Path) -> Iterator[Snapshots]:
    """Yield the snapshots that each restart reached (q = 1), so that those of only one restart are in memory.

    Raises `InputError` when the factors have none.
    """
    with result_hdf5(path, "factors") as file:
        if "snapshots" not in file:
            raise InputError(
                f"{path}: factors without the points on the way of a descent; expected those of some restarts. "
                "Factorize with repetitions=1 or more, by the flow"
            )
        group = file["snapshots"]
        for restart, count in enumerate(group["count"]):
            yield Snapshots(
                time=group["time"][:count],
                U=group["U"][:count, restart : restart + 1],
                V=group["V"][:count, restart : restart + 1],
                count=np.array([count]),
            )
