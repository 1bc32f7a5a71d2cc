"""The loss along segments of one planted instance (Figure 1)."""

import numpy as np
import pandas as pd

from starnmf.seeds import generator
from starnmf.theory.distributions import HALF_NORMAL
from starnmf.theory.planted import Instances, differences, draw_instances, quartics

SHAPE = {"n": 100, "m": 100, "r": 10}
SEGMENTS = 5
LAMBDA = np.linspace(0, 1, 101)


def measure_planted_segments(seed: int) -> pd.DataFrame:
    """Losses per entry along five segments of each kind: the columns of `tables.PLANTED_LINES`.

    `minimizer-minimizer` leads from the planted solution to itself with its components in another order, which has the
    same product: a segment between two different global minima is never convex. `random-planted` and `random-random`
    are as in `starnmf.theory.planted`, all against the same X = U* V*.
    """
    random = generator(seed, "figure-1")
    drawn = draw_instances(HALF_NORMAL, random, SEGMENTS, **SHAPE)
    U, V = (np.repeat(factor[:1], SEGMENTS, axis=0) for factor in (drawn.U_star, drawn.V_star))
    orders = [random.permutation(SHAPE["r"]) for _ in range(SEGMENTS)]
    U_other, V_other = np.stack([U[0][:, order] for order in orders]), np.stack([V[0][order] for order in orders])
    instances = {
        "minimizer-minimizer": Instances(U_other, V_other, U, V, U, V),
        "random-planted": Instances(U, V, drawn.U2, drawn.V2, U, V),
        "random-random": Instances(drawn.U1, drawn.V1, drawn.U2, drawn.V2, U, V),
    }
    return pd.concat([_losses(kind, of_kind) for kind, of_kind in instances.items()], ignore_index=True)


def _losses(kind: str, instances: Instances) -> pd.DataFrame:
    losses = quartics(differences(instances), "random-random").loss(LAMBDA[:, np.newaxis])
    segment, at = np.arange(SEGMENTS).repeat(len(LAMBDA)), np.tile(LAMBDA, SEGMENTS)
    return pd.DataFrame({"kind": kind, "line": segment, **SHAPE, "lambda": at, "loss": losses.T.ravel()})
