"""Random points of the loss landscape: half-normal factors whose product has the mean of the data."""

from collections.abc import Mapping

import numpy as np

from starnmf.arrays import Array
from starnmf.seeds import address_of, generator


def draw_starts(attributes: Mapping[str, str | int | float], purpose: str, indices: range) -> tuple[Array, Array]:
    """Independent half-normal points U (k, n, r), V (k, r, m), each with an address of its own.

    Entries are s |N(0, 1)| with s = sqrt(mean / r) sqrt(pi / 2), so that E[(U V)_ij] = r E[u] E[v] = mean: the paper's
    initialization (section 4.1).

    The address is dataset, rate, number of the subsample (none at rate 1.0), purpose and index. `attributes` are those
    of a factors file. `purpose` is `start` for the starts of the restarts, `point` for the points that curvature is
    measured from. The regime is not part of the address: every regime descends from the same starts and is measured
    from the same points, so that regimes are compared like with like.
    """
    n, m, rank = (int(attributes[name]) for name in ("n", "m", "rank"))
    s = np.sqrt(float(attributes["mean"]) / rank * np.pi / 2)
    address = address_of(str(attributes["dataset"]), float(attributes["rate"]), int(attributes["subsample"]))
    drawn = [generator(int(attributes["seed"]), *address, purpose, index) for index in indices]
    U = s * np.abs([random.standard_normal((n, rank)) for random in drawn])
    return U, s * np.abs([random.standard_normal((rank, m)) for random in drawn])
