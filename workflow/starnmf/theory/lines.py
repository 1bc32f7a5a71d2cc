"""The loss along straight lines of one planted instance (Figure 1)."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from starnmf.curvature.quartic import Quartic
from starnmf.seeds import generator
from starnmf.theory.distributions import HALF_NORMAL
from starnmf.theory.planted import Instances, differences, draw_instances, quartics

Array = npt.NDArray[np.float64]

SHAPE = (100, 100, 10)
LINES = 5
LAMBDA = np.linspace(0, 1, 101)


def measure_planted_lines(seed: int) -> pd.DataFrame:
    """Losses per entry along five lines of each kind: kind, line, n, m, r, lambda, loss.

    `minimizer-minimizer`: from the planted solution to itself with its ranks in another order,
    which has the same product; a line between two global minima that are not one is never convex.
    `random-planted` and `random-random` as in `starnmf.theory.planted`, all against the same X = U*
    V*.
    """
    n, m, r = SHAPE
    random = generator(seed, "figure-1")
    drawn = draw_instances(HALF_NORMAL, random, LINES, n, m, r)
    U, V = (np.repeat(factor[:1], LINES, axis=0) for factor in (drawn.U_star, drawn.V_star))
    orders = [random.permutation(r) for _ in range(LINES)]
    U_other, V_other = np.stack([U[0][:, order] for order in orders]), np.stack([V[0][order] for order in orders])
    kinds = {
        "minimizer-minimizer": _between((U_other, V_other), (U, V), (U, V)),
        "random-planted": _between((U, V), (drawn.U2, drawn.V2), (U, V)),
        "random-random": _between((drawn.U1, drawn.V1), (drawn.U2, drawn.V2), (U, V)),
    }
    return pd.concat([_table(kind, losses) for kind, losses in kinds.items()], ignore_index=True)


def _between(end: tuple[Array, Array], start: tuple[Array, Array], planted: tuple[Array, Array]) -> Quartic:
    return quartics(differences(Instances(*end, *start, *planted)), "random-random")


def _table(kind: str, losses: Quartic) -> pd.DataFrame:
    n, m, r = SHAPE
    return pd.DataFrame(
        {
            "kind": kind,
            "line": np.repeat(np.arange(LINES), len(LAMBDA)),
            "n": n,
            "m": m,
            "r": r,
            "lambda": np.tile(LAMBDA, LINES),
            "loss": losses.loss(LAMBDA[:, np.newaxis]).T.ravel(),
        }
    )
