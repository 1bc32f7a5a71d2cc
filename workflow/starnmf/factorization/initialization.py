"""Random points of the loss landscape: half-normal factors whose product has the mean of the data."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from starnmf.seeds import generator


def draw_starts(
    attributes: Mapping[str, str | int | float], purpose: str, indices: range
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Independent half-normal points U (k, n, r), V (k, r, m) at the addresses (dataset, rate, purpose, index).

    Entries are s |N(0, 1)| with s = sqrt(mean / r) sqrt(pi / 2), so that E[(U V)_ij] = r E[u] E[v] = mean: the paper's
    initialization (section 4.1).

    `attributes` are those of a factors file. `purpose` is `start` for the starts of the restarts, `point` for the
    points that curvature is measured from. The regime is not part of the address: every regime descends from the same
    starts and is measured from the same points, so that regimes are compared like with like.
    """
    n, m, rank = (int(attributes[name]) for name in ("n", "m", "rank"))
    s = np.sqrt(float(attributes["mean"]) / rank * np.pi / 2)
    address = int(attributes["seed"]), attributes["dataset"], float(attributes["rate"]), purpose
    drawn = [generator(*address, index) for index in indices]
    U = s * np.abs([random.standard_normal((n, rank)) for random in drawn])
    return U, s * np.abs([random.standard_normal((rank, m)) for random in drawn])
