"""Random points of the loss landscape: half-normal factors whose product has the mean of the data."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from starnmf.seeds import address_of, generator


def half_normal_start(
    shape: tuple[int, int], rank: int, mean: float, random: np.random.Generator
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Half-normal U (n, r) and V (r, m) with E[(U V)_ij] = mean: the paper's initialization (section 4.1).

    Entries are s |N(0, 1)| with s = sqrt(mean / r) sqrt(pi / 2), so that r E[u] E[v] = mean.
    """
    n, m = shape
    s = np.sqrt(mean / rank * np.pi / 2)
    return s * np.abs(random.standard_normal((n, rank))), s * np.abs(random.standard_normal((rank, m)))


def draw_starts(
    attributes: Mapping[str, str | int | float], purpose: str, indices: range
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Independent half-normal points U (k, n, r), V (k, r, m), each with an address of its own.

    The address is dataset, rate, number of the subsample (none at rate 1.0), purpose and index. `attributes` are those
    of a factors file. `purpose` is `start` for the starts of the restarts, `point` for the points that curvature is
    measured from. The regime is not part of the address: every regime descends from the same starts and is measured
    from the same points, so that regimes are compared like with like.
    """
    shape = int(attributes["n"]), int(attributes["m"])
    address = address_of(str(attributes["dataset"]), float(attributes["rate"]), int(attributes["subsample"]))
    pairs = [
        half_normal_start(
            shape,
            int(attributes["rank"]),
            float(attributes["mean"]),
            generator(int(attributes["seed"]), *address, purpose, index),
        )
        for index in indices
    ]
    return np.stack([U for U, _ in pairs]), np.stack([V for _, V in pairs])
