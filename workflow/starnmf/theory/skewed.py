"""Theorems 1 to 3 for skewed laws, for shapes that are not square, and for ranks above sqrt(n).

All laws satisfy Assumption 1. What tells them apart is q = mu^2 / sigma^2: along a segment towards the planted solution
the expectation of loss'' at lambda = 1/2, where it is smallest, is 4 q in units of r sigma^4 per entry. The proof drops
that term (equation 16) and relies on Fact 10, by which 4 would be left; exactly, nothing is.
"""

from itertools import product

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.blocks import even_blocks, map_blocks
from starnmf.curvature.quartic import Quartic
from starnmf.seeds import generator
from starnmf.statistics import share_columns
from starnmf.theory.convexity import segment_quartics
from starnmf.theory.distributions import HALF_NORMAL, Distribution, beta
from starnmf.theory.facts import FACT_ON_W0W2, STATED
from starnmf.theory.planted import KINDS, Instances, draw_instances
from starnmf.theory.profile import expected_curvature

MEAN_TERMS = (0.02, 0.06, 0.2, 0.6, 2.0)
"""Values of q."""

SIZES = (16, 64, 128, 256, 1024)
GAMMAS = (0.5, 0.75, 1.0)
"""r = n^gamma."""

ASPECTS = (1.0, 0.25)
"""m / n."""

MOST_ENTRIES = 2**15
"""Entries of U up to which sizes and ranks are combined."""

SQUARE = (0.5, 1.0)
"""gamma and m / n of `theory.convexity`, for which all laws are tried."""

TRIALS_PER_INSTANCE = 100
"""Trials of the run for each instance of a case."""

MOST_INSTANCES = 2000

BATCH = 2**18
"""Entries of U (instances x n x r) that are drawn at once."""


def measure_skewed(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Segments with negative curvature for every law, gamma, m / n and size: the columns of `tables.SKEWED`."""
    instances = min(-(-trials // TRIALS_PER_INSTANCE), MOST_INSTANCES)
    parts = map_blocks(lambda case: _rows(*case, instances, seed), _cases(), threads)
    return pd.DataFrame([row for part in parts for row in part])


def _cases() -> list[tuple[Distribution, float, float, int]]:
    """Law, gamma, m / n and n: Beta laws of b = 1 in every shape; of b = 5, and half-normal entries, in `SQUARE`."""
    swept = [beta(b, q) for b in (1.0, 5.0) for q in MEAN_TERMS]
    return [
        (law, gamma, aspect, n)
        for place, law in enumerate([*swept, HALF_NORMAL])
        for gamma, aspect, n in product(GAMMAS, ASPECTS, SIZES)
        if n * round(n**gamma) <= MOST_ENTRIES
        if place < len(MEAN_TERMS) or ((gamma, aspect) == SQUARE and n <= 256)
    ]


def _rows(law: Distribution, gamma: float, aspect: float, n: int, instances: int, seed: int) -> list[dict[str, object]]:
    """The rows of both kinds of segment."""
    m, r = round(aspect * n), round(n**gamma)
    batches = even_blocks(instances, max(1, BATCH // (n * r)))
    random = generator(seed, "skewed", law.name, gamma, aspect, n)
    inner = np.concatenate(
        [_inner_products(draw_instances(law, random, b.stop - b.start, n, m, r), law.mean) for b in batches]
    )
    without = inner[:, :4].copy()
    without[:, 0] -= inner[:, 4]
    # The q that was asked for, without the rounding of its way through the law's parameters.
    q = round(law.mean_term, 12)
    unit, rows = n * m * r * law.variance**2, []
    for kind in KINDS:
        quartics = segment_quartics(inner[:, :4], kind, unit)
        middle = quartics.second_derivative(0.5)
        fact = STATED[FACT_ON_W0W2[kind]]
        rows.append(
            {
                "law": law.name,
                "mean_term": q,
                "gamma": gamma,
                "aspect": aspect,
                "kind": kind,
                "n": n,
                "m": m,
                "r": r,
                "trials": len(inner),
                **_counted("alpha_negative", quartics),
                **_counted("without_mean_term", segment_quartics(without, kind, unit)),
                "middle": float(middle.mean()),
                "middle_sd": float(middle.std(ddof=1)) if len(middle) > 1 else 0.0,
                "exact": float(expected_curvature(np.array(0.5), fact.exact(q), q)),
                "printed": float(expected_curvature(np.array(0.5), fact.paper(q), q)),
            }
        )
    return rows


def _counted(name: str, quartics: Quartic) -> dict[str, float]:
    """How many segments have negative curvature, their share and its interval."""
    negative = quartics.curvature()[0] < 0
    return share_columns(name, int(negative.sum()), len(negative))


def _inner_products(instances: Instances, mean: float) -> Array:
    """<W1,W1>, <W1,W2>, <W2,W2>, <W0,W2> of `random-random`, and the mean term of equation 16: (instances, 5).

    <A B, C D> is the sum of A'C * B D', so that only products with r x r results are needed.
    """
    D, E = instances.U1 - instances.U2, instances.V1 - instances.V2
    U2, V2 = instances.U2, instances.V2
    DD, DU, UU, XD = (left.swapaxes(1, 2) @ right for left, right in ((D, D), (D, U2), (U2, U2), (instances.U_star, D)))
    EE, EV, VV, XE = (left @ right.swapaxes(1, 2) for left, right in ((E, E), (E, V2), (V2, V2), (instances.V_star, E)))
    UD, VE = DU.swapaxes(1, 2), EV.swapaxes(1, 2)
    W1W1 = _sum(DD * VV + UU * EE + 2 * DU * VE)
    W1W2 = _sum(DD * VE + UD * EE)
    n, m = U2.shape[1], V2.shape[2]
    mean_term = mean**2 * (m * _sum(DD) + n * _sum(EE))
    return np.stack([W1W1, W1W2, _sum(DD * EE), _sum(UD * VE - XD * XE), mean_term], axis=1)


def _sum(matrices: Array) -> Array:
    return np.asarray(matrices.sum(axis=(1, 2)))
