"""Theorems 1 to 4: how often the loss along a segment is not convex, against the size of the problem.

m = n and r = sqrt(n), the smallest rank that Assumption 1 allows. All entries are observed, or each with a probability
p: one uniform number per entry decides for all p, so that what is observed at 0.1 is observed at 0.3 too.
"""

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm import tqdm

from starnmf.arrays import Array
from starnmf.blocks import even_blocks, map_blocks
from starnmf.curvature.quartic import Quartic, quartic_of_differences
from starnmf.seeds import generator
from starnmf.statistics import share_columns
from starnmf.theory.distributions import CENTRED, HALF_NORMAL, Distribution
from starnmf.theory.planted import KINDS, Differences, differences, draw_instances

SIZES = (*range(2, 15), 16, 20, 25, 32, 64, 128, 256)
"""All small ones: there the share falls from a third to a thousandth, and how it falls can be told."""

OBSERVED = (0.1, 0.3, 1.0)
"""Probabilities that an entry is observed, ascending."""

BLOCK = 1000
"""Trials that share a generator: more trials keep the earlier ones."""

ENTRIES = 2**16
"""Entries (trials x n x m) of one batch: they stay in cache."""

TRIALS_PER_CONTROL = 10
"""Trials for each one of the control, entries without a mean, in which negative curvature is not rare."""

CASE = ["distribution", "kind", "observed", "n", "m", "r"]
"""The columns that tell one case from another."""

COUNTED = ("alpha_negative", "inequality_9_fails", "chord_fails")


def measure_convexity(trials: int, seed: int, threads: int) -> pd.DataFrame:
    """Segments that are not convex, for every distribution, kind, p and n: the columns of `tables.CONVEXITY`.

    The same numbers on any number of threads.
    """
    work = [
        (distribution, n, block, count)
        for distribution, trials_of in ((HALF_NORMAL, trials), (CENTRED, -(-trials // TRIALS_PER_CONTROL)))
        for n in SIZES
        for block, count in enumerate(min(BLOCK, trials_of - start) for start in range(0, trials_of, BLOCK))
    ]
    with tqdm(total=len(work), desc="theorems", unit="block", delay=2, disable=None) as bar:

        def measured(item: tuple[Distribution, int, int, int]) -> list[dict[str, object]]:
            distribution, n, block, count = item
            # Drawing is most of the work, and this generator is fast; its start has an address like every other.
            start = generator(seed, "theorem", distribution.name, n, block).integers(2**63, size=4)
            random = np.random.Generator(np.random.SFC64(np.random.SeedSequence(start.tolist())))
            result = _measure_block(distribution, n, count, random)
            bar.update()
            return result

        rows = [row for part in map_blocks(measured, work, threads) for row in part]
    return _summary(pd.DataFrame(rows).groupby(CASE, sort=False, as_index=False).sum())


def rank_of(n: int) -> int:
    """The rank for a size: sqrt(n), rounded."""
    return round(float(n**0.5))


def _measure_block(
    distribution: Distribution, n: int, count: int, random: np.random.Generator
) -> list[dict[str, object]]:
    """Counts and sums over one block, a row for each kind and p."""
    r, parts = rank_of(n), []
    for part in even_blocks(count, max(1, ENTRIES // (n * n))):
        shape = (part.stop - part.start, n, n)
        segments = differences(draw_instances(distribution, random, *shape, r))
        parts.append(observed_products(segments, random.random(shape, dtype=np.float32), OBSERVED))
    inner = np.concatenate(parts)
    rows: list[dict[str, object]] = []
    for place, observed in enumerate(OBSERVED):
        for kind in KINDS:
            quartics = segment_quartics(inner[:, place], kind, observed * n * n)
            alpha = quartics.curvature()[0]
            rows.append(
                {
                    **dict(zip(CASE, (distribution.name, kind, observed, n, n, r), strict=True)),
                    "trials": count,
                    "alpha_sum": alpha.sum(),
                    "alpha_square_sum": np.square(alpha).sum(),
                    "alpha_negative": int((alpha < 0).sum()),
                    "inequality_9_fails": int((~quartics.is_convex_everywhere()).sum()),
                    "chord_fails": int((quartics.chord_violation() > 0).sum()),
                }
            )
    return rows


def observed_products(segments: Differences, chance: npt.NDArray[np.float32], observed: tuple[float, ...]) -> Array:
    """Inner products over the entries whose `chance` (t, n, m) is below each of `observed`: (t, p, 4).

    In this order: <W1,W1>, <W1,W2>, <W2,W2>, <W0,W2> of `random-random`.
    """
    flat = [array.reshape(len(chance), -1) for array in (segments.W0_random, segments.W1, segments.W2, chance)]
    return np.asarray(_observed_products(*flat, np.array(observed, dtype=np.float32)))  # type: ignore[call-arg]


# Sums are taken in any order, the same one in every run.
@numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz", "reassoc"}, error_model="numpy")
def _observed_products(W0, W1, W2, chance, observed):  # type: ignore[no-untyped-def]
    trials, entries = W1.shape
    products = np.zeros((trials, len(observed), 4))
    for t in range(trials):
        for p in range(len(observed)):
            s11, s12, s22, s02 = 0.0, 0.0, 0.0, 0.0
            for e in range(entries):
                seen = 1.0 if chance[t, e] < observed[p] else 0.0
                w1, w2 = W1[t, e] * seen, W2[t, e] * seen
                s11 += w1 * w1
                s12 += w1 * w2
                s22 += w2 * w2
                s02 += W0[t, e] * w2
            products[t, p] = s11, s12, s22, s02
    return products


def segment_quartics(inner: Array, kind: str, entries: float) -> Quartic:
    """Quartics with the right loss'' per entry, and with constant and slope 0, which do not matter to it.

    `inner` holds <W1,W1>, <W1,W2>, <W2,W2> and <W0,W2> of `random-random`: (segments, 4).
    """
    zero = np.zeros(len(inner))
    W1W1, W1W2, W2W2, W0W2 = inner.T
    # Towards the planted solution W0 = -(W1 + W2).
    W0W2 = W0W2 if kind == "random-random" else -(W1W2 + W2W2)
    return quartic_of_differences(entries, zero, zero, W0W2, W1W1, W1W2, W2W2)


def _summary(cases: pd.DataFrame) -> pd.DataFrame:
    """Fractions, intervals and moments from the counts and sums of every case."""
    trials = cases["trials"]
    mean = cases.pop("alpha_sum") / trials
    variance = (cases.pop("alpha_square_sum") / trials - mean**2).clip(lower=0) * trials / (trials - 1).clip(lower=1)
    for name in COUNTED:
        shares = pd.DataFrame([share_columns(name, *counts) for counts in cases[[name, "trials"]].to_numpy().tolist()])
        cases[shares.columns] = shares
    return cases.assign(alpha_mean=mean, alpha_sd=variance**0.5)
